"""The words of the desks for what the record holds: lanes, stages, holds, acts, roles. One table each, in every language."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customhouse.record.declaration import HoldKind, Role, Stage
from customhouse.record.ens import EntryState
from customhouse.record.lanes import Lane

# How long something may wait before it is shown as ageing, as old.
AGEING, OLD = timedelta(hours=4), timedelta(hours=24)

LANES = {
    Lane.RED: _("Red"),
    Lane.YELLOW: _("Yellow"),
    Lane.BLUE: _("Blue"),
    Lane.GREEN: _("Green"),
}
LANE_MEANS = {
    Lane.RED: _("examine the goods"),
    Lane.YELLOW: _("look at the documents"),
    Lane.BLUE: _("release, audit later"),
    Lane.GREEN: _("release"),
}
STAGES = {
    Stage.NEW: _("New"),
    Stage.LODGED: _("Lodged"),
    Stage.REGISTERED: _("Registered, goods awaited"),
    Stage.PRESENTED: _("Goods presented"),
    Stage.REFUSED: _("Refused"),
    Stage.ACCEPTED: _("Accepted"),
    Stage.VERIFIED: _("Verified"),
    Stage.CLASSIFIED: _("Classified"),
    Stage.VALUED: _("Valued"),
    Stage.ORIGIN_DETERMINED: _("Origin determined"),
    Stage.ASSESSED: _("Assessed"),
    Stage.ROUTED: _("Lane set"),
    Stage.RELEASED: _("Released"),
    Stage.INVALIDATED: _("Invalidated"),
}
STEPS = (
    Stage.ACCEPTED,
    Stage.VERIFIED,
    Stage.CLASSIFIED,
    Stage.VALUED,
    Stage.ORIGIN_DETERMINED,
    Stage.ASSESSED,
    Stage.ROUTED,
    Stage.RELEASED,
)
# Where a declaration waits for nobody any more.
OVER = (Stage.RELEASED, Stage.REFUSED, Stage.INVALIDATED)
HOLDS = {
    HoldKind.DOCUMENTS: _("Documents"),
    HoldKind.INSPECTION: _("Examination"),
    HoldKind.PAYMENT: _("Payment"),
    HoldKind.ACCOUNT: _("Account"),
    HoldKind.QUERY: _("Question"),
    HoldKind.LAW: _("Law"),
    HoldKind.VALUE: _("Customs value"),
    HoldKind.QUOTA: _("Tariff quota"),
    HoldKind.AGENCY: _("Agency"),
    HoldKind.PERMIT: _("Permit register"),
    HoldKind.SCREENING: _("Look-up of parties"),
    HoldKind.PARTY: _("Parties"),
    HoldKind.MANIFEST: _("Cargo"),
}
# What a hold of the law is about.
HELD_FOR = {"guarantee": _("guarantee"), "assessment": _("assessment"), "deferment": _("deferment")}
ROLES = {
    Role.BROKER: _("Broker"),
    Role.TRADER: _("Trader"),
    Role.CARRIER: _("Carrier"),
    Role.AGENCY: _("Agency officer"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.OFFICER: _("Officer"),
    Role.EXAMINER: _("Examiner"),
    Role.CASHIER: _("Cashier"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.AUDITOR: _("Auditor"),
    Role.SYSTEM: _("Automatic line"),
}
READ = {
    "declaration": _("Declaration"),
    "message": _("Message as received"),
    "parties": _("Parties of a declaration"),
    "search": _("Search"),
    "api": _("Declaration, by software"),
    "targeting": _("Declaration, by a targeter"),
    "actor": _("Record of a trader"),
}
ACTS = {
    "Lodged": pgettext_lazy("act", "Lodged"),
    "Refused": pgettext_lazy("act", "Refused"),
    "Registered": _("Registered before the goods came"),
    "Estimated": _("Duties estimated"),
    "Presented": _("Goods presented"),
    "Accepted": pgettext_lazy("act", "Accepted"),
    "Verified": _("Documents verified"),
    "PermitsChecked": _("Permits looked up"),
    "PartiesScreened": _("Parties looked up"),
    "AlarmDecided": _("Party decided"),
    "Classified": _("Classification checked"),
    "Valued": _("Goods valued"),
    "OriginDetermined": _("Origin determined"),
    "QuotaAllocated": _("Tariff quota allocated"),
    "CargoMatched": _("Cargo matched"),
    "Assessed": _("Duties assessed"),
    "LaneAssigned": _("Lane assigned"),
    "LaneChanged": _("Lane changed"),
    "Targeted": _("A look asked for"),
    "Held": _("Held"),
    "Lifted": _("Hold lifted"),
    "Queried": _("Question asked"),
    "Answered": _("Question answered"),
    "Attached": _("Papers attached"),
    "Amended": _("Declaration amended"),
    "Examined": _("Goods examined"),
    "AgencyExamined": _("Seen by an agency"),
    "JointInspectionCalled": _("Joint inspection called"),
    "JointInspectionFixed": _("Joint inspection fixed"),
    "Due": _("Amount due fixed"),
    "Paid": _("Payment recorded"),
    "Reversed": _("Receipt voided"),
    "Charged": _("Account charged"),
    "Released": _("Goods released"),
    "Recalled": _("Release taken back"),
    "Ruled": _("Decided which judgement stands"),
    "Exited": _("Goods left the country"),
    "Discharged": _("Procedure discharged"),
    "Invalidated": _("Declaration invalidated"),
}
# What became of a row of a consolidation.
PARCEL_VERDICTS = {
    "released": pgettext_lazy("parcel", "Released"),
    "due": _("To be paid"),
    "file": _("Looked at"),
    "refused": pgettext_lazy("parcel", "Refused"),
    "repeated": _("Repeated"),
    "unreadable": _("Unreadable"),
}
# Answers of customs, by the function code of the message; taxes by their status too.
NOTIFICATIONS = {
    "01": _("Accepted by customs"),
    "02": _("Received by customs"),
    "03": _("Rejected by customs"),
    "05": _("A control is announced"),
    "06": _("Documents are wanted"),
    "07": _("Result of the control"),
    "08": _("Goods released, taxes still open"),
    "09": _("Cleared"),
    "10": _("Invalidated by customs"),
    "11": _("Request granted"),
    "13/67": _("Taxes, provisional"),
    "13/4": _("Taxes, final"),
    "13/115": _("Taxes, left open against a security"),
    "14": _("The account or guarantee does not suffice"),
    "16": _("Goods have left the country"),
    "51": _("Customs asks a question"),
}
# Entry summary declarations: where one stands, what was decided on it, what becomes of a file handed in.
ENTRY_STATES = {
    EntryState.REGISTERED: _("Registered"),
    EntryState.REJECTED: _("Rejected"),
    EntryState.STOPPED: _("Do not load"),
}
ENTRY_STEPS = {
    "lodged": _("Registered by customs"),
    "rejected": _("Rejected by customs"),
    "amended": _("Amendment accepted"),
    "amendment_rejected": _("Amendment rejected"),
    "intervention": _("Do not load"),
}
ENTRY_RESULTS = {
    "new": _("taken"),
    "same": _("sent before, the same answer"),
    "rejected": _("rejected"),
    "other": _("the reference is in use"),
    "unknown": _("unknown MRN"),
    "not_yours": _("lodged by somebody else"),
    "unreadable": _("cannot be read"),
}
LOOKED_BY = {
    "random": _("Random draw"),
    "explore": _("Exploration"),
    "person": _("Overruled by a person"),
}
CONCLUSIONS = {
    "conform": _("Conform: the goods are as declared"),
    "discrepancy": _("Discrepancy: the goods differ"),
    "not_done": _("Not done"),
}
PAYMENTS = {"cash": _("Cash"), "card": _("Card")}
# How money came in that nobody recorded by hand.
RECEIVED = {
    **PAYMENTS,
    "bank": _("Bank transfer"),
    "online": _("Online"),
    "consolidation": _("With its consolidation"),
}
ORIGIN_OF_VALUE = {
    "price": _("price"),
    "invoice": _("share of the invoice"),
    "rounding": _("rounding"),
    "declared customs value": _("declared customs value"),
    "declared statistical value": _("declared statistical value"),
}
BASES = {
    "customs value": _("customs value"),
    "customs value and duties": _("customs value and duties"),
    "duties": _("duties"),
    "net mass": _("net mass"),
    "gross mass": _("gross mass"),
    "quantity": _("quantity"),
    "item": _("item"),
}
ROUNDINGS = {
    "half_up": _("rounded half up"),
    "half_even": _("rounded half to even"),
    "down": _("rounded down"),
    "up": _("rounded up"),
}
# Words inside the formula of a rate; its units and its MIN and MAX are the same in every language. The longer go first.
FORMULA = {
    "of value and duties": _("of value and duties"),
    "of duties": _("of duties"),
    "per item": _("per item"),
    "free": _("free"),
    "as declared": _("as declared"),
}
# What becomes of an amount, and by what.
TREATMENTS = {
    "relieved": _("relieved"),
    "suspended": _("suspended"),
    "deposited": _("deposited"),
    "postponed": _("postponed"),
}
# Codes of additions to and deductions from the price (WCO data element 4/9).
CHARGES = {
    "AB": _("commissions and brokerage"),
    "AD": _("containers and packing"),
    "AE": _("materials incorporated"),
    "AF": _("tools and moulds"),
    "AG": _("materials consumed"),
    "AH": _("engineering and design"),
    "AI": _("royalties and licence fees"),
    "AJ": _("proceeds of resale"),
    "AK": _("transport and insurance"),
    "AL": _("indirect payments"),
    "AW": _("insurance"),
    "BA": _("transport after arrival, deducted"),
    "BB": _("work after importation, deducted"),
    "BC": _("duties and taxes, deducted"),
    "BD": _("interest, deducted"),
    "BE": _("right of reproduction, deducted"),
    "BF": _("buying commissions, deducted"),
}
METHODS = {
    "1": _("transaction value"),
    "2": _("identical goods"),
    "3": _("similar goods"),
    "4": _("deductive value"),
    "5": _("computed value"),
    "6": _("fall-back method"),
}
MODES = {
    "1": _("Sea"),
    "2": _("Rail"),
    "3": _("Road"),
    "4": _("Air"),
    "5": _("Post"),
    "7": _("Fixed installation"),
    "8": _("Inland waterway"),
    "9": _("Own power"),
}
# What became of a claim of preferential origin, the conditions it is judged by, and the classes of product rules.
VERDICTS = {"granted": _("granted"), "refused": pgettext_lazy("preference", "refused")}
CONDITIONS = {
    "agreement": _("Agreement"),
    "tariff": _("Tariff"),
    "proof": _("Proof of origin"),
    "product-rule": _("Product rule"),
    "transport": _("Way of the goods"),
}
CLASSES = {
    "WO": _("wholly obtained"),
    "ORIGINATING": _("made of originating materials"),
    "ORIG_RETAINED": _("origin is kept"),
    "CC": _("change of chapter"),
    "CTH": _("change of heading"),
    "CTSH": _("change of subheading"),
    "AH": _("materials of any heading"),
    "MAXNOM": _("a highest share of non-originating materials"),
    "MAXNOM_OM": _("a highest share of non-originating materials of some kinds"),
    "MINOM": _("a lowest share of originating materials"),
    "MINOM_VALUE": _("a lowest value of originating materials"),
    "MAXWEIGHT": _("a highest weight of some materials"),
    "RVC": _("regional value content"),
    "PRODUCTION_FROM": _("made from named materials"),
    "PROCESSING": _("a named process"),
    "PROCESSING_TEXTILE": _("a named process of textiles"),
    "MINOP": _("a lowest number of operations"),
    "INSUFFICIENT": _("more than minimal working"),
    "SET": _("sets of goods"),
    "SP": _("as its words say"),
    "EXCEPT": _("with exceptions"),
    "INCLUDING": _("with inclusions"),
    "TOLERANCE": _("with a tolerance"),
    "RESTRICTION": _("with a restriction"),
}
# What is checked of a valuation.
CHECKS = {
    "method": _("method"),
    "order": _("order of the methods"),
    "swap": _("computed before deductive value"),
    "price": _("there is a price"),
    "sale": _("it is a sale"),
    "indicators": _("valuation indicators"),
    "restrictions": _("no restrictions on the buyer"),
    "conditions": _("no conditions on the sale or price"),
    "proceeds": _("no proceeds go back to the seller"),
    "related": _("the price is not influenced by a relationship"),
    "identical": _("accepted value of identical goods"),
    "similar": _("accepted value of similar goods"),
    "resale": _("price of sale in the country"),
    "deductions": _("what is deducted from it"),
    "elements": _("costs of production"),
    "grounds": _("how the value was found"),
    "terms": _("the delivery term is known"),
    "mode": _("the delivery term fits the transport"),
    "precarriage": _("carriage to the port or place of export"),
    "loading": _("handling and loading abroad"),
    "carriage": _("carriage to the place of import"),
    "insurance": _("insurance of the goods on the way"),
    "unloading": _("unloading and handling after arrival"),
    "onward": _("carriage after importation"),
    "clearance": _("duties and taxes of the importing country"),
    "twice": _("counted twice"),
    "outside": _("not part of the value"),
    "not_in_price": _("not in the price"),
    "part_of_value": _("part of the value"),
    "charge": _("addition or deduction"),
    "invoice": _("invoice"),
    "agreed_rate": _("agreed rate of exchange"),
}
# Preference codes (WCO data element 4/17): the first digit says what is claimed, the two after it under what.
PREFERENCES = {
    "1": _("tariff for every origin"),
    "2": _("generalised preferences"),
    "3": _("trade agreement"),
    "4": _("customs union"),
}
CLAIMED_UNDER = {
    "10": _("suspension"),
    "15": _("suspension with a certificate"),
    "20": _("tariff quota"),
    "25": _("tariff quota with a certificate"),
    "40": _("end use"),
    "50": _("certificate on the goods"),
}
# What a line of a condition does with its measure (TARIC measure actions, in four kinds).
ACTIONS = {
    "apply": _("the measure applies"),
    "rate": _("it is charged at %(rate)s"),
    "void": _("the measure does not apply"),
    "forbid": _("the goods are forbidden"),
}
