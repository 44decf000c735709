"""Pieces of pages: icons, badges, amounts, ages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customhouse.desks import explain
from customhouse.kernel.money import Money
from customhouse.record.declaration import HoldKind, Stage
from customhouse.record.lanes import Lane

register = template.Library()
ICON = {"GREEN": "tick", "BLUE": "later", "YELLOW": "papers", "RED": "eye"}
AGEING, OLD = 4, 24  # hours after which a waiting declaration is shown as ageing, as old


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg aria-hidden="true" focusable="false"><use href="/static/desks/icons.svg#{}"></use></svg>', name
    )


@register.simple_tag
def lane(value: Any) -> SafeString:
    """A lane as colour, picture and word, never colour alone."""
    if not value:
        return format_html('<span class="muted">{}</span>', "–")
    return format_html(
        '<span class="lane {}">{}{}</span>', str(value), icon(ICON[str(value)]), explain.LANES[Lane(str(value))]
    )


@register.simple_tag
def stage(value: Any) -> SafeString:
    return format_html('<span class="stage {}">{}</span>', str(value), explain.STAGES[Stage(str(value))])


@register.simple_tag
def hold(kind: Any) -> SafeString:
    return format_html('<span class="hold">{}{}</span>', icon("hand"), explain.HOLDS[HoldKind(str(kind))])


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units as an amount with its currency."""
    if minor is None:
        return "–"
    return f"{Money(minor, currency).amount:,} {currency}"


@register.filter
def sum_of(value: Money | None) -> str:
    return f"{value.amount:,} {value.currency}" if value else "–"


@register.simple_tag
def age(since: datetime | None) -> SafeString:
    """How long something waits, in words, marked when it is long."""
    if since is None:
        return SafeString("–")
    hours = (datetime.now(UTC) - since).total_seconds() / 3600
    if hours < 1:
        words = _("%(n)d min") % {"n": int(hours * 60)}
    elif hours < 48:
        words = _("%(n)d h") % {"n": int(hours)}
    else:
        words = _("%(n)d days") % {"n": int(hours / 24)}
    kind = "old" if hours >= OLD else "ageing" if hours >= AGEING else ""
    return format_html('<span class="{}" title="{}">{}</span>', kind, since.strftime("%Y-%m-%d %H:%M UTC"), words)


@register.filter
def lookup(table: dict[str, Any], key: str) -> Any:
    return table.get(key, "")


@register.filter
def hold_word(kind: Any) -> str:
    return str(explain.HOLDS[HoldKind(str(kind))])
