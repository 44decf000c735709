"""The lodging form as a draft: which fields one has, what is saved of a form that was sent, and how complete it is."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from django.http import HttpRequest

from customhouse.clearance.line import Context
from customhouse.clearance.trial import try_out
from customhouse.desks.access import declarant_of
from customhouse.desks.lodge_fields import HEADER, ITEM
from customhouse.desks.lodge_form import Draft
from customhouse.kernel.problem import errors
from customhouse.record.lodgement import Lodgement
from customhouse.registry import drafts

LONGEST = 4000
_ITEM = "|".join([*(f.name for f in ITEM), "was", r"doc-\d{1,2}-(?:code|id)"])
NAME = re.compile(
    rf"(?:{'|'.join(f.name for f in HEADER)}|reason|item-\d{{1,3}}-(?:{_ITEM})|charge-\d{{1,2}}-(?:code|amount|currency))"
)
# What belongs to one shipment only: left out when another one like it is begun.
OF_ONE_SHIPMENT = re.compile(r"lrn|reason|ucr|containers|previous|item-\d+-was|item-\d+-doc-\d+-id")


class Kept(msgspec.Struct, frozen=True):
    """What a page says of its draft: `clash` that another window changed it and nothing was stored, `fault` why else not."""

    key: str
    window: str
    version: int = 0
    saved_at: datetime | None = None
    clash: bool = False
    fault: str = ""


def owner(request: HttpRequest) -> drafts.Owner:
    return drafts.Owner(request.user.get_username(), declarant_of(request))


def fresh_key() -> str:
    return secrets.token_hex(8)


def begun(stored: drafts.Draft | None = None, key: str = "") -> Kept:
    """A page opened on a draft, or on none yet."""
    if stored is None:
        return Kept(key or fresh_key(), fresh_key())
    return Kept(stored.key, fresh_key(), stored.version, stored.saved_at)


def fields_in(told: Mapping[str, object]) -> dict[str, str]:
    """Those of the pairs that are fields of the form, with what no text can hold taken out."""
    return {
        name: value.replace("\x00", "")[:LONGEST]
        for name, value in told.items()
        if isinstance(value, str) and NAME.fullmatch(name)
    }


def flat(draft: Draft, reason: str = "") -> dict[str, str]:
    """The draft as the form would send it."""
    told = {f.name: draft.header.get(f.name, "") for f in HEADER}
    if reason:
        told["reason"] = reason
    for n, item in enumerate(draft.items, 1):
        told |= {f"item-{n}-{f.name}": item.values.get(f.name, "") for f in ITEM}
        if item.was:
            told[f"item-{n}-was"] = item.was
        for m, (code, number) in enumerate(item.documents, 1):
            told |= {f"item-{n}-doc-{m}-code": code, f"item-{n}-doc-{m}-id": number}
    for n, row in enumerate(draft.charges or (), 1):
        told |= {f"charge-{n}-code": row.code, f"charge-{n}-amount": row.amount, f"charge-{n}-currency": row.currency}
    return told


def keep(request: HttpRequest, draft: Draft, about: int | None = None, posted: Mapping[str, str] | None = None) -> Kept:
    """Save what was sent with a form (or `posted` before), as it now stands; a form without the name of a draft is not."""
    told = request.POST if posted is None else posted
    key, window = told.get("draft", ""), told.get("draft_window", "")
    if not drafts.KEY.fullmatch(key) or not drafts.KEY.fullmatch(window):
        return begun(key=f"amend-{about}" if about else "")
    base = number(told.get("draft_version", ""))
    fields = fields_in(flat(draft, told.get("reason", "")))
    try:
        saved = drafts.replace(owner(request), key, base, window, fields, about=about, over="save_over" in told)
    except drafts.TooMuch as fault:
        return Kept(key, window, base, fault=str(fault))
    if saved.outcome != "saved":
        return Kept(key, window, base, saved.saved_at, clash=True)
    return Kept(key, window, saved.version, saved.saved_at)


def number(text: str) -> int:
    """A version as a form sends it; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def another(fields: Mapping[str, str], lrn: str) -> Draft:
    """A new draft like one that was, without what belonged to that shipment alone."""
    told = {name: "" if OF_ONE_SHIPMENT.fullmatch(name) else value for name, value in fields.items()}
    return Draft.of({**told, "lrn": lrn})


def fresh_reference(request: HttpRequest) -> str:
    """A reference nobody has used: the end of the trader's number, the day and the second."""
    return f"{declarant_of(request)[-4:]}-{datetime.now(UTC):%y%m%d-%H%M%S}"


def to_mend(draft: Draft, who: tuple[str, str], base: Lodgement | None, context: Context) -> int:
    """How many things are missing or wrong before it could be lodged; `who` is the number and name of the trader."""
    lodged = draft.lodgement(*who, base)
    return len(draft.faults) + len(errors(try_out(lodged, context).problems))
