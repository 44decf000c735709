"""The words of the desks for what the record holds: lanes, stages, holds, acts, roles. One table each, in every language."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from customhouse.record.declaration import HoldKind, Role, Stage
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
    HoldKind.QUERY: _("Question"),
    HoldKind.LAW: _("Law"),
    HoldKind.VALUE: _("Customs value"),
    HoldKind.QUOTA: _("Tariff quota"),
    HoldKind.AGENCY: _("Agency"),
}
ROLES = {
    Role.BROKER: _("Broker"),
    Role.OFFICER: _("Officer"),
    Role.EXAMINER: _("Examiner"),
    Role.CASHIER: _("Cashier"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.AUDITOR: _("Auditor"),
    Role.SYSTEM: _("Automatic line"),
}
ACTS = {
    "Lodged": pgettext_lazy("act", "Lodged"),
    "Refused": pgettext_lazy("act", "Refused"),
    "Accepted": pgettext_lazy("act", "Accepted"),
    "Verified": _("Documents verified"),
    "Classified": _("Classification checked"),
    "Valued": _("Goods valued"),
    "OriginDetermined": _("Origin determined"),
    "QuotaAllocated": _("Tariff quota allocated"),
    "Assessed": _("Duties assessed"),
    "LaneAssigned": _("Lane assigned"),
    "LaneChanged": _("Lane changed"),
    "Held": _("Held"),
    "Lifted": _("Hold lifted"),
    "Queried": _("Question asked"),
    "Answered": _("Question answered"),
    "Amended": _("Declaration amended"),
    "Examined": _("Goods examined"),
    "Due": _("Amount due fixed"),
    "Paid": _("Payment recorded"),
    "Released": _("Goods released"),
    "Invalidated": _("Declaration invalidated"),
}
CONCLUSIONS = {
    "conform": _("Conform: the goods are as declared"),
    "discrepancy": _("Discrepancy: the goods differ"),
    "not_done": _("Not done"),
}
PAYMENTS = {"transfer": _("Bank transfer"), "card": _("Card"), "cash": _("Cash")}
ORIGIN_OF_VALUE = {
    "price": _("price"),
    "declared customs value": _("declared customs value"),
    "declared statistical value": _("declared statistical value"),
}
BASES = {
    "customs value": _("customs value"),
    "customs value and duties": _("customs value and duties"),
    "net mass": _("net mass"),
    "supplementary quantity": _("supplementary quantity"),
    "packages": _("packages"),
}
ROUNDINGS = {
    "half_up": _("rounded half up"),
    "half_even": _("rounded half to even"),
    "down": _("rounded down"),
    "up": _("rounded up"),
}
# Words inside the formula of a rate; its units and its MIN and MAX are the same in every language.
FORMULA = {"of value and duties": _("of value and duties"), "free": _("free")}
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
# Sentences of the offices that are told by the id of their reason; those of the law are looked up in the Book.
OFFICES = {
    "no-finding": _("No criterion fired, and the random draw did not fall on it"),
    "earlier-lane": _("The lane from before the amendment is kept"),
    "lane-yellow": _("An officer looks at the documents before release"),
    "lane-red": _("The goods are examined before release"),
    "NoExchangeRate": _("The law has no rate of exchange for this currency on the day of acceptance"),
}
# Remarks and findings that the lower floors write in English; here so that they have words in every language.
REMARKS = (
    _("duties are suspended under inward processing"),
    _("general rate applied"),
    _("the minimum applies"),
    _("the maximum applies"),
    _("duties are suspended under temporary admission"),
    _("duties are suspended in the warehouse"),
    _("duties are suspended in the free zone"),
    _("The tariff has no line for this code"),
    _("Look the goods up in the tariff and give the full code"),
    _("Give every declaration its own reference; to change one that was accepted, amend it"),
    _("Nothing is left to pay"),
    _("The message is empty"),
    _("Check that it was written completely"),
    _("Check that the file was written completely"),
    _("Split the declaration"),
    _("Add the missing element"),
    _("Elements stand in the order of the schema; move or remove it"),
    _("Give it a value"),
    _("Give a number of customs size"),
    _("Hand in each declaration as a file of its own"),
    _("Hand in the declaration as WCO XML, or as JSON at the JSON gate"),
    _("Remove the <!DOCTYPE ...> line; a declaration needs none"),
    _("Remove the <!DOCTYPE ...> part with its entities and write the text itself"),
    _("Remove it; the element carries none"),
    _("Mend these first"),
    _("The element is not known here"),
    _("Move the text into an element"),
    _("Text stands between the elements"),
    _("Exactly one DateTimeString belongs here"),
    _("A date needs its text and its formatCode"),
    _("This is not a decimal number"),
    _("Write digits with a point, at most 18 before and 18 after it"),
    _("Remove it"),
    _("These bytes are not UTF-8"),
    _("Save the message as UTF-8"),
    _("The message is nested too deeply"),
    _("A declaration needs less than 10 levels"),
    _("Mend the JSON at that place"),
    _("The field is not known here"),
    _("See the JSON schema of the declaration"),
    _("This is not a number of customs size"),
    _("Remove the character"),
    _("This is not a whole number"),
    _("Write digits only"),
    _("No element may stand in a value"),
    _("Write the value only"),
    _("The element may stand here once only"),
    _("The element is empty"),
    _("Two items have the same number"),
    _("Number the items 1, 2, 3 ..."),
    _("An amendment carries the whole declaration, not only what changes"),
    _("Hand in the complete new version under the same MRN"),
    _("There is no declaration of this number here"),
    _("Check the MRN; an amendment or a cancellation names the declaration it is about"),
    _("Ask the customs office"),
    _("customs has announced an examination"),
    _("no hold that this role may lift"),
    _("no query is open"),
    _("no examination was ordered"),
    _("nothing is due"),
    _("a payment is more than nothing"),
    _("a term of release is not met"),
    _("a change of lane needs a reason"),
    _("an invalidation needs a reason"),
    _("The element Declaration is looked for"),
    _("Mend the file at that place; an XML editor shows it"),
    _("Save the file as UTF-8, or name its real encoding in the first line"),
    _("Save the file as UTF-8"),
    _("Split the declaration, or ask customs to raise the limit"),
    _("The schema of the declaration needs 10 levels"),
    _("The schema of the declaration needs 10"),
    _("The file brings a document type definition"),
    _("The file defines entities of its own"),
    _("The file is empty"),
    _("The file does not begin with <"),
    _("The file begins with blanks only"),
    _("This encoding is not taken here"),
    _("Write it as <DateTimeString formatCode=...>"),
    _("Write for instance <DateTimeString formatCode='304'>20261124120000Z</DateTimeString>"),
    _("See the format of the element in the schema"),
)
# The same for sentences with something in them.
SHAPES = (
    gettext_noop("preference {code} granted"),
    gettext_noop("preference {code} is not offered for this code and origin"),
    gettext_noop("preference {code} refused: proof of origin {documents} is missing"),
    gettext_noop("preference {code} refused: not offered for this code and origin"),
    gettext_noop("preference {code} refused: no agreement gives it to goods of {country}"),
    gettext_noop("preference {code} refused: agreement {id} ended on {date}"),
    gettext_noop("preference {code} refused: agreement {id} begins on {date}"),
    gettext_noop(
        "preference {code} refused: the goods must be wholly obtained in the area of the agreement, but their origin is "
        "{country}"
    ),
    gettext_noop(
        "preference {code} refused: dispatched from {country}, outside the agreement, and proof of direct transport "
        "{documents} is missing"
    ),
    gettext_noop("no quantity in {unit} was declared"),
    gettext_noop("no rate of exchange for {currency}"),
    gettext_noop("lane changed to {lane}"),
    gettext_noop("This declarant has used the reference before, for {where}"),
    gettext_noop("The attribute {name} is not known here"),
    gettext_noop("Elements are nested more than {n} deep"),
    gettext_noop("{n} further problems are not listed"),
    gettext_noop("Did you mean {name}?"),
    gettext_noop("Known here: {names}"),
    gettext_noop("Remove it; {name} has no such element"),
    gettext_noop("The field {name} is missing"),
    gettext_noop("Add {name}"),
    gettext_noop("Write {what} here"),
    gettext_noop("The message is larger than {n} bytes"),
    gettext_noop("Document {code} is required for item {items}"),
    gettext_noop("The lane was {lane} before the declaration was amended"),
    gettext_noop("the declaration is {stage}"),
    gettext_noop("there is no {kind} hold {ref}"),
    gettext_noop("{role} may not do this"),
    gettext_noop("{role} may not lift a {kind} hold"),
    gettext_noop("query {number} is not open"),
    gettext_noop("payment is due in {currency}"),
    gettext_noop("held for {kinds}"),
    gettext_noop("the lane is {lane} already"),
    gettext_noop("Write at most {whole} digits before and {places} after the point"),
    gettext_noop("The control character {code} has no meaning in a declaration"),
    gettext_noop("JSON is malformed: {what}"),
    gettext_noop("Expected {wanted}, found {found}"),
    gettext_noop("The message holds {n} declarations"),
    gettext_noop("The message {name} holds no declaration"),
    gettext_noop("The file is larger than {n} bytes"),
    gettext_noop("{name} is missing"),
)
