"""What everything that can be added to howdeep keeps to, as checks that ship: a file each.

`check_metric` and the others take one's own thing and raise an `AssertionError` that says what does
not hold; howdeep's tests run them over its own folders.
"""
