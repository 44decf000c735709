"""The consignment's file: what was declared, what has happened to it, and what may happen next.

Read in this order: `lodgement` (what was declared), `declaration` (its life in sections), `acts` (what may happen),
`flow` (the one table that says when), `consignment` (the file that holds them).
"""
