"""Words for parcels: verdicts, states of what was handed in, what officers order, what is wrong with a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customhouse.clearance.job import Job
from customhouse.desks import words
from customhouse.desks.explain import parcels
from customhouse.kernel.problem import Problem
from customhouse.record.parcel import BY_NAME, NAMES, Parcel

VERDICTS = words.PARCEL_VERDICTS
COLOURS = {"released": "GREEN", "due": "GREEN", "file": "YELLOW", "refused": "RED", "repeated": "", "unreadable": "RED"}
STATES = {
    "receiving": _("is being handed in"),
    "queued": _("waits to be cleared"),
    "clearing": _("is being cleared"),
    "done": _("is cleared"),
    "failed": _("was not taken"),
    "ended": _("was taken back"),
}
RESTS = _("waits to be tried again")
MODES = {code: words.MODES[code] for code in ("4", "5", "3", "1", "2") if code in words.MODES}
ACTS = {
    "hold": pgettext_lazy("order", "Hold"),
    "release": pgettext_lazy("order", "Release"),
    "select": pgettext_lazy("order", "Select at random"),
}
ORDERS = {"waiting": _("is being done"), "done": _("done"), "failed": _("stopped")}
ALARMS = {
    "Disagreement": (
        _(
            "Judged by itself it comes out otherwise than it was answered, so it has no file and nothing is decided on it."
        ),
        _(
            "Tell whoever runs the house: both must say the same. When that is mended, open its file. Or a supervisor decides which of the "
            "two stands."
        ),
    ),
    "NotJudged": (
        _("It cannot be judged as on its day: the law or the criteria of that day are not here."),
        _("Whoever runs the house brings them back. Then open its file here."),
    ),
    "DuplicateLRN": (
        _("Another declaration took its reference before its file was opened."),
        _(
            "The answer tells the declarant to declare the parcel under a reference of its own. Until then it has no file."
        ),
    ),
}
STANDS = {
    "line": (
        _("As it is judged now"),
        _(
            "The file is opened as the parcel is judged now. Where that refuses it, its file is a refused one and the answer says so."
        ),
    ),
    "row": (
        _("As it was answered"),
        _(
            "The file keeps the lane of the answer, and where nothing else holds the goods the reasons of the answer do."
        ),
    ),
}
LINE_ONLY = _(
    "What was answered cannot stand: another amount is owed now, or the parcel is refused. An amount follows from the law and is never "
    "decided; what is wrong in it is amended or claimed back in the file."
)
AGREE = _("Both say the same now."), _("Open its file; the alarm ends with it.")
FIELDS = {
    "reference": _("Reference"),
    "consignor": _("Consignor"),
    "consignor_country": _("Consignor’s country"),
    "consignee": _("Consignee"),
    "consignee_id": _("Consignee’s number"),
    "address": _("Address"),
    "postcode": _("Postcode"),
    "city": _("Town"),
    "description": _("Goods"),
    "code": _("Tariff code"),
    "origin": _("Country of origin"),
    "packages": _("Packages"),
    "gross_mass": _("Gross mass"),
    "net_mass": _("Net mass"),
    "price": _("Price"),
    "currency": _("Currency"),
    "freight": _("Carriage"),
    "procedures": _("Additional procedures"),
    "scheme": _("Seller’s number in the scheme"),
    "invoice": _("Invoice or order"),
    "dispatch": _("Sent from"),
    "posted": _("Day of posting"),
    "consignor_address": _("Consignor’s address"),
    "consignor_postcode": _("Consignor’s postcode"),
    "consignor_city": _("Consignor’s town"),
    "agent": _("Representative"),
    "representation": _("Kind of representation"),
    "nationality": _("Nationality of the means of transport"),
    "location": _("Place of the goods"),
    "previous": _("Previous documents"),
    "documents": _("Documents"),
    "statements": _("Additional statements"),
    "tax_parties": _("Other tax parties"),
}
UNITS = {"gross_mass": "kg", "net_mass": "kg"}
IN_CURRENCY = ("price", "freight")
WRONG = {
    "TooLarge": (_("The file is larger than is taken here."), _("Pack it with gzip, or hand in several files.")),
    "NoRoom": (_("There is no room for the file here now."), _("What has come is kept. Come back later and go on.")),
    "DuplicateReference": (
        _("Another file was handed in under this reference."),
        _("Give every consolidation a reference of its own."),
    ),
    "OtherOffset": (
        _("These bytes are not the next ones."),
        _("Choose the same file again; it goes on where it stood."),
    ),
    "TooManyBytes": (_("More comes than was announced."), _("Hand the file in again.")),
    "UploadBusy": (_("Another window hands in this file now."), _("Let it end.")),
    "UploadEnded": (_("This file was taken back."), _("Hand it in again.")),
    "UploadDone": (_("The whole file is here already."), _("Read what became of it.")),
    "FileLost": (_("The file is not here any more."), _("Hand it in again.")),
    "TriedAgain": (
        _("The work on it stopped, and is tried again by itself."),
        _(
            "Nothing need be handed in again. What is done stays, and it goes on where it stood. Customs sees what stopped it."
        ),
    ),
    "Stopped": (_("The work on it stopped."), _("Customs has been told. Hand the same file in again later.")),
}


def state(one: Job) -> Any:
    """How a file handed in stands."""
    return STATES[one.state] if one.again_at is None else RESTS


def problem(one: Problem) -> dict[str, str]:
    """What is wrong, and what to do, in the reader's language where the house has words for it."""
    if known := WRONG.get(one.rule):
        return {"label": str(known[0]), "hint": str(known[1]), "where": "", "value": ""}
    if one.rule == "InvalidInput" and one.where == "Upload-Length":
        return {
            "label": say("The file is empty"),
            "hint": say("Choose a file with a parcel in every line."),
            "where": "",
            "value": "",
        }
    told = parcels.problem(one)
    return {"label": told.label, "hint": told.hint, "where": told.where, "value": told.value}


def declared(parcel: Parcel) -> list[tuple[Any, str]]:
    """(what it is, what was declared with its unit) of everything that was declared."""
    units = {**UNITS, **dict.fromkeys(IN_CURRENCY, parcel.currency)}
    told = [(name, getattr(parcel, name)) for name in NAMES if name != "currency"]
    return [(FIELDS[name], f"{_shown(name, value)} {units.get(name, '')}".strip()) for name, value in told if value]


def _shown(name: str, value: str) -> str:
    return date.fromisoformat(value).isoformat() if BY_NAME[name].kind == "day" else value


def verdict_bars(counts: dict[str, int]) -> list[dict[str, Any]]:
    """A bar for each verdict, in per cent of all parcels."""
    return _bars([(key, word, counts.get(key, 0)) for key, word in VERDICTS.items()], COLOURS)


def lane_bars(counts: dict[str, int]) -> list[dict[str, Any]]:
    """A bar for each lane."""
    return _bars([(lane.value, word, counts.get(lane.value, 0)) for lane, word in words.LANES.items()], {})


def _bars(rows: list[tuple[str, Any, int]], colours: dict[str, str]) -> list[dict[str, Any]]:
    whole = sum(n for _key, _word, n in rows) or 1
    return [
        {"key": key, "word": word, "n": n, "length": max(round(n * 100 / whole, 1), 0.6 if n else 0),
         "share": n * 100 / whole, "colour": colours.get(key, key)}
        for key, word, n in rows
    ]  # fmt: skip
