"""What customs answers: the WCO Response (07B), one message about one declaration.

Names are those of the WCO Data Model in Python spelling; the ids are in the mapping table of `gates.wco_xml`. A Response is
never stored: it is made from the acts whenever it is asked for (`clearance.notification`).
"""

from __future__ import annotations

from decimal import Decimal

from customhouse.record.lodgement import Lodgement
from customhouse.record.parts import Amendment, Amount, Communication, Measure, Notation, Part, Pointer, Stamp


class Statement(Part, frozen=True):
    """AdditionalInformation of an answer: a code or words, what they are about (`type`), until when something is awaited."""

    code: str = ""
    text: str = ""
    limit: Stamp | None = None
    type: str = ""
    pointers: tuple[Pointer, ...] = ()


class Error(Part, frozen=True):
    """Error: the rule that was broken (`code`), in words, and where in the declaration."""

    text: str = ""
    code: str = ""
    pointers: tuple[Pointer, ...] = ()


class Status(Part, frozen=True):
    """A status of the declaration or of what was asked: 39 request granted, 67 taxes provisional, 4 taxes final."""

    effective: Stamp | None = None
    code: str = ""
    released: Stamp | None = None
    pointers: tuple[Pointer, ...] = ()


class Bank(Part, frozen=True):
    """The account that is paid into."""

    reference: str = ""
    id: str = ""


class ContactOffice(Part, frozen=True):
    id: str = ""
    communications: tuple[Communication, ...] = ()


class Drawn(Part, frozen=True):
    """ObligationGuarantee: the reference of a guarantee or account that is drawn on."""

    reference: str = ""


class Sum(Part, frozen=True):
    """A total over the declaration: assessed, to be paid, by when, from which guarantee or account."""

    reference: str = ""
    assessed: Amount | None = None
    due: Stamp | None = None
    amount: Amount | None = None
    guarantees: tuple[Drawn, ...] = ()


class Total(Part, frozen=True):
    """DutyTaxFee of the whole declaration."""

    payment: Sum | None = None


class TaxPayment(Part, frozen=True):
    assessed: Amount | None = None
    amount: Amount | None = None


class Tax(Part, frozen=True):
    """DutyTaxFee of an item: what was charged on what, at which rate, with what result."""

    base: Amount | None = None
    deduct: Amount | None = None
    regime: str = ""
    quantity: Measure | None = None
    rate: Decimal | None = None
    type: str = ""
    payment: TaxPayment | None = None


class TaxedItem(Part, frozen=True):
    """GovernmentAgencyGoodsItem of an answer: the number of the item and its taxes."""

    sequence: int
    taxes: tuple[Tax, ...] = ()


class Answered(Part, frozen=True):
    """The Declaration an answer is about. `lrn` is that of the message answered, an amendment has its own."""

    accepted: Stamp | None = None
    cancelled: Stamp | None = None
    lrn: str = ""
    mrn: str = ""
    rejected: Stamp | None = None
    version: str = ""
    totals: tuple[Total, ...] = ()
    items: tuple[TaxedItem, ...] = ()


class Response(Part, frozen=True):
    """One answer. `function` is the code of its kind (01 accepted ... 16 left the country); `changed` holds the elements
    of the declaration that are other than declared, where customs or a presentation changed some."""

    function: str
    reference: str = ""
    issued: Stamp | None = None
    information: tuple[Statement, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    appeal_office: str = ""
    bank: Bank | None = None
    contact_offices: tuple[ContactOffice, ...] = ()
    errors: tuple[Error, ...] = ()
    statuses: tuple[Status, ...] = ()
    declaration: Answered = Answered()
    changed: Lodgement | None = None
    notations: tuple[Notation, ...] = ()
