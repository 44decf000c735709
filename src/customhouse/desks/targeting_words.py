"""The words of the targeter's desk: what a list shows, who chose, why a lane is overruled, what a network is made of."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SHOWS = {
    "routed": _("To decide"),
    "ahead": _("Before arrival"),
    "released": _("Just released"),
}
DIALS = {
    "1": _("Expected revenue"),
    "0.5": _("Half and half"),
    "0": _("Probability of a find"),
}
WAYS = {
    "officer": _("An officer"),
    "random": _("Random draw"),
    "explore": _("Exploration"),
    "model": _("Model"),
    "criterion": _("Criterion"),
    "nothing": pgettext_lazy("chosen by", "Nothing"),
}
SELECT = {
    "value": _("Value looks wrong"),
    "classification": _("Classification looks wrong"),
    "origin": _("Origin looks wrong"),
    "quantity": _("Quantity or weight looks wrong"),
    "party": _("Somebody concerned"),
    "route": _("Way of the goods"),
    "seal": _("Container or seal"),
    "intelligence": _("Intelligence"),
    "compliance": _("Past record"),
    "other": _("Another reason"),
}
DESELECT = {
    "explained": _("The doubt is explained"),
    "duplicate": _("The same goods were looked at"),
    "seen": _("Looked at elsewhere"),
    "agency": _("Another agency looks at it"),
    "wrong-alarm": _("The reason does not fit these goods"),
    "capacity": _("Nobody can look at it today"),
    "other": _("Another reason"),
}
KINDS = {
    "importer": _("Importer"),
    "exporter": _("Exporter"),
    "declarant": _("Declarant"),
    "address": _("Address"),
    "telephone": _("Telephone"),
    "container": _("Container"),
    "means": _("Means of transport"),
    "document": _("Transport document"),
}
TONES = {
    "far": _("far off"),
    "off": _("in the outer quarters"),
    "usual": _("usual"),
    "few": _("few cases"),
}
OUTCOMES = {
    "find": _("Something was found"),
    "none": _("Nothing was found"),
    "not_done": _("Not done"),
    "": "–",
}
# Sentences of the risk office about what may not be undone; looked up by `explain.told`.
REFUSALS = (
    _("it was drawn to measure what nobody suspects; only a supervisor may take it out, with a reason"),
    _("the examination of the goods is called off by a supervisor only"),
    _("no look was asked for"),
    _("a look needs a reason"),
)
