"""The words of looks at goods and documents: what was found, how much was looked at, why it was not done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _in

KINDS = {
    "quantity": _("Quantity or mass"),
    "classification": _("Classification"),
    "value": _("Value"),
    "origin": _("Origin"),
    "undeclared": _("Goods not declared"),
    "prohibited": _("Prohibited or restricted goods"),
    "papers": _("Documents missing or not genuine"),
    "other": _in("find", "Something else"),
}
QUALITIES = {
    "full": _("Every package"),
    "partial": _("A part of the goods"),
    "scan": _("Image of the closed container"),
    "documents": _("Documents alone"),
}
CAUSES = {
    "absent": _("The goods were not presented"),
    "no_time": _("Nobody had time"),
    "no_means": _("No equipment or place for it"),
    "withdrawn": _("The need fell away"),
    "other": _in("cause", "Another cause"),
}
OF_DOCUMENTS = {
    "conform": _("In order"),
    "discrepancy": _("Something is wrong"),
    "not_done": _("Not looked at"),
}
THEN = {"lift": _("Lift the hold"), "red": _("Examine the goods")}
