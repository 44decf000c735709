"""What the permit office and the flow say about permits and other agencies, so that it has words in every language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

SAID = (
    _("The declaration gives no number"),
    _("There is no such permit"),
    _("It belongs to another holder"),
    _("All its uses are written off"),
    _("It is suspended"),
    _("It has been revoked"),
    _("an agency lifts its own holds only"),
    _("lifting a hold needs a reason"),
    _("no permit is waited for"),
    _("a joint inspection needs a reason"),
    _("at least one agency takes part, each once, and customs always does"),
    _("whoever calls a joint inspection takes part in it"),
    _("no joint inspection was called"),
    _("an appointment needs a place"),
    _("no agency has anything to inspect"),
    _("this needs a reason"),
    _("this needs some words"),
    _("agency, document, holder and applicant stay what they were"),
    _("the permit would end before it begins"),
    _("a permit is for goods of some codes"),
    _("it is counted in another unit than was applied for"),
    _("a permit is for more than nothing"),
    _("The file is too large to be a permit"),
    _("The file is no signed permit"),
    _("The file was signed by another key than ours"),
    _("The file was changed after it was signed"),
    _("No agency issues this document electronically"),
    _("Give the number of the trader who will use it"),
    _("Give commodity codes of 2 to 10 digits, with commas"),
    _("Give countries by two letters, with commas"),
    _("Give a number above 0, with at most three decimals"),
)
# The first that fits speaks.
SHAPES = (
    gettext_noop("Permit {number}: {why}"),
    gettext_noop("Document {code} {number} is looked up"),
    gettext_noop("It is a document {code}, not {wanted}"),
    gettext_noop("It is valid from {date}"),
    gettext_noop("It was valid until before {date}"),
    gettext_noop("It is for goods of origin {country}"),
    gettext_noop("It is for goods of {codes}"),
    gettext_noop("It has {left} left, {asked} are declared"),
    gettext_noop("The declaration does not say how much, in {unit}"),
    gettext_noop("joint inspection {number} is not over yet"),
    gettext_noop("joint inspection {number} is not open"),
    gettext_noop("joint inspection {number} does not wait for {agency}"),
    gettext_noop("nothing is held for {agency}"),
    gettext_noop("it is {state}"),
)
