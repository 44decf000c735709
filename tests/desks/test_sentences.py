"""What the offices say has words in French: every sentence of every worked case of Meridia, and those that it has no case for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest
from django.utils import translation

from customhouse.clearance.case import Case, read
from customhouse.clearance.case.goods import GoodsCase, _with_quotas, lodgement
from customhouse.clearance.case.shipment import ShipmentCase
from customhouse.clearance.line import Context, walk
from customhouse.desks import explain, words
from customhouse.desks.explain import origins, values
from customhouse.law import preference, valuation
from customhouse.law.book import Book, Law, compile_pack
from customhouse.law.pack import country_directory
from customhouse.offices.value import value as appraise
from customhouse.record.acts import Valued
from customhouse.record.declaration import Declaration
from customhouse.record.valuation import Valuation

PACK = country_directory("meridia")
CASES = [case for path in sorted((PACK / "cases").glob("*.yaml")) for case in read(path)]
ENGLISH = re.compile(
    r"\b(the|of|is|are|was|were|and|with|which|from|by|goods|price|declared?|does|not)\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(compile_pack(PACK))


def worked(case: GoodsCase, law: Law) -> Declaration:
    context = Context(law, datetime.combine(case.day, time(12), UTC), b"worked cases")
    walked = walk(lodgement(case), context, number=1, by="case", format="json", digest="")
    return _with_quotas(walked.declaration, case, context)


def of_goods(d: Declaration, law: Law) -> Iterator[str]:
    """Everything a page says of a declaration, but for legal sources and product rules, which stand in one language."""
    told = explain.worked(d, law)
    for due in told["duties"]:
        yield from (due.formula, due.rounding, due.treatment, *due.remarks)
        yield from (s.what for s in due.steps)
    yield from (s["why"] for s in told["securities"])
    for item in told["items"]:
        if claim := item["claim"]:
            yield from (claim.agreement, claim.word, *(f"{c.word} {c.text}" for c in claim.conditions))
            yield from (r.classes for r in claim.rules)
            yield origins.remark(claim.of, law)
    for hold in d.holds:
        yield from explain.hold(hold, d, law)


def of_value(valued: Valuation, law: Law) -> Iterator[str]:
    unmet = (*valued.unmet, *(u for item in valued.items for u in item.unmet))
    for remark in values.remarks(unmet, law):
        yield from (remark.word, remark.why, remark.hint)
    for item in valued.items:
        for step in values.steps(item, law):
            yield from (step.what, step.share, step.note)
        yield from values.checks(item.met)


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_worked_case_is_told_in_french(case: Case, book: Book) -> None:
    law = book.on(case.day)
    with translation.override("fr"):
        if isinstance(case, ShipmentCase):
            acts = appraise(case.lodged, law)
            said = [s for act in acts if isinstance(act, Valued) for s in of_value(act.valuation, law)]
        else:
            said = list(of_goods(worked(case, law), law))
        left = [s for s in said if ENGLISH.search(s)]
    assert left == []


@pytest.mark.parametrize(
    "said",
    [
        "A30 is charged on these goods by additional code: A101, A102",
        "A00 is charged per LTR, and no quantity in it above zero is declared. Declare the quantity in LTR (net mass, "
        "supplementary unit, or tax base)",
        "X01 is fixed in XPF, and the law has no rate of exchange for it on this day. Publish the rate of exchange for XPF",
        "A condition of MD0805 forbids these goods: C640 or N853",
        "660.00 USD must be secured before release: preference 120 granted",
        "120.00 USD must be secured before release: duties are suspended under inward processing",
        "Quota 094001 is asked for 6 TNE",
        "preference 120 refused: it belongs to quota 094001 or 094002, which was not claimed",
        "preference 300 granted, its proof is still to come: the difference is secured",
        "The rate 1.2 agreed for EUR is not taken; the rate of the law, 1.0534 USD, is used",
        "The deductions make the value -5.00 USD",
        "quota 094001 grants 4 of 6",
        "accounted for by the tax party in role FR1, not paid at the border",
        "The law has no rate of exchange for KPW on the day of acceptance",
    ],
)
def test_what_no_case_says_is_told_in_french(said: str) -> None:
    with translation.override("fr"):
        told = explain.told(said)
    assert not ENGLISH.search(told), told
    assert set(re.findall(r"\d[\d.]*", said)) <= set(re.findall(r"\d[\d.]*", told))
    with translation.override("en"):
        assert explain.told(said) == said


def test_words_of_a_person_are_left_as_they_are(book: Book) -> None:
    from customhouse.record.acts import Lifted
    from customhouse.record.declaration import HoldKind

    with translation.override("fr"):
        assert explain.act(Lifted(HoldKind.DOCUMENTS, "The invoice is not in order already")).endswith(
            "The invoice is not in order already"
        )
        assert explain.act(Lifted(HoldKind.PAYMENT, "Nothing is left to pay")).endswith("Il ne reste rien à payer")


def test_every_check_and_class_of_the_law_has_a_word() -> None:
    assert set(words.CHECKS) == set(valuation.CHECKS)
    assert set(words.CLASSES) == set(preference.CLASSES)
    with translation.override("en"):
        assert {code: str(word) for code, word in words.CLASSES.items()} == preference.CLASSES
