"""Pieces of pages: icons, badges, amounts, ages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customhouse.desks import explain, permit_words, words
from customhouse.kernel.money import Money
from customhouse.record.declaration import Declaration, HoldKind, Stage
from customhouse.record.lanes import Lane
from customhouse.record.permit import State

register = template.Library()
LANE_ICONS = {"GREEN": "tick", "BLUE": "later", "YELLOW": "papers", "RED": "eye"}
HOLD_ICONS = {
    "documents": "papers",
    "inspection": "eye",
    "payment": "coins",
    "account": "coins",
    "query": "ask",
    "law": "law",
    "agency": "house",
    "permit": "papers",
    "value": "tag",
    "party": "eye",
    "screening": "eye",
    "quota": "pie",
    "manifest": "ship",
}
STAGE_ICONS = {"RELEASED": "tick", "REFUSED": "cross", "INVALIDATED": "cross"}


TURNING = ("back", "next", "out")  # pictures of a direction turn round where the script runs the other way


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        " turns" if name in TURNING else "",
        static("desks/icons.svg"),
        name,
    )


@register.simple_tag
def passkey_options(options: Any) -> str:
    """What a browser is asked for a passkey with, as JSON for an attribute."""
    return json.dumps(options)


@register.simple_tag
def lane(value: Any, means: bool = False) -> SafeString:
    """A lane as colour, picture and word, never colour alone; with `means`, what it asks for."""
    if not value:
        return format_html('<span class="muted">{}</span>', "–")
    which = Lane(str(value))
    word = explain.lane(which) if means else words.LANES[which]
    return format_html('<span class="badge lane {}">{}{}</span>', which.value, icon(LANE_ICONS[which.value]), word)


@register.simple_tag
def lane_icon(value: Any) -> SafeString:
    return icon(LANE_ICONS[str(value)])


@register.simple_tag
def stage(value: Any) -> SafeString:
    name = str(value)
    picture = icon(STAGE_ICONS[name]) if name in STAGE_ICONS else ""
    return format_html('<span class="badge stage {}">{}{}</span>', name, picture, words.STAGES[Stage(name)])


@register.simple_tag
def permit_state(value: Any) -> SafeString:
    """Where a permit stands, as colour and word."""
    state = State(str(value))
    return format_html(
        '<span class="badge {}">{}</span>', permit_words.TONES.get(state, ""), permit_words.STATES[state]
    )


@register.simple_tag
def hold(kind: Any) -> SafeString:
    name = str(kind)
    return format_html(
        '<span class="badge hold {}">{}{}</span>', name, icon(HOLD_ICONS[name]), words.HOLDS[HoldKind(name)]
    )


@register.simple_tag
def paper(d: Declaration, reference: str) -> SafeString:
    """A document named in an answer: a paper of the declaration as a link, a number as it is."""
    held = next((p for p in d.papers if p.reference == reference), None)
    if held is None:
        return format_html('<span class="mono">{}</span>', reference)
    address = f"{reverse('paper', args=[d.id])}?digest={held.digest}"
    return format_html('<a class="mono" href="{}" download>{} {}</a>', address, icon("papers"), held.name)


@register.simple_tag
def amount_left(value: Decimal, unit: str) -> str:
    """What is left of a permit, in its unit."""
    return permit_words.amount(value, unit)


@register.filter
def conclusion(value: str) -> Any:
    """The words for the conclusion of an inspection."""
    return words.CONCLUSIONS.get(value, value)


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units as an amount with its currency."""
    return "–" if minor is None or not currency else explain.amount(Money(minor, currency))


@register.filter
def sum_of(value: Money | None) -> str:
    return explain.amount(value) if value else "–"


@register.filter
def per_cent(ppm: int) -> str:
    """Parts per million as per cent, without the sign."""
    return explain.share(ppm)


@register.filter
def quantity(value: Decimal | int | None) -> str:
    return "–" if value is None else explain.number(value)


@register.filter
def kilos(grams: int) -> str:
    """Grams as kilograms, without zeros that say nothing."""
    return explain.quantity(Decimal(grams) / 1000, "kg")


def duration(seconds: float) -> str:
    """A length of time in words, in its largest unit."""
    if seconds < 60:
        return _("%(n)d s") % {"n": int(seconds)}
    if seconds < 3600:
        return _("%(n)d min") % {"n": int(seconds / 60)}
    if seconds < 48 * 3600:
        return _("%(n)d h") % {"n": int(seconds / 3600)}
    days = int(seconds / 86400)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@register.simple_tag
def age(since: datetime | None, stage: str = "") -> SafeString:
    """How long something waits, in words, marked when it is long; what is over (`stage`) does not age."""
    if since is None:
        return SafeString("–")
    waited = datetime.now(UTC) - since
    kind = "" if stage in words.OVER else "old" if waited >= words.OLD else "ageing" if waited >= words.AGEING else ""
    mark = icon("clock") if kind else ""
    return format_html(
        '<time class="age {}" datetime="{}" title="{}">{}{}</time>',
        kind,
        since.isoformat(timespec="seconds"),
        f"{since:%Y-%m-%d %H:%M} UTC",
        mark,
        duration(max(0.0, waited.total_seconds())),
    )


@register.filter
def lasting(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)


@register.filter
def lookup(table: dict[str, Any], key: Any) -> Any:
    return table.get(str(key), "")


@register.filter
def named(names: dict[int, str], number: int) -> str:
    """What people call a declaration, of those that were looked up."""
    return names.get(number, str(number))


@register.filter
def told(text: str) -> str:
    return explain.told(text)
