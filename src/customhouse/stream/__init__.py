"""The columns: the same decisions as the offices take, for millions of items at once (needs numpy: the extra `stream`).

Whatever a column cannot decide exactly is left to the office that decides it one by one; the two never differ. Read in this
order: `items` (what is asked), `tables` (a Book in columns), `sheet` (which measures meet which items), `duty` (what is owed).
"""
