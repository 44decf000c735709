"""The gate for code lists: what ministries, the United Nations and the Union publish as tables of a code and its meaning.

Each list states itself completely: a new edition takes away the codes that it no longer has.
"""

from __future__ import annotations

from collections.abc import Sequence

from customhouse.law.layer import Layer
from customhouse.law.loading import Findings, Reading, standing
from customhouse.law.terms import ListEntry, Procedure


def reading(entries: Sequence[ListEntry], findings: Findings, procedures: Sequence[Procedure] = ()) -> Reading:
    """The lists as a layer; every list that has entries is stated as a whole."""
    stands = standing(entries, "entries", findings)
    layer = Layer(entries=stands, procedures=standing(procedures, "procedures", findings))
    wholes = tuple(("entries", name) for name in sorted({entry.list for entry in stands}))
    return Reading(layer=layer, account=findings.account, problems=tuple(findings.problems), wholes=wholes)
