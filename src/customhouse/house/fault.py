"""What the house says when it cannot do something for a reason outside itself."""

from __future__ import annotations


class HouseProblem(Exception):
    """Something outside stands in the way; the message says what, and what to do. The command prints it and ends with 2."""
