"""The rule language: small, typed expressions over the named facts of a declaration.

`syntax` reads and type-checks one expression, `interpret` evaluates it plainly, `compiled` turns many into generated Python
functions (`emit` writes them), `stream.criteria` asks columns. `form` holds simple rules as rows of a form, `told` says a rule in
sentences, `units` how people write its numbers, `reference` makes the tables of docs/rules.md.
"""
