"""The columns: the same decisions as the offices take, for millions of items at once (needs numpy: the extra `stream`).

The offices decide, once for each kind of claim, which measures bite; columns only do the sums. Whatever a column cannot say
exactly is left to the offices item by item, so that the two never differ. Read in this order: `items` (what is asked),
`spans` (while the law of a code stays the same), `plans` (what the offices say, in columns), `duty` (what is owed),
`history` (past trade), `whatif` (a draft tried on it); `facts` (what rules see, in columns), `criteria` (rules asked of them), `past`
(what became of each declaration), `backtest` (a rule tried on it), `trials` (the same over the register).
"""
