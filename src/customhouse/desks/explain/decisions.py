"""How decisions are told to people, in their language: amounts, lanes, holds, problems, acts.

Pure functions over the record and the law it was judged under. The record keeps rule ids and the English words of the
law; the words of another language are looked up in that very law, so that an explanation never drifts from it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customhouse.desks import words
from customhouse.kernel.money import Money, Rounding
from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.terms import Text
from customhouse.record.acts import Act
from customhouse.record.assessment import DutyTaxFee
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Selection
from customhouse.record.lanes import Lane
from customhouse.record.origin import ItemOrigin
from customhouse.record.valuation import ItemValue

FIGURES = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
AT_LINE = re.compile(r" \(line (\d+)\)$")


def language() -> str:
    """The reader's language, two letters."""
    return (get_language() or "en")[:2]


def in_language(text: Text) -> str:
    """The words of the law in the reader's language, in English where the law has none."""
    return text.get(language()) or text.get("en", "")


def told(text: str) -> str:
    """A sentence of a lower floor in the reader's language; itself where it has no other words."""
    if not text or language() == "en":
        return text
    if (other := _(text)) != text:
        return other
    shaped = (_again({"en": shape, language(): _(shape)}, text) for shape in words.SHAPES)
    return next((s for s in shaped if s != text), text)


def number(value: Decimal | int, digits: int | None = None) -> str:
    """A number as the reader's language writes it, with groups of three."""
    if digits is None and isinstance(value, Decimal):
        digits = max(0, -int(value.as_tuple().exponent))
    return number_format(value, digits, use_l10n=True, force_grouping=True)


def amount(money: Money) -> str:
    return f"{number(money.amount)}\u202f{money.currency}"


def figures(said: str) -> str:
    """What the record writes with figures (12400.00 USD, 4.5 %), as the reader's language writes them."""
    return FIGURES.sub(lambda found: number(Decimal(found[0])), said)


def share(ppm: int) -> str:
    """Parts per million as per cent."""
    return number((Decimal(ppm) / 10_000).normalize() + 0)


# --- amounts ---------------------------------------------------------------------------------------------------------


class Step(msgspec.Struct, frozen=True):
    """One line of a calculation: what is charged, how much of it, the rate, and the result."""

    what: str
    quantity: str
    rate: str
    amount: str
    source: str = ""


class Why(msgspec.Struct, frozen=True):
    """An amount with everything that says why it is what it is."""

    due: DutyTaxFee
    name: str
    formula: str
    steps: tuple[Step, ...]
    rounding: str
    remarks: tuple[str, ...]


def duty(due: DutyTaxFee, law: Law | None) -> Why:
    """One duty, tax or fee explained."""
    currency = due.amount.currency
    steps = tuple(
        Step(
            str(words.BASES.get(c.basis, c.basis)),
            figures(c.quantity),
            figures(c.rate),
            amount(Money(c.amount, currency)),
        )
        for c in due.components
    )
    remarks = tuple(told(r) for r in due.note.split("; ") if r)
    return Why(due, tax_name(due.type, law), formula(due.formula), steps, rounding(due.rounding), remarks)


def formula(said: str) -> str:
    """The formula of a rate in the reader's language."""
    for phrase, word in words.FORMULA.items():
        said = said.replace(phrase, str(word))
    return figures(said)


def rounding(said: str) -> str:
    """The rounding rule in words; `said` is how the record writes it."""
    for mode, word in words.ROUNDINGS.items():
        if said == str(Rounding(mode)):  # type: ignore[arg-type]
            return _("%(rounded)s to the minor unit") % {"rounded": word}
    return said


def tax_name(code: str, law: Law | None) -> str:
    found = next((t for t in law.contents.tax_types if t.code == code), None) if law else None
    return in_language(found.text) if found else code


def by_tax(declaration: Declaration, law: Law | None) -> list[tuple[str, str, Money]]:
    """What is payable of each tax: (code, name, amount), in the order of calculation."""
    sums: dict[str, Money] = {}
    for due in declaration.assessed.duties if declaration.assessed else ():
        sums[due.type] = sums[due.type] + due.payable if due.type in sums else due.payable
    return [(code, tax_name(code, law), money) for code, money in sums.items()]


def value(of: ItemValue) -> tuple[Step, ...]:
    """A customs value, line by line."""
    return tuple(
        Step(
            _value_word(s.what),
            figures(s.declared),
            "" if s.rate == "1" else figures(s.rate),
            amount(Money(s.amount, of.value.currency)),
            s.source,
        )
        for s in of.steps
    )


def _value_word(what: str) -> str:
    if what.startswith("charge "):
        return str(words.CHARGES.get(what[7:], what[7:]))
    return str(words.ORIGIN_OF_VALUE.get(what, what))


# --- lanes, holds, problems ------------------------------------------------------------------------------------------


def reason(why: Reason, law: Law | None) -> str:
    """The sentence of a reason in the reader's language."""
    if why.rule in words.OFFICES:
        return str(words.OFFICES[why.rule])
    found = next((c for c in law.contents.criteria if c.id == why.rule), None) if law else None
    return in_language(found.text) if found else told(why.text)


def selection(selected: Selection, law: Law | None) -> list[tuple[Reason, str]]:
    """Every reason of a lane with its sentence."""
    return [(why, _drawn(selected) if why.rule == "random" else reason(why, law)) for why in selected.reasons]


def _drawn(selected: Selection) -> str:
    return _("Chosen at random: %(share)s %% of all declarations are looked at") % {
        "share": share(selected.random_share_ppm)
    }


def draw(selected: Selection) -> str:
    """Where the random draw fell, in one sentence."""
    return _("The random draw fell on %(draw)s %%; below %(share)s %% a declaration is looked at in any case.") % {
        "draw": number(Decimal(selected.draw_ppm) / 10_000, 2),
        "share": share(selected.random_share_ppm),
    }


def hold(held: Hold, declaration: Declaration, law: Law | None) -> list[str]:
    """Why a hold stands."""
    if held.kind is HoldKind.DOCUMENTS and held.ref != "lane" and declaration.verified:
        items = [str(r.item) for r in declaration.verified.requirements if r.code == held.ref and not r.met]
        if items:
            return [
                _("%(document)s is required for item %(items)s")
                % {"document": document(held.ref, law), "items": ", ".join(items)}
            ]
    if held.kind is HoldKind.PAYMENT and declaration.settled:
        return [_("%(amount)s to pay or secure before release") % {"amount": amount(declaration.settled.outstanding)}]
    return [reason(r, law) for r in held.reasons]


def document(code: str, law: Law | None) -> str:
    """A document by its code and its name."""
    name = in_language(law.contents.documents[code]) if law and code in law.contents.documents else ""
    return f"{code} {name}".strip()


def term(id: str, text: str, law: Law | None) -> str:
    """A term of the release contract."""
    found = next((t for t in law.contents.release_terms if t.id == id), None) if law else None
    return in_language(found.text) if found else text


def line(code: str, text: str, law: Law | None) -> str:
    """The words of a line of the tariff; `text` is what the record keeps of it."""
    found = law.line(code) if law else None
    return in_language(found.text) if found else text


def problem(found: Problem, law: Law | None) -> Problem:
    """The same problem with its sentences in the reader's language."""
    if language() == "en":
        return found
    rule = next((r for r in law.contents.rules if r.id == found.rule), None) if law else None
    if rule is not None:
        label = _again(rule.text, found.label)
        return msgspec.structs.replace(found, label=label, hint=in_language(rule.hint) or told(found.hint))
    at_line = AT_LINE.search(found.label)
    label = told(AT_LINE.sub("", found.label))
    if at_line:
        label += _(" (line %(line)s)") % {"line": at_line[1]}
    return msgspec.structs.replace(found, label=label, hint=told(found.hint))


def _again(text: Text, label: str) -> str:
    """The sentence `label`, made from the English words, made again from those of the reader's language."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(text["en"]))
    facts = re.fullmatch(pattern, label)
    other = text.get(language(), "")
    return other.format(**facts.groupdict()) if other and facts else label


# --- acts ------------------------------------------------------------------------------------------------------------


def act(done: Act) -> str:
    """A few words about what an act did, for the time line; "" where its name says it all."""
    told_by = ACTS.get(type(done).__name__)
    return told_by(done) if told_by else ""


def lane(which: Lane) -> str:
    """A lane with what it asks for."""
    return _("%(lane)s: %(means)s") % {"lane": words.LANES[which], "means": words.LANE_MEANS[which]}


def _examined(done: Any) -> str:
    found = [f"{d.item}: {d.what}" if d.item else d.what for d in done.examination.discrepancies]
    said = [str(words.CONCLUSIONS.get(done.examination.conclusion, "")), done.examination.text, *found]
    return ". ".join(s for s in said if s)


def _paid(done: Any) -> str:
    receipt = done.receipt
    how = words.PAYMENTS.get(receipt.method, receipt.method)
    return f"{amount(receipt.amount)}, {how}, {_('receipt')} {receipt.number}"


def remarks(origin: ItemOrigin) -> list[str]:
    """What became of a preference claimed for an item, a sentence for each condition that fails."""
    return [r for r in origin.remark.split("; ") if r]


ACTS: dict[str, Any] = {
    "Accepted": lambda a: str(a.acceptance.mrn),
    "Refused": lambda a: _("%(n)d problems") % {"n": len(a.problems)},
    "Valued": lambda a: amount(a.valuation.total),
    "OriginDetermined": lambda a: ". ".join(f"{o.item}: {told(r)}" for o in a.determination.items for r in remarks(o)),
    "Assessed": lambda a: amount(a.assessment.payable),
    "LaneAssigned": lambda a: lane(a.selection.lane),
    "LaneChanged": lambda a: f"{lane(a.lane)}. {a.reason}",
    "Held": lambda a: f"{words.HOLDS[a.hold.kind]} {'' if a.hold.ref == 'lane' else a.hold.ref}".strip(),
    "Lifted": lambda a: f"{words.HOLDS[a.kind]}. {told(a.reason)}",
    "Queried": lambda a: a.text,
    "Answered": lambda a: a.text,
    "Amended": lambda a: a.reason,
    "Examined": _examined,
    "Due": lambda a: amount(a.amount),
    "Paid": _paid,
    "Invalidated": lambda a: a.reason,
}
