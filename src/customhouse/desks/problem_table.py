"""What every named problem means and what to do about it: those that come from the house itself, not from the law.

The rules of a country stand in its law with their own words and sources; these stand here, so that one page can show all.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _


class Explained(msgspec.Struct, frozen=True):
    """A problem by its name: what it means, what to do."""

    rule: str
    means: Any
    do: Any


# Where a problem comes from -> those of it.
FOUND_BY: tuple[tuple[Any, tuple[Explained, ...]], ...] = (
    (
        _("Handing in"),
        (
            Explained(
                "NotADraft",
                _("The file that was handed in as a draft of law is none."),
                _(
                    "Hand in the folder of the law as a .zip archive, or the Book that customhouse law build makes of it."
                ),
            ),
            Explained(
                "DuplicateLRN",
                _("The declarant has used this reference before, for other content."),
                _("Give every declaration a reference of its own. To change one that was accepted, amend it."),
            ),
            Explained(
                "SeveralDeclarations",
                _("The file holds several declarations, where one is wanted."),
                _("Hand them in one by one here, or the whole file where declarations are lodged."),
            ),
            Explained(
                "NotAnAnswer",
                _("The message is not an answer of customs."),
                _("Hand in the message as customs sent it."),
            ),
            Explained(
                "InvalidIdempotencyKey",
                _("The Idempotency-Key of the request cannot be taken."),
                _("Send a new UUID with each request, and the same one when you repeat it."),
            ),
            Explained(
                "UnknownMRN",
                _("No declaration of this number is here, or it is not yours."),
                _("Check the MRN. An amendment or a cancellation names the declaration it is about."),
            ),
            Explained(
                "NotYours",
                _("The declaration names another declarant than the one you act for."),
                _("Use the account or the token of that declarant."),
            ),
            Explained(
                "NotPermitted",
                _("The declaration is not where this can be done: it is over, or an examination was announced."),
                _("Open it to see where it stands and what it waits for; else ask the customs office."),
            ),
            Explained(
                "PartialAmendment",
                _("An amendment carries the whole declaration, not only what changes."),
                _("Hand in the complete new version under the same MRN."),
            ),
            Explained(
                "OtherDeclaration",
                _("The file handed in as an amendment is another declaration."),
                _("Keep the declarant and the reference of the declaration that is amended."),
            ),
            Explained("MissingReason", _("An amendment says why it is made."), _("Write the reason in a few words.")),
            Explained(
                "MissingCharge",
                _("An amount stands among the additions and deductions without its kind."),
                _("Choose what it is for."),
            ),
            Explained(
                "VagueDescription",
                _("Every word of a parcel's description says nothing about the goods."),
                _("Say what the goods are, as the suggestion shows."),
            ),
            Explained(
                "RepeatedItemNumber", _("Two items have the same number."), _("Number the items 1, 2, 3 and so on.")
            ),
            Explained(
                "InvalidAmount",
                _("The amount does not exist in this currency."),
                _("Write as many decimals as the currency has."),
            ),
            Explained(
                "NoToken",
                _("Software must show a valid token of the trader it works for."),
                _("Ask the customs house for a token; one that was revoked is not valid any more."),
            ),
            Explained(
                "UnknownFormat",
                _("This kind of content is not taken at this address."),
                _("Send application/json or application/xml."),
            ),
            Explained(
                "RegisterAway",
                _("The register could not be reached for a moment. Nothing was stored, and nothing was lost."),
                _("Send the same again; the same content is never stored twice."),
            ),
            Explained(
                "Unstorable",
                _("The message holds characters that cannot be kept."),
                _("Remove control characters."),
            ),
        ),
    ),
    (
        _("Files and messages"),
        (
            Explained("EmptyFile", _("There is nothing in the file."), _("Check that it was saved completely.")),
            Explained(
                "TooLarge",
                _("The file is larger than what is taken."),
                _("Split the declaration; scan papers with fewer dots per inch."),
            ),
            Explained(
                "TooDeep", _("The parts of the message are nested too deeply."), _("A declaration needs few levels.")
            ),
            Explained(
                "TooManyProblems",
                _("There are more problems than are listed."),
                _("Mend those that are listed, then try again."),
            ),
            Explained(
                "WrongEncoding",
                _("The bytes are not what the message says they are; often they are not UTF-8."),
                _("Save the message as UTF-8."),
            ),
            Explained(
                "UnsupportedEncoding", _("This way of writing letters is not taken."), _("Save the message as UTF-8.")
            ),
            Explained("NotXML", _("This is not XML."), _("Hand in the declaration as WCO XML or as JSON.")),
            Explained(
                "MalformedXML",
                _("The XML breaks its own rules at this line and column, or breaks off."),
                _("Check that the file was written completely."),
            ),
            Explained(
                "MalformedJSON",
                _("The JSON breaks its own rules at this line and column."),
                _("Mend it at that place."),
            ),
            Explained(
                "ForbiddenDoctype",
                _("The XML brings a document type definition; a declaration needs none, and it can do harm."),
                _("Remove the <!DOCTYPE ...> part."),
            ),
            Explained(
                "ForbiddenEntity",
                _("The XML defines entities of its own; a declaration needs none, and they can do harm."),
                _("Write the text itself."),
            ),
            Explained(
                "NotADeclaration",
                _("The message is of another kind than a declaration."),
                _("Hand in a WCO declaration (DEC)."),
            ),
            Explained(
                "SchemaInvalid",
                _("The XML does not follow the schema of the WCO declaration."),
                _("The text names the element and the line; see the schema for what may stand there."),
            ),
            Explained("NoSchema", _("The schema of the WCO declaration was not found."), _("Tell the operator.")),
            Explained(
                "UnknownElement", _("The element is not known at this place."), _("Check its name, or remove it.")
            ),
            Explained("UnknownAttribute", _("The attribute is not known here."), _("Remove it.")),
            Explained("DuplicateElement", _("The element stands twice where one may stand."), _("Keep one of them.")),
            Explained("MissingElement", _("An element that must be there is not, or is empty."), _("Add it.")),
            Explained("UnexpectedText", _("Text stands between the elements."), _("Move it into an element.")),
            Explained("UnknownField", _("The field is not known here."), _("Check its name, or remove it.")),
            Explained("MissingField", _("A field that must be there is not."), _("Add it.")),
            Explained("WrongType", _("The field holds another kind of value."), _("Write what is asked for.")),
            Explained(
                "InvalidDateTime", _("This is not a date as the message writes dates."), _("Write it with its format.")
            ),
            Explained("InvalidDecimal", _("This is not a number."), _("Write digits, with a point for decimals.")),
            Explained("InvalidInteger", _("This is not a whole number."), _("Write digits only.")),
            Explained(
                "InvalidNumber",
                _("This is not a number of customs size."),
                _("Write at most 18 digits before and 18 after the point."),
            ),
            Explained("InvalidCharacter", _("A control character has no meaning here."), _("Remove it.")),
        ),
    ),
    (
        _("Papers"),
        (
            Explained(
                "UnknownKind",
                _("The kind of the file is found out from its bytes, and this one is not taken."),
                _("PDF, PNG, JPEG, TIFF, XLSX, XML, JSON, CSV and plain text are taken"),
            ),
            Explained("BrokenFile", _("The file breaks off or is damaged."), _("Save or send it again")),
            Explained(
                "EncryptedFile",
                _("The file is protected, so an officer could not read it."),
                _("Save it without password and protection"),
            ),
            Explained(
                "ActiveContent",
                _("The file holds something that would run when it is opened: a script, a macro, a program."),
                _("Print it to a PDF and attach that"),
            ),
            Explained("TooManyFiles", _("More files were sent at once than are taken."), _("Send the rest again.")),
            Explained("NoDraft", _("The files were not kept"), _("Save the draft, then attach them again")),
            Explained(
                "UnknownPaper",
                _("The declaration has no paper of this digest."),
                _("List its papers to see their digests."),
            ),
        ),
    ),
    (
        _("Tariff and duties"),
        (
            Explained(
                "UnknownHeading",
                _("The tariff has no line for this code."),
                _("Look the goods up in the tariff and give the full code"),
            ),
            Explained(
                "MissingQuantity",
                _("A duty is charged by a quantity that was not declared."),
                _("Declare the supplementary quantity in the unit that the text names."),
            ),
            Explained(
                "MissingAdditionalCode",
                _("The tariff has measures for these goods under additional codes only."),
                _("Declare the additional code that fits the goods"),
            ),
            Explained(
                "MissingComponent",
                _("The duty depends on the recipe of the goods."),
                _("Declare the additional code of the recipe"),
            ),
            Explained(
                "GoodsForbidden",
                _("The law forbids these goods, unless one of the documents that the text names is there."),
                _("Declare the document, or ask the agency that issues it."),
            ),
            Explained(
                "NoExchangeRate",
                _("The law has no rate of exchange for this currency on that day."),
                _("Declare in a currency that has one, or ask the customs office."),
            ),
            Explained(
                "NegativeValue",
                _("The deductions are more than the price."),
                _("Check the price and the deductions"),
            ),
        ),
    ),
)
BY_NAME = {one.rule: one for _where, group in FOUND_BY for one in group}
