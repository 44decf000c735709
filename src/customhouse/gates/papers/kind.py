"""How a paper is refused."""

from __future__ import annotations

from customhouse.kernel.problem import Problem, Refusal

TAKEN = "PDF, PNG, JPEG, TIFF, XLSX, XML, JSON, CSV and plain text are taken"


def refuse(rule: str, label: str, hint: str, name: str) -> Refusal:
    """A refusal of the file `name`."""
    return Refusal([Problem(rule, label, "", hint, name)])
