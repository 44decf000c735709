"""The rule language: small, typed expressions over the named facts of a declaration.

`syntax` reads and type-checks one expression, `interpret` evaluates it plainly, `compiled` turns many into one generated
Python function. The tree is kept with each rule, so that columns and SQL can be made from it later.
"""
