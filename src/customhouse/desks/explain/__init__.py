"""How decisions are told to people, in their language: amounts, lanes, holds, problems, acts, the law itself.

Pure functions over the record and the law it was judged under. The record keeps rule ids and the English words of the
law; the words of another language are looked up in that very law, so that an explanation never drifts from it.
"""

from customhouse.desks.explain.decisions import (
    act,
    delivery,
    document,
    draw,
    held_for,
    hold,
    judgement,
    lane,
    line,
    problem,
    reason,
    selection,
    term,
)
from customhouse.desks.explain.duties import Step, Why, duty, formula, tax_name
from customhouse.desks.explain.goods import worked
from customhouse.desks.explain.language import amount, figures, in_language, number, quantity, share, told
from customhouse.desks.explain.tariff import MeasureTold, QuotaTold, measure, preference, quota

__all__ = [
    "MeasureTold",
    "QuotaTold",
    "Step",
    "Why",
    "act",
    "amount",
    "delivery",
    "document",
    "draw",
    "duty",
    "figures",
    "formula",
    "held_for",
    "hold",
    "in_language",
    "judgement",
    "lane",
    "line",
    "measure",
    "number",
    "preference",
    "problem",
    "quantity",
    "quota",
    "reason",
    "selection",
    "share",
    "tax_name",
    "term",
    "told",
    "worked",
]
