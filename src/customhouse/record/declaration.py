"""One declaration in its life: what was lodged, then one section per step that customs has taken.

A section is None until its act has been recorded. `stage` and `lane` say where the declaration stands; `holds` is the
set of reasons why it may not be released yet. Only `flow.fold` makes a new Declaration from an old one.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from customhouse.kernel.money import Money
from customhouse.kernel.mrn import MRN
from customhouse.kernel.problem import Problem
from customhouse.record.account import AccountKind, Charge
from customhouse.record.agency import AgencyExamination, JointInspection, PermitUse
from customhouse.record.assessment import Assessment, QuotaAllocation
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.record.lodgement import Lodgement
from customhouse.record.origin import OriginDetermination
from customhouse.record.paper import Paper
from customhouse.record.screening import AlarmDecision, Screening
from customhouse.record.section import Section
from customhouse.record.valuation import Valuation


class Stage(StrEnum):
    """How far the declaration has come; `flow.FLOW` holds every move between stages."""

    NEW = "NEW"
    LODGED = "LODGED"
    REGISTERED = "REGISTERED"
    PRESENTED = "PRESENTED"
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
    """Who acts. SYSTEM is the automatic line; the others are people.

    BROKER declares, for itself or for traders who authorised it; TRADER imports or exports and may declare for itself;
    CARRIER hands in manifests and entry summary declarations; AGENCY is an officer of another border agency.
    """

    SYSTEM = "system"
    BROKER = "broker"
    TRADER = "trader"
    CARRIER = "carrier"
    AGENCY = "agency"
    OFFICER = "officer"
    EXAMINER = "examiner"
    CASHIER = "cashier"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class HoldKind(StrEnum):
    DOCUMENTS = "documents"
    INSPECTION = "inspection"
    PAYMENT = "payment"
    ACCOUNT = "account"
    QUERY = "query"
    LAW = "law"
    VALUE = "value"
    AGENCY = "agency"
    PERMIT = "permit"
    SCREENING = "screening"
    PARTY = "party"
    MANIFEST = "manifest"
    QUOTA = "quota"


class Reason(Section, frozen=True):
    """Why: the rule or law that speaks (`rule`), the sentence a person reads, the goods item concerned (0 = whole).

    A `confidential` reason is for customs only: the trade is told that risk analysis chose the declaration.
    """

    rule: str
    text: str
    item: int = 0
    source: str = ""
    confidential: bool = False


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


class Registration(Section, frozen=True):
    """A declaration lodged before its goods came: the MRN it has already, the day, and the Book (hash) it was checked under.

    It binds nobody yet; the law of the day of presentation will judge it (Revised Kyoto Convention, General Annex 3.25).
    """

    mrn: MRN
    on: date
    book: str


class Presentation(Section, frozen=True):
    """The goods are at customs: the office, the place (code, empty: as declared), the document that says so, and when."""

    office: str
    place: str
    document: str
    at: datetime


class Acceptance(Section, frozen=True):
    """The legal act of acceptance: the MRN, the day whose law applies, and the Book (hash) it is judged under.

    `supplementary_by` is the last day to complete a simplified declaration, `completes` the MRNs that a supplementary one
    completes.
    """

    mrn: MRN
    tax_date: date
    book: str
    supplementary_by: date | None = None
    completes: tuple[str, ...] = ()


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


class Selection(Section, frozen=True):
    """The lane with every reason, the model's score where one spoke, and where the random draw fell (parts per million).

    `selectivity` is the hash of the officers' criteria that were asked, `history` what was known of the actors, `shadow`
    the criteria and models on trial that would have asked for another look (``id LANE``). `explored_ppm` is how likely
    this declaration was to be chosen for exploration, `blind` why the model did not answer.
    """

    lane: Lane
    reasons: tuple[Reason, ...] = ()
    score: float | None = None
    model: str = ""
    draw_ppm: int = 0
    random_share_ppm: int = 0
    selectivity: str = ""
    history: HistoryFacts | None = None
    shadow: tuple[str, ...] = ()
    explored_ppm: int = 0
    blind: str = ""


class Mark(Section, frozen=True):
    """A look that a targeting officer asked for before the lane was set: at least this lane, and why."""

    lane: Lane
    reason: str
    code: str = ""


class Discrepancy(Section, frozen=True):
    """What differs from what was declared; `kind` is one of `record.outcome.KINDS` (empty before kinds were asked for)."""

    item: int
    what: str
    declared: str = ""
    found: str = ""
    kind: str = ""


class Examination(Section, frozen=True):
    """What a look at goods or documents found; `conclusion` is conform, discrepancy or not_done.

    `quality` says how much was looked at (`record.outcome.QUALITIES`), `minutes` how long it took, `cause` why it was not done
    (`record.outcome.CAUSES`).
    """

    conclusion: str
    text: str = ""
    discrepancies: tuple[Discrepancy, ...] = ()
    quality: str = ""
    minutes: int = 0
    cause: str = ""


class Receipt(Section, frozen=True):
    """A payment received; `reference` names what it was paid from (an entry of the bank, a provider's payment)."""

    number: str
    amount: Money
    method: str
    payer: str = ""
    reference: str = ""


class Settlement(Section, frozen=True):
    """What is due, what was paid, and how much of it (`charged`, minor units) stands on a deferment account instead."""

    due: Money
    receipts: tuple[Receipt, ...] = ()
    charged: int = 0

    @property
    def paid(self) -> int:
        return sum(r.amount.minor for r in self.receipts)

    @property
    def outstanding(self) -> Money:
        return Money(max(0, self.due.minor - self.paid - self.charged), self.due.currency)


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


class CargoMatch(Section, frozen=True):
    """A transport document that a declaration names, found in a cargo report, and what was written off it (grams).

    `manifest` is the registration number of the report, `item` the first goods item asked for;
    `arrived` says that the goods are in the house, `short` why nothing could be written off.
    """

    document: str
    manifest: str
    item: int = 0
    packages: int = 0
    mass: int = 0
    arrived: bool = False
    short: str = ""


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
    registration: Registration | None = None
    estimated: Assessment | None = None
    presented: Presentation | None = None
    acceptance: Acceptance | None = None
    verified: DocumentCheck | None = None
    classified: ClassCheck | None = None
    valued: Valuation | None = None
    origin: OriginDetermination | None = None
    assessed: Assessment | None = None
    marked: Mark | None = None
    selection: Selection | None = None
    checked: Examination | None = None
    examined: Examination | None = None
    settled: Settlement | None = None
    released: Release | None = None
    queries: tuple[Query, ...] = ()
    papers: tuple[Paper, ...] = ()
    quotas: tuple[QuotaAllocation, ...] = ()
    permits: tuple[PermitUse, ...] = ()
    screened: Screening | None = None
    alarm_decisions: tuple[AlarmDecision, ...] = ()
    joint: tuple[JointInspection, ...] = ()
    agency_examined: tuple[AgencyExamination, ...] = ()
    cargo: tuple[CargoMatch, ...] = ()
    invalidated: str = ""
    exited: date | None = None
    charges: tuple[Charge, ...] = ()

    @property
    def mrn(self) -> str:
        if self.acceptance is not None:
            return str(self.acceptance.mrn)
        return str(self.registration.mrn) if self.registration else ""

    @property
    def lrn(self) -> str:
        return self.lodged.lrn

    def hold(self, kind: HoldKind) -> Hold | None:
        """The first hold of that kind, or None."""
        return next((h for h in self.holds if h.kind is kind), None)

    def charged(self, kind: AccountKind) -> int:
        """What stands on the trader's account of that kind, in minor units."""
        return sum(c.amount.minor for c in self.charges if c.kind is kind)
