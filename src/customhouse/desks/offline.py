"""The offline form: one HTML file, made from the field table of the lodging form, that works without a network.

It carries its own style, script, code lists and words in every language, writes declarations in the house's own JSON (the
Lodgement of the record), and reads them again. A Content-Security-Policy of its own lets nothing else run in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from customhouse.desks.explain import in_language
from customhouse.desks.lodge_fields import (
    DEFAULTS,
    GROUPS,
    ITEM,
    ITEM_DEFAULTS,
    KEPT,
    Field,
    choices,
    suggestions,
    terms_without_carriage,
)
from customhouse.law.book import Law

PIECES = Path(__file__).parent / "static" / "desks"
MOST_LINES = 2000
"""Most lines of the tariff that are put into the file, to look a code up by words; a larger tariff stays outside."""

DECLARANT = (
    Field("declarant_id", _("Declarant number"), "Declarant/ID", longest=35),
    Field("declarant_name", _("Declarant name"), "Declarant/Name"),
)
# What must be there before a file is written; the law may ask for more when it is handed in.
REQUIRED = ("lrn", "type", "office", "declarant_id", "dispatch", "destination")
REQUIRED_OF_ITEM = ("code", "description", "origin", "procedure", "price", "currency", "gross", "net", "packages")

WORDS: dict[str, Any] = {
    "title": _("Customs declaration, without a network"),
    "about": _("Fill it in anywhere. It stays in this browser until you save it as a file; hand the file in later."),
    "how": _("Hand in the file on the page Lodge of the customs house, or through its API."),
    "language": _("Language"),
    "item": _("Item {n}"),
    "documents": _("Documents"),
    "document_kind": _("Kind of document"),
    "document_number": _("Number of the document"),
    "add_document": _("Add a document"),
    "add_item": _("Add an item"),
    "remove_item": _("Remove item {n}"),
    "charges": _("Additions and deductions"),
    "charge_kind": _("What it is for"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "add_charge": _("Add an addition or deduction"),
    "check": _("Check"),
    "save": _("Save as a file"),
    "open": _("Open a file"),
    "print": _("Print"),
    "clear": _("Empty the form"),
    "sure": _("Empty the form? What is not in a file is then gone."),
    "kept": _("Kept in this browser"),
    "not_kept": _("This browser keeps nothing: save a file before you close it."),
    "written": _("The file {name} was written. Nothing was handed in yet."),
    "read": _("The file {name} was read."),
    "unreadable": _("{name} is not a declaration of this form."),
    "well": _("Nothing is wrong as far as it can be seen without a network."),
    "wrong": _("Mend this first. The file is written when nothing is wrong."),
    "sums": _("Sums"),
    "items": _("Items"),
    "packages": _("Packages"),
    "gross": _("Gross mass"),
    "net": _("Net mass"),
    "price": _("Price"),
    "fault_missing": _("is missing"),
    "fault_number": _("is not a number"),
    "fault_negative": _("is less than nothing"),
    "fault_country": _("is not a country code"),
    "fault_currency": _("is not a currency code"),
    "fault_code": _("is a tariff code of 6, 8 or 10 digits"),
    "fault_container": _("{value} is not a container number; it is four letters and seven digits"),
    "fault_digit": _("{value} has a wrong check digit; it should be {digit}"),
    "fault_net": _("is more than the gross mass"),
    "fault_importer": _("Importer number or name"),
    "fault_carriage": _("{term} leaves the carriage out of the price: declare it (AK), 0 where there was none"),
    "fault_charge": _("An amount without its kind"),
    "fault_document": _("A document has a kind of four characters, like N935"),
}


def html(law: Law) -> str:
    """The file. What the law lists is that of the law's day, and the file says so."""
    script = (PIECES / "offline.js").read_text("utf-8")
    style = (PIECES / "offline.css").read_text("utf-8")
    context = {
        "script": script,
        "style": style,
        "policy": f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'",
        "table": json.dumps(table(law), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    with translation.override("en"):
        return render_to_string("desks/offline.html", context)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def table(law: Law) -> dict[str, Any]:
    """Everything the script of the file works on: fields, lists and words, each text by language."""
    by_language = {code: _in_one(law, code) for code, _name in settings.LANGUAGES}
    first = next(iter(by_language.values()))
    groups = [(_("Declarant"), DECLARANT), *GROUPS]
    return {
        "country": law.country,
        "day": law.date.isoformat(),
        "book": law.book_hash[:16],
        "currency": law.currency,
        "languages": dict(settings.LANGUAGES),
        "groups": [{"fields": [_field(f, f.name in REQUIRED) for f in fields]} for _title, fields in groups],
        "item": [_field(f, f.name in REQUIRED_OF_ITEM) for f in ITEM],
        "defaults": {**DEFAULTS, "destination": law.country, "office": next(iter(law.contents.offices), "")},
        "item_defaults": {**ITEM_DEFAULTS, "currency": law.currency},
        "kept": list(KEPT),
        "without_carriage": terms_without_carriage(law),
        "codes": {name: [code for code, _text in told] for name, told in first["lists"].items()},
        "words": {language: one["words"] for language, one in by_language.items()},
        "lists": {language: _named(one["lists"]) for language, one in by_language.items()},
    }


def _in_one(law: Law, language: str) -> dict[str, Any]:
    """Words and lists in one language."""
    with translation.override(language):
        titles = [_("Declarant"), *(title for title, _fields in GROUPS)]
        every = [*DECLARANT, *(f for _title, fields in GROUPS for f in fields), *ITEM]
        lists = {name: [(code, str(text)) for code, text in told] for name, told in choices(law).items()}
        lists |= {name: [(code, str(text)) for code, text in told] for name, told in suggestions(law).items()}
        lines = [line for line in law.contents.lines if len(line.code) >= 6 and line.validity.contains(law.date)]
        lists["tariff"] = [(line.code, in_language(line.text)) for line in lines] if len(lines) <= MOST_LINES else []
        words = {name: str(text) for name, text in WORDS.items()}
        words |= {f"group{n}": str(title) for n, title in enumerate(titles)}
        words |= {f"field_{f.name}": str(f.label) for f in every}
        words |= {f"hint_{f.name}": str(f.hint) for f in every if f.hint}
        return {"words": words, "lists": lists}


def _named(lists: dict[str, list[tuple[str, str]]]) -> dict[str, dict[str, str]]:
    """The texts of each list by code; countries and currencies are named by the browser itself."""
    return {name: {code: text for code, text in told if text} for name, told in lists.items()}


def _field(field: Field, required: bool) -> dict[str, Any]:
    return {
        "name": field.name,
        "kind": field.kind,
        "wide": field.wide,
        "list": "tariff" if field.kind == "code" else field.list,
        "longest": field.longest,
        "required": required,
    }
