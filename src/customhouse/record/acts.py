"""Everything that may happen to a declaration, as one tagged union: each act is a word an officer says.

An act is a fact that was recorded; it is never changed or removed. Who recorded it, when, and under which law stands in
the `Entry` around it, because one person often records several acts in one sitting.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Union

import msgspec

from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.record.account import Charge
from customhouse.record.agency import AgencyExamination, PermitUse
from customhouse.record.assessment import Assessment, QuotaAllocation
from customhouse.record.declaration import (
    Acceptance,
    CargoMatch,
    ClassCheck,
    DocumentCheck,
    Examination,
    Hold,
    HoldKind,
    Receipt,
    Registration,
    Role,
    Selection,
    Term,
)
from customhouse.record.lanes import Lane
from customhouse.record.lodgement import Lodgement
from customhouse.record.origin import OriginDetermination
from customhouse.record.paper import Paper
from customhouse.record.parcel import Answer
from customhouse.record.screening import AlarmDecision, Screening
from customhouse.record.valuation import Valuation


class _Act(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="act", tag=True, gc=False):
    """An act; its class name is its tag on the wire and its row in `flow.FLOW`."""

    @property
    def name(self) -> str:
        return type(self).__name__


class Lodged(_Act, frozen=True):
    """The declarant handed in a declaration. `digest` is the SHA-256 (hex) of the bytes received, `format` their kind."""

    lodgement: Lodgement
    format: str
    digest: str


class Refused(_Act, frozen=True):
    problems: tuple[Problem, ...]


class Registered(_Act, frozen=True):
    """A declaration in order whose goods are not here yet: it has its MRN and waits for them to be presented."""

    registration: Registration


class Estimated(_Act, frozen=True):
    """What would be owed if the goods were presented today; it binds nobody and is worked out again at acceptance."""

    assessment: Assessment


class Presented(_Act, frozen=True):
    """The goods of a registered declaration are at customs.

    `office` is the customs office, `place` the code of the place where the goods lie (empty: as declared), `document` the
    manifest, transport document or arrival message that says so.
    """

    office: str
    place: str = ""
    document: str = ""


class Accepted(_Act, frozen=True):
    acceptance: Acceptance


class Verified(_Act, frozen=True):
    check: DocumentCheck


class PermitsChecked(_Act, frozen=True):
    """The permit register answered every permit that the declaration names; what was used is written off."""

    uses: tuple[PermitUse, ...]


class PartiesScreened(_Act, frozen=True):
    """Every name of the declaration was asked against the watch lists that count. For customs' eyes only."""

    screening: Screening


class AlarmDecided(_Act, frozen=True):
    """A person decided whether a declared party is the listed one. For customs' eyes only."""

    decision: AlarmDecision


class Classified(_Act, frozen=True):
    check: ClassCheck


class Valued(_Act, frozen=True):
    valuation: Valuation


class OriginDetermined(_Act, frozen=True):
    """Where the goods originate, and whether a preference claimed for them is granted."""

    determination: OriginDetermination


class QuotaAllocated(_Act, frozen=True):
    """Tariff quotas answered every claim of the declaration, first come, first served."""

    allocations: tuple[QuotaAllocation, ...]


class CargoMatched(_Act, frozen=True):
    """Transport documents that the declaration names were found in cargo reports; `waits` are those that release still waits for."""

    matches: tuple[CargoMatch, ...]
    waits: tuple[str, ...] = ()


class Assessed(_Act, frozen=True):
    assessment: Assessment


class LaneAssigned(_Act, frozen=True):
    selection: Selection


class LaneChanged(_Act, frozen=True):
    """A person overrules the lane; becomes training data.

    `code` says why in a word of `offices.risk.overruling`. `drawn_ppm` is how likely the draw of a random choice was to fall
    on the declaration (parts per million), 0 where a person chose it.
    """

    lane: Lane
    reason: str
    code: str = ""
    drawn_ppm: int = 0


class Targeted(_Act, frozen=True):
    """A targeting officer asks, before the lane is set, for at least this lane when it is; GREEN takes the wish back."""

    lane: Lane
    reason: str
    code: str = ""


class Held(_Act, frozen=True):
    hold: Hold


class Lifted(_Act, frozen=True):
    """A hold falls, for a reason; `agency` is the agency whose officer lifts it, empty for customs.

    `result` is what the look at the documents found for which the declaration was held.
    """

    kind: HoldKind
    reason: str
    ref: str = ""
    agency: str = ""
    result: Examination | None = None


class Queried(_Act, frozen=True):
    """Customs asks the declarant; a hold stands until the answer is accepted."""

    text: str
    deadline: date | None = None


class Answered(_Act, frozen=True):
    query: int
    text: str
    documents: tuple[str, ...] = ()


class Attached(_Act, frozen=True):
    """Papers were attached; their digests stand here, so that what was handed in can be proved."""

    papers: tuple[Paper, ...]


class Amended(_Act, frozen=True):
    """A new version of the declaration before release; the line is walked again from acceptance."""

    lodgement: Lodgement
    format: str
    digest: str
    reason: str = ""


class Examined(_Act, frozen=True):
    examination: Examination


class AgencyExamined(_Act, frozen=True):
    """Another agency looked at the documents or the goods; conform goods are not held for it any more."""

    examination: AgencyExamination


class JointInspectionCalled(_Act, frozen=True):
    """Customs or an agency (`by`) asks everybody concerned to look at the goods together; `invited` are agencies."""

    by: str
    invited: tuple[str, ...]
    reason: str


class JointInspectionFixed(_Act, frozen=True):
    """Place and time (UTC) of joint inspection `number`."""

    number: int
    place: str
    at: datetime


class Due(_Act, frozen=True):
    """Treasury fixes the amount to pay before release."""

    amount: Money


class Paid(_Act, frozen=True):
    receipt: Receipt


class Reversed(_Act, frozen=True):
    """A payment did not come true (a transfer that was recalled, a mistake at the counter): its receipt is void."""

    receipt: str
    reason: str


class Charged(_Act, frozen=True):
    """A trader's account stands for what is deferred or must be secured: from now on this charge, in place of one before."""

    charge: Charge


class Released(_Act, frozen=True):
    terms: tuple[Term, ...]


class Recalled(_Act, frozen=True):
    """Customs takes a release back while the goods are still within its reach, to look at them; a hold is ordered beside it.

    Goods that enter stay under customs control whether duty is owed or not (RKC General Annex 6.1); that they were released
    does not end it before they are out of reach.
    """

    reason: str


class Ruled(_Act, frozen=True):
    """A supervisor decides which judgement of a parcel `stands` where the line finds otherwise than its row says: that of the `line`,
    under which it was walked just before, or that of the `row`. Both are kept as they were."""

    stands: Literal["line", "row"]
    reason: str
    row: Answer
    line: Answer


class Exited(_Act, frozen=True):
    """Goods released for export have left the country through `office` on the day `day`."""

    office: str
    day: date


class Discharged(_Act, frozen=True):
    """The procedure has ended: the goods are accounted for, and the trader's guarantee is free again."""

    reason: str


class Invalidated(_Act, frozen=True):
    reason: str


Act = Union[  # noqa: UP007 - msgspec wants one named union, read here as the list of all acts
    Lodged,
    Refused,
    Registered,
    Estimated,
    Presented,
    Accepted,
    Verified,
    PermitsChecked,
    PartiesScreened,
    AlarmDecided,
    Classified,
    Valued,
    OriginDetermined,
    QuotaAllocated,
    CargoMatched,
    Assessed,
    LaneAssigned,
    LaneChanged,
    Targeted,
    Held,
    Lifted,
    Queried,
    Answered,
    Attached,
    Amended,
    Examined,
    AgencyExamined,
    JointInspectionCalled,
    JointInspectionFixed,
    Due,
    Paid,
    Reversed,
    Charged,
    Released,
    Recalled,
    Ruled,
    Exited,
    Discharged,
    Invalidated,
]

NOT_TOLD = frozenset({"Targeted", "PartiesScreened", "AlarmDecided"})
"""Acts that only customs is shown, so that nobody is warned: what it means to look at before it has decided, and whom it
looks for. Their number and hash stand in the record as all do."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What one actor recorded in one sitting in one declaration.

    `first` is the number of the first act within the declaration (1 = Lodged). `at` is the recorded time (UTC), `on` the
    day whose law applies (valid time), `book` the hash of the law used, empty where no law was consulted.
    """

    declaration: int
    first: int
    by: str
    role: Role
    at: datetime
    on: date
    book: str
    acts: tuple[Act, ...]
