"""What a handed-over net runs on: whole files that `export/source.py` joins into its `net.py`.

`door` is general; `table` and `image` each define `encode`, of the data that they are named after;
the file of a family's plain net defines `Net`. They are joined with the files of `data/` that they
import from, none of which imports anything else of howdeep.
"""
