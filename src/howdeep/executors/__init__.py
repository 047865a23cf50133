"""One file per engine: a callable `run(groups, task) -> outcomes`, which never touches the store.

An engine answers every group exactly once, in any order: done with results, or lost with a reason.
"""
