"""Features of the actors: what the house knew of importer, declarant and exporter when the declaration was decided upon.

They stand before the other features of a row, and only where the data hold them: the register has recorded them with each
lane (`record.history.HISTORY`), files from elsewhere have not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from customhouse.labs.targeting.declared import Declared, Floats
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.record.history import HISTORY

KINDS = ("importer", "declarant", "exporter")
PSEUDO = 5.0
"""Looks that an actor is taken to have had already, at the mean rate."""

FACTS = tuple(name for name in HISTORY if name.partition("_")[0] in KINDS)
"""Of history what is about actors; what is about a day's parcels is told of parcels alone."""
NAMES = (*FACTS, *(f"{kind}_rate_365" for kind in KINDS))
MONEY = "importer_value_30"
KIND_OF = {name: name.partition("_")[0] for name in NAMES}


def known(declared: Declared) -> bool:
    """Whether the rows hold what the house knew of their actors."""
    return all(name in declared.numbers for name in FACTS)


def fill(declared: Declared, mean: float, out: Any) -> None:
    """The columns of NAMES into the first columns of `out`. Raises TargetingProblem when the rows do not hold them."""
    if not known(declared):
        raise TargetingProblem(
            "The model asks for what was known of the actors, and these rows do not say it: score rows of the register, or "
            "train a model on such files"
        )
    numbers = declared.numbers
    for n, name in enumerate(FACTS):
        out[:, n] = np.log1p(numbers[name]) if name == MONEY else numbers[name]
    for n, kind in enumerate(KINDS, len(FACTS)):
        out[:, n] = rate(numbers[f"{kind}_finds_365"], numbers[f"{kind}_examined_365"], mean)


def rate(finds: Floats, examined: Floats, mean: float) -> Floats:
    """The share of finds among examinations, shrunk to the mean."""
    return (finds + PSEUDO * mean) / (examined + PSEUDO)
