"""Why a row scores as it does, in sentences an officer reads, the strongest first.

The numbers behind them are exact: the Shapley values of the trees that spoke for the row. Together with the usual log odds they sum
to the log odds of those trees. Features that tell the same thing (the rate and the number of looks of one kind) are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting import actors
from customhouse.labs.targeting.declared import Declared
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.features import LEVELS, NAMES, USUAL, median
from customhouse.labs.targeting.levels import TUPLE, Level
from customhouse.labs.targeting.model import Model
from customhouse.labs.targeting.side import PRIOR

FAR = 1.5  # times the usual price or mass, or as many times below it
WEAK = 0.02  # log odds; less is not a reason
WORDS = {
    "hs": "this code", "hs4": "this heading", "hs2": "this chapter", "origin": "this origin", "departure": "this country of departure",
    "rate": "this duty rate", "tax_type": "this tax type", "mass": "this very net mass", "price": "this very price",
    "unit": "this very unit price", "importer": "this importer", "declarant": "this declarant",
}  # fmt: skip
PLAIN_GROUP = {
    "log_mass": "mass", "mass_to_usual": "mass", "log_price": "price", "log_unit": "unit", "unit_to_usual": "unit",
    "rate": "rate", "log_stake": "stake", "whole_mass": "round", "mass_by_10": "round", "mass_by_100": "round",
    "same_country": "route", "chapter": "chapter",
}  # fmt: skip


Usual = dict[str, tuple[float, str]]
"""The median unit price and mass, each with the kind of goods it is the median of."""


class Because(msgspec.Struct, frozen=True):
    """One reason: what it speaks of, the sentence, and what it adds to the log odds (below zero: it speaks for the trader)."""

    about: str
    text: str
    adds: float


class Explained(msgspec.Struct, frozen=True):
    """A row with its probability and its reasons; `usual` and all reasons together make `margin`, the log odds of the trees."""

    id: str
    probability: float
    spoke: str
    margin: float
    usual: float
    reasons: tuple[Because, ...]
    own: str


def groups() -> tuple[tuple[str, ...], Any]:
    """What reasons are about, and for each feature (those of the actors first) which of them it belongs to."""
    plain = dict.fromkeys(PLAIN_GROUP.values())
    about = (*plain, *(f"actor:{kind}" for kind in actors.KINDS), *(f"past:{level.name}" for level in LEVELS))
    place = [about.index(f"actor:{actors.KIND_OF[n]}") for n in actors.NAMES]
    place += [about.index(PLAIN_GROUP[n] if n in PLAIN_GROUP else f"past:{n.partition(':')[2]}") for n in NAMES]
    return about, np.array(place)


ABOUT, PLACE = groups()


def explain(
    declared: Declared,
    model: Model,
    most: int = 6,
    least: float = WEAK,
    at: Sequence[int] | None = None,
    ready: tuple[Any, Any] | None = None,
) -> list[Explained]:
    """The reasons of every row (or of those `at`; `ready` are features and probabilities where they are worked out already), the strongest `most` that add more than `least`; raises TargetingProblem for a model whose estimators are no trees."""
    prior, history = model.prior.forest, model.history.forest
    if prior is None or history is None:
        raise TargetingProblem("Exact reasons need trees; this model holds a foreign estimator")
    rows, probability = ready or (model.rows_of(declared), model.probability(declared))
    finds, looks = model.own(declared)
    medians = {what: median(declared, model.past, what) for what in ("unit", "mass")}
    out = []
    for i in range(len(declared)) if at is None else at:
        new = looks[i] == 0
        side, width = (model.prior, PRIOR.width) if new else (model.history, len(NAMES))
        width, place = width + model.past.before, PLACE[0 if model.past.actors else len(actors.NAMES) :]
        forest = prior if new else history
        row = np.ascontiguousarray(rows[i : i + 1, :width])
        adds = forest.reasons(row)[0].astype(float) * side.line.slope
        by_group = np.bincount(place[:width], adds, len(ABOUT))
        said = {what: (float(m[i]), _kind(USUAL[kind[i]])) for what, (m, kind) in medians.items()}
        strongest = [int(g) for g in np.argsort(-np.abs(by_group)) if abs(by_group[g]) > least][:most]
        out.append(
            Explained(
                declared.ids[i],
                float(probability[i]),
                "goods never examined before" if new else "goods examined before",
                float(forest.margin(row)[0] * side.line.slope + side.line.shift),
                float(forest.usual * side.line.slope + side.line.shift),
                tuple(_because(g, by_group[g], declared, i, model, said) for g in strongest),
                _own(int(finds[i]), int(looks[i])),
            )
        )
    return out


def _own(finds: int, looks: int) -> str:
    if not looks:
        return "This combination of code, countries, rate and mass was never examined: the score says what is to be expected of such goods."
    return f"The very same code, countries, rate, tax type and mass were examined before (looks: {looks}, finds: {finds}): half of the score is that record."


def _because(group: int, adds: float, declared: Declared, at: int, model: Model, usual: Usual) -> Because:
    about = ABOUT[group]
    if about.startswith("actor:"):
        return Because(about, _actor(about[6:], declared.row(at), model.past.mean), float(adds))
    if about.startswith("past:"):
        level = LEVELS[group - (len(ABOUT) - len(LEVELS))]
        text = _past(level, model.past.found[group - (len(ABOUT) - len(LEVELS))], declared, at, model.past.mean)
    else:
        text = SENTENCES[about](declared.row(at) | {"unit": float(declared.unit_price[at])}, usual)
    return Because(about, text, float(adds))


def _actor(kind: str, row: dict[str, Any], mean: float) -> str:
    """What the house knew of an actor at that moment."""
    made, looks, finds = (row[f"{kind}_{what}_365"] for what in ("declarations", "examined", "finds"))
    past = f"The {kind} made {made:.0f} declarations in the year before"
    if not made and not looks:
        past = f"The {kind} made no declaration in the year before"
    elif looks:
        past += (
            f"; {finds:.0f} of {looks:.0f} examinations found something ({finds / looks:.0%}; everywhere {mean:.0%})"
        )
    else:
        past += ", and none was examined"
    return past + ("; it never declared such goods before" if kind == "importer" and row["importer_new_goods"] else "")


def _past(level: Level, table: Any, declared: Declared, at: int, mean: float) -> str:
    finds, looks = (float(x[0]) for x in table.at(declared.together(level.columns)[at : at + 1]))
    kind = _kind(level.columns)
    if not looks:
        return f"Nobody has yet looked at goods with {kind}"
    return f"{finds:.0f} of {looks:.0f} earlier looks at {kind} found something ({finds / looks:.0%}; everywhere {mean:.0%})"


def _kind(columns: tuple[str, ...]) -> str:
    """A kind of goods in words: this code, this origin and this duty rate."""
    if set(TUPLE) <= set(columns):
        return "the very same goods" + (" at the very same unit price" if "unit" in columns else "")
    words = [WORDS[c] for c in columns]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _against(number: float, of: tuple[float, str], what: str) -> str:
    usual, kind = of
    if not usual > 0 or not number > 0:
        return f"{what} {number:.4g}; nothing usual is known for such goods"
    times = number / usual
    if times < 1 / FAR:
        return f"{what} {number:.4g} is far below the median {usual:.4g} for {kind}"
    if times > FAR:
        return f"{what} {number:.4g} is far above the median {usual:.4g} for {kind}"
    return f"{what} {number:.4g} is near the median {usual:.4g} for {kind}"


Sentence = Callable[[dict[str, Any], Usual], str]
SENTENCES: dict[str, Sentence] = {
    "unit": lambda row, usual: _against(row["unit"], usual["unit"], "The unit price per kilogram"),
    "mass": lambda row, usual: _against(row["mass"], usual["mass"], "The net mass in kilograms"),
    "price": lambda row, _: f"The price is {row['price']:,.0f}",
    "rate": lambda row, _: f"The duty rate is {row['rate']:g} %",
    "stake": lambda row, _: f"The duty at stake is {row['price'] * row['rate'] / 100:,.0f}",
    "round": lambda row, _: (
        "The net mass is a round number" if row["mass"] % 10 == 0 else "The net mass is not a round number"
    ),
    "route": lambda row, _: (
        f"The goods come straight from their origin {row['origin']}"
        if row["departure"] == row["origin"]
        else f"The goods come from {row['departure']}, which is not their origin {row['origin']}"
    ),
    "chapter": lambda row, _: f"The goods are of chapter {row['hs'][:2]}",
}
