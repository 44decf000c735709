"""Targeting: how likely an examination of a consignment would find something, what it would bring, and why.

Needs the extra `targeting` (numpy, numba, catboost, scikit-learn); the house runs without it. Read in this order: `declared` (past
declarations as columns), `levels` (what was found before, of the same kind), `features`, `side` (one learned half), `model`
(both halves together), `reasons` (sentences), `file` (kept by its hash), `boards` (how good it is, on what).
"""
