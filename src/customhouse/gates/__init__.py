"""The gates: where messages of the outside world become the record, and the record becomes messages.

One package per protocol; none knows of another, and none decides anything.
"""
