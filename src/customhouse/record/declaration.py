"""One declaration in its life: what was lodged, then one section per step that customs has taken.

A section is None until its act has been recorded. `stage` and `lane` say where the declaration stands; `holds` is the
set of reasons why it may not be released yet. Only `flow.fold` makes a new Declaration from an old one.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from customhouse.kernel.money import Money
from customhouse.kernel.mrn import MRN
from customhouse.kernel.problem import Problem
from customhouse.record.lanes import Lane
from customhouse.record.lodgement import Lodgement


class Stage(StrEnum):
    """How far the declaration has come; `flow.FLOW` holds every move between stages."""

    NEW = "NEW"
    LODGED = "LODGED"
    REFUSED = "REFUSED"
    ACCEPTED = "ACCEPTED"
    VERIFIED = "VERIFIED"
    CLASSIFIED = "CLASSIFIED"
    VALUED = "VALUED"
    ORIGIN_DETERMINED = "ORIGIN_DETERMINED"
    ASSESSED = "ASSESSED"
    ROUTED = "ROUTED"
    RELEASED = "RELEASED"
    INVALIDATED = "INVALIDATED"


class Role(StrEnum):
    """Who acts. SYSTEM is the automatic line; the others are people."""

    SYSTEM = "system"
    BROKER = "broker"
    OFFICER = "officer"
    EXAMINER = "examiner"
    CASHIER = "cashier"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class HoldKind(StrEnum):
    DOCUMENTS = "documents"
    INSPECTION = "inspection"
    PAYMENT = "payment"
    QUERY = "query"
    LAW = "law"
    VALUE = "value"
    AGENCY = "agency"
    QUOTA = "quota"


class Section(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A part of the record made by customs."""


class Reason(Section, frozen=True):
    """Why: the rule or law that speaks (`rule`), the sentence a person reads, the goods item concerned (0 = whole)."""

    rule: str
    text: str
    item: int = 0
    source: str = ""


class Hold(Section, frozen=True):
    """Why a declaration may not be released yet, who may lift it and until when an answer is owed."""

    kind: HoldKind
    ref: str = ""
    lifted_by: tuple[Role, ...] = ()
    reasons: tuple[Reason, ...] = ()
    deadline: date | None = None

    @property
    def key(self) -> tuple[HoldKind, str]:
        return (self.kind, self.ref)


class Acceptance(Section, frozen=True):
    """The legal act of acceptance: the MRN, the day whose law applies, and the Book (hash) it is judged under."""

    mrn: MRN
    tax_date: date
    book: str


class Requirement(Section, frozen=True):
    """A document the law asks for on an item: code, the measure that asks, and the document that meets it (id or empty)."""

    item: int
    code: str
    measure: str
    source: str
    met_by: str = ""
    waived: str = ""

    @property
    def met(self) -> bool:
        return bool(self.met_by or self.waived)


class DocumentCheck(Section, frozen=True):
    requirements: tuple[Requirement, ...] = ()
    warnings: tuple[Problem, ...] = ()


class ItemClass(Section, frozen=True):
    """The line of the national tariff that an item's code falls under on the tax date."""

    item: int
    code: str
    line: str
    text: str
    unit: str = ""


class ClassCheck(Section, frozen=True):
    items: tuple[ItemClass, ...] = ()
    warnings: tuple[Problem, ...] = ()


class ValueStep(Section, frozen=True):
    """One line of a valuation: what it is (price, freight ...), the amount declared, the rate used, the amount added.

    `share` says how an amount declared for the shipment was apportioned, `note` why it was not counted.
    """

    what: str
    declared: str
    rate: str
    amount: int
    source: str = ""
    share: str = ""
    note: str = ""


class Unmet(Section, frozen=True):
    """A precondition of the method that is not met, or a cost that is missing, doubled or not part of the value; `id` is a
    word of `law.valuation.CHECKS`, `source` the article."""

    id: str
    why: str
    hint: str = ""
    source: str = ""


class ItemValue(Section, frozen=True):
    """Customs value of one item in national currency (minor units in `value`), method 1..6 of the WTO agreement, its
    steps, and the preconditions of the method that are `met` and `unmet`; of the others the declaration says nothing."""

    item: int
    method: str
    value: Money
    steps: tuple[ValueStep, ...] = ()
    met: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()


class Valuation(Section, frozen=True):
    """The value of every item; `met` and `unmet` are the checks of the whole shipment, `rounding` the rule of every step."""

    items: tuple[ItemValue, ...]
    total: Money
    met: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    rounding: str = ""


class Verdict(StrEnum):
    """What became of a claim of preferential origin; NONE where nothing was claimed."""

    NONE = "none"
    GRANTED = "granted"
    REFUSED = "refused"


class OriginCondition(Section, frozen=True):
    """One condition of a preference and whether it holds.

    `rule` is agreement, tariff, proof, product-rule or transport; `text` says what was found or what is missing.
    """

    rule: str
    text: str
    met: bool
    source: str = ""


class OriginRule(Section, frozen=True):
    """A product rule of the agreement that speaks for the item's code: what makes such goods originating."""

    heading: str
    goods: str
    classes: tuple[str, ...]
    text: str
    source: str = ""


class TariffRate(Section, frozen=True):
    """A rate of the tariff in its own words, with the measure and the legal text it stands in."""

    measure: str
    formula: str
    source: str


class ItemOrigin(Section, frozen=True):
    """The origin of one item, and what became of a preference claimed for it.

    `country` is the non-preferential origin (DE 5/15), `preferential` that which the claim is made for (DE 5/16),
    `preference` the code claimed (DE 4/17). `proof` is the document that proves it. `rate` is what the tariff offers under
    the preference, `general` what is charged without it. `direct` is False when the goods were dispatched from a country
    outside the agreement.
    """

    item: int
    country: str
    verdict: Verdict = Verdict.NONE
    preference: str = ""
    preferential: str = ""
    agreement: str = ""
    title: str = ""
    proof: str = ""
    rules: tuple[OriginRule, ...] = ()
    conditions: tuple[OriginCondition, ...] = ()
    rate: TariffRate | None = None
    general: TariffRate | None = None
    direct: bool = True

    @property
    def granted(self) -> bool:
        return self.verdict is Verdict.GRANTED

    @property
    def failing(self) -> tuple[OriginCondition, ...]:
        return tuple(c for c in self.conditions if not c.met)

    @property
    def remark(self) -> str:
        """What an amount that follows from the verdict says of it."""
        if self.verdict is Verdict.NONE:
            return ""
        if self.granted:
            return f"preference {self.preference} granted"
        refused = [f"preference {self.preference} refused: {c.text}" for c in self.failing]
        return "; ".join((*refused, "general rate applied"))


class OriginDetermination(Section, frozen=True):
    """The origin of every item of an import (RKC Specific Annex K)."""

    items: tuple[ItemOrigin, ...] = ()

    def of(self, item: int) -> ItemOrigin | None:
        return next((o for o in self.items if o.item == item), None)


class QuotaAllocation(Section, frozen=True):
    """What a tariff quota granted an item of the quantity asked for (both in `unit`), and the period it was drawn from.

    `critical`: so much of the volume is drawn that the authority watches it.
    """

    item: int
    order: str
    period: date
    unit: str
    asked: Decimal
    granted: Decimal
    critical: bool = False


class DutyComponent(Section, frozen=True):
    """One term of a duty expression with its numbers: 2.7 % of a customs value, or 147 per 100 kg of a net mass."""

    basis: str
    quantity: str
    rate: str
    amount: int


Treatment = Literal["", "relieved", "suspended", "deposited", "postponed"]
"""Relieved for good; suspended while a procedure lasts; deposited until customs decides; postponed to the trader's return."""


class DutyTaxFee(Section, frozen=True):
    """One duty, tax or fee on one item, with everything needed to say why.

    `measure` and `source` name the line of law, `formula` its words, `components` the numbers put in, `rounding` the
    rule applied, `amount` the result, `payable` what is really due now (less than `amount` under suspense or relief).
    `treatment` says why less is due, `relief` by which claim; `base` is what a percentage was charged on, in minor units.
    """

    item: int
    type: str
    measure: str
    source: str
    since: date
    formula: str
    components: tuple[DutyComponent, ...]
    rounding: str
    amount: Money
    payable: Money
    preference: str = ""
    payment_method: str = ""
    note: str = ""
    base: int = 0
    treatment: Treatment = ""
    relief: str = ""

    @property
    def assessed(self) -> Money:
        """What stays of the amount when reliefs for good and deposits are off: payable now, later, or at stake."""
        return Money(0, self.amount.currency) if self.treatment in ("relieved", "deposited") else self.amount


class Security(Section, frozen=True):
    """What must be secured for one tax on one item, and why.

    `type` is the tax type under which it is booked where it is put down with the declaration (a deposit, an account);
    empty where a guarantee covers it.
    """

    item: int
    tax_type: str
    amount: Money
    why: str
    type: str = ""
    source: str = ""


class Assessment(Section, frozen=True):
    """What is owed. `total` are all duties assessed, also those only at stake under suspense; `payable` is due now."""

    duties: tuple[DutyTaxFee, ...]
    total: Money
    payable: Money
    securities: tuple[Security, ...] = ()

    @property
    def secured(self) -> Money:
        """All that must be secured, by whatever means."""
        return Money(sum(s.amount.minor for s in self.securities), self.total.currency)


class Selection(Section, frozen=True):
    """The lane with every reason, the model's score where one spoke, and where the random draw fell (parts per million)."""

    lane: Lane
    reasons: tuple[Reason, ...] = ()
    score: float | None = None
    model: str = ""
    draw_ppm: int = 0
    random_share_ppm: int = 0


class Discrepancy(Section, frozen=True):
    item: int
    what: str
    declared: str = ""
    found: str = ""


class Examination(Section, frozen=True):
    """What an inspection found; `conclusion` is conform, discrepancy or not_done."""

    conclusion: str
    text: str = ""
    discrepancies: tuple[Discrepancy, ...] = ()


class Receipt(Section, frozen=True):
    number: str
    amount: Money
    method: str
    payer: str = ""


class Settlement(Section, frozen=True):
    due: Money
    receipts: tuple[Receipt, ...] = ()

    @property
    def paid(self) -> int:
        return sum(r.amount.minor for r in self.receipts)

    @property
    def outstanding(self) -> Money:
        return Money(max(0, self.due.minor - self.paid), self.due.currency)


class Term(Section, frozen=True):
    """One term of the release contract and whether it was met."""

    id: str
    text: str
    met: bool
    why: str = ""


class Release(Section, frozen=True):
    terms: tuple[Term, ...]
    at: datetime


class Query(Section, frozen=True):
    number: int
    text: str
    answer: str = ""
    documents: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.answer


class Declaration(Section, frozen=True):
    """The state of one declaration: the fold of its acts."""

    id: int
    lodged: Lodgement
    stage: Stage = Stage.LODGED
    lane: Lane | None = None
    version: int = 1
    acts: int = 0
    holds: tuple[Hold, ...] = ()
    problems: tuple[Problem, ...] = ()
    acceptance: Acceptance | None = None
    verified: DocumentCheck | None = None
    classified: ClassCheck | None = None
    valued: Valuation | None = None
    origin: OriginDetermination | None = None
    assessed: Assessment | None = None
    selection: Selection | None = None
    examined: Examination | None = None
    settled: Settlement | None = None
    released: Release | None = None
    queries: tuple[Query, ...] = ()
    quotas: tuple[QuotaAllocation, ...] = ()
    invalidated: str = ""

    @property
    def mrn(self) -> str:
        return str(self.acceptance.mrn) if self.acceptance else ""

    @property
    def lrn(self) -> str:
        return self.lodged.lrn

    def hold(self, kind: HoldKind) -> Hold | None:
        """The first hold of that kind, or None."""
        return next((h for h in self.holds if h.kind is kind), None)
