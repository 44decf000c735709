"""The vocabulary of TARIC and what it means in our words: measure types, conditions, actions, duty expressions, codes.

Used by every gate that reads a tariff of this family. Sources: TARIC3 interface (TMES 5.10) and its code lists; the
preference codes of UCC-DA 2015/2446, Annex B, data element 4/17; tax types of data element 4/3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from customhouse.kernel.validity import Validity
from customhouse.law import expression
from customhouse.law.expression import Expression
from customhouse.law.measure import ALL_ORIGINS, Action, Condition

ERGA_OMNES = "1011"
VAT, EXCISE = "305", "306"
SUPPLEMENTARY_UNIT = ("109", "110", "111")
"""Measure types that name the supplementary unit of a code, on import and export, import, or export."""

GSP_AREAS = frozenset(("2005", "2020", "2027", "1060", "1061", "1062"))
"""Groups of the generalised system of preferences, whose preference codes begin with 2."""

DUTIES: dict[str, tuple[str, str]] = {
    "103": ("A00", ""),
    "105": ("A00", "140"),
    "106": ("A00", "400"),
    "112": ("A00", "110"),
    "115": ("A00", "115"),
    "117": ("A00", "140"),
    "119": ("A00", "119"),
    "122": ("A00", "120"),
    "123": ("A00", "123"),
    "141": ("A00", "310"),
    "142": ("A00", "300"),
    "143": ("A00", "320"),
    "145": ("A00", "340"),
    "146": ("A00", "323"),
    "147": ("A00", "420"),
    "551": ("A35", ""),
    "552": ("A30", ""),
    "553": ("A45", ""),
    "554": ("A40", ""),
    "690": ("A20", ""),
    "695": ("A20", ""),
    "696": ("A20", ""),
    VAT: ("B00", ""),
}
"""Measure type: (tax type, preference to be claimed for it)."""

ACTIONS: dict[str, Action] = {
    "01": "rate",
    "04": "forbid",
    "05": "forbid",
    "06": "forbid",
    "07": "void",
    "08": "forbid",
    "09": "forbid",
    "10": "forbid",
    "24": "apply",
    "25": "apply",
    "26": "apply",
    "27": "apply",
    "28": "apply",
    "29": "apply",
}
"""Action code: what it does. Others (11 to 16, 30, 34 ...: differences, refunds, suspicion) have no word of ours."""

BY_PAPER = frozenset("ABCDHQXYZ")
AT_MOST = frozenset("EI")
AT_LEAST = frozenset("FGLMNV")
"""Condition codes whose amount is a price or quantity that must not be exceeded, or that must be reached."""

TERMS = {
    "01": "",
    "04": " + ",
    "19": " + ",
    "20": " + ",
    "15": " MIN ",
    "17": " MAX ",
    "35": " MAX ",
    "02": " - ",
    "36": " - ",
}
WORDS = {
    "03": " levy",
    "06": " levy suspended",
    "12": " + EA",
    "14": " + EAR",
    "21": " + ADSZ",
    "25": " + ADSZR",
    "27": " + ADFM",
    "29": " + ADFMR",
    "37": "free",
}
"""Duty expressions that carry an amount, by what stands before it, and those that are a word alone."""

ON_DUTIES = " of value and duties"
"""What follows a percentage that is charged on the value with the duties, as VAT is."""


class Duty(NamedTuple):
    """A duty component: the id of its duty expression, an amount, and its currency and unit (see `unit`), if any."""

    expression: str
    amount: Decimal | None
    currency: str = ""
    unit: str = ""


def digits(number: Decimal) -> str:
    """A number without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit(code: str | None, qualifier: str | None) -> str:
    """A measurement unit with its qualifier, if any: TNE#I is a tonne of biodiesel."""
    return f"{code}#{qualifier}" if code and qualifier else code or ""


def duty_text(duties: Iterable[Duty], on_duties: bool = False) -> str:
    """The duty as tariffs print it, components in the order of their duty expressions; empty when there are none."""
    text = ""
    for duty in sorted(duties, key=lambda d: d.expression):
        if duty.expression in WORDS:
            text += WORDS[duty.expression]
        elif duty.expression in TERMS:
            text += TERMS[duty.expression] + _amount(duty, on_duties)
        elif duty.expression != "99":
            text += f" [duty expression {duty.expression}] {_amount(duty, False)}"
    return text.removeprefix(" + ").strip()


def _amount(duty: Duty, on_duties: bool) -> str:
    amount = digits(duty.amount) if duty.amount is not None else "?"
    if not duty.currency and not duty.unit:
        return f"{amount} %" + (ON_DUTIES if on_duties else "")
    if not duty.currency:
        return f"{amount} % {duty.unit}"
    return f"{amount} {duty.currency}" + (f" / {duty.unit}" if duty.unit else " per item")


def read_duty(text: str) -> Expression | None:
    """The expression, or None where our grammar has no words for it."""
    try:
        return expression.parse(text) if text else None
    except expression.InvalidExpression:
        return None


def tax_and_preference(kind: str, area: str, additional_code: str) -> tuple[str, str]:
    """(tax type, preference) of a measure type; ("", "") when we do not know that it is a charge."""
    if kind == EXCISE:
        return (additional_code[1:] if additional_code[:1] == "X" else additional_code) or EXCISE, ""
    tax, preference = DUTIES.get(kind, ("", ""))
    if preference[:1] == "3" and area in GSP_AREAS:
        preference = "2" + preference[1:]
    return tax, preference


def area(code: str) -> str:
    """A geographical area in our words: ``*`` for erga omnes."""
    return ALL_ORIGINS if code == ERGA_OMNES else code


def short(item: str) -> str:
    """A code of ten digits without the pairs of zeros that only fill it up: 0101000000 is heading 0101."""
    while len(item) > 2 and item.endswith("00"):
        item = item[:-2]
    return item


def validity(start: str, end: str) -> Validity:
    """From the first day until after the last, which TARIC includes. Raises ValueError."""
    return Validity(date.fromisoformat(start), date.fromisoformat(end) + timedelta(days=1) if end else None)


def regulation(identifier: str) -> str:
    """A regulation as people quote it: R8726580 is R2658/87."""
    if len(identifier) == 8 and identifier[1:7].isdigit():
        return f"{identifier[0]}{identifier[3:7]}/{identifier[1:3]}"
    return identifier


class Clause(NamedTuple):
    """A measure condition as TARIC states it: its code, action code, document, amount, and the duty of the action."""

    code: str
    action: str
    document: str = ""
    amount: Decimal | None = None
    currency: str = ""
    unit: str = ""
    duty: str = ""


class Conditions(NamedTuple):
    """What conditions mean: alternatives of one document, or full conditions; and what could not be said, with reasons."""

    documents: tuple[str, ...]
    conditions: tuple[Condition, ...]
    unsaid: tuple[str, ...]


def conditions(clauses: Sequence[Clause], *, preference: bool) -> Conditions:
    """The conditions of a measure in our words. `preference`: without its documents the measure is just not granted."""
    groups: dict[str, list[Clause]] = {}
    for clause in clauses:
        groups.setdefault(clause.code, []).append(clause)
    if "Z" in groups and "B" in groups:
        groups["B"] = groups.pop("Z") + groups["B"]
    made: list[Condition] = []
    unsaid: list[str] = []
    for code, group in groups.items():
        ordered = sorted(group, key=lambda c: not c.document and c.amount is None)
        faults = [fault for clause in ordered if (fault := _fault(clause))]
        unsaid += [f"condition {code}: {fault}" for fault in faults[:1]]
        if not faults:
            made += (_condition(code, clause) for clause in ordered)
    plain = _alternatives(made, preference) if len(groups) == 1 and not unsaid else ()
    return Conditions(plain, () if plain else tuple(made), tuple(unsaid))


def _fault(clause: Clause) -> str:
    """Why a clause cannot be said in our words; empty when it can."""
    if clause.action not in ACTIONS:
        return f"action {clause.action or 'none'} has no word in our law"
    if clause.amount is not None and clause.code not in AT_MOST | AT_LEAST:
        return "its amount is no price or quantity of the goods but a ratio"
    if clause.code not in AT_MOST | AT_LEAST | BY_PAPER:
        return "what it tests has no word in our law"
    if clause.duty and read_duty(clause.duty) is None:
        return f"its duty {clause.duty!r} is not in our grammar"
    return ""


def _condition(group: str, clause: Clause) -> Condition:
    action = ACTIONS[clause.action]
    return Condition(
        group=group,
        action="apply" if action == "rate" and not clause.duty else action,
        document=clause.document,
        threshold=clause.amount,
        currency=clause.currency,
        unit=clause.unit,
        expression=read_duty(clause.duty) if action == "rate" else None,
        expression_text=clause.duty if action == "rate" else "",
        at_most=clause.amount is not None and clause.code in AT_MOST,
    )


def _alternatives(made: Sequence[Condition], preference: bool) -> tuple[str, ...]:
    """The documents, any one of which meets the conditions, where they say no more than that."""
    *papers, last = made or (None,)
    if last is None or last.document or last.action != ("void" if preference else "forbid"):
        return ()
    if any(c is None or not c.document or c.threshold is not None or c.action != "apply" for c in papers):
        return ()
    return tuple(dict.fromkeys(c.document for c in papers if c is not None))
