"""Select and deselect as small forms: to which lane, for which reason of the list, and in the officer's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customhouse.clearance import target
from customhouse.desks import explain, targeting_words
from customhouse.desks.small_form import Field, Form, Mistake
from customhouse.offices.risk import overruling
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.lanes import STRICTNESS, Lane

__all__ = ["NAMES", "Mistake", "again", "filled", "forms"]

NAMES = ("select", "deselect")
LONGEST = 2000


def lanes(d: Declaration, name: str) -> tuple[Lane, ...]:
    """The lanes that a form offers, the one meant most often first: an examination, or release."""
    if target.is_ahead(d):
        standing = d.marked.lane if d.marked else Lane.GREEN
        offered: tuple[Lane, ...] = (Lane.RED, Lane.YELLOW) if name == "select" else (Lane.GREEN,)
    elif d.stage is Stage.ROUTED and d.lane is not None:
        standing = d.lane
        offered = (Lane.RED, Lane.YELLOW) if name == "select" else (Lane.GREEN, Lane.BLUE, Lane.YELLOW)
    else:
        return ()
    if name == "select":
        return tuple(lane for lane in offered if STRICTNESS[lane] > STRICTNESS[standing])
    return tuple(lane for lane in offered if overruling.is_softer(lane, standing))


def forms(d: Declaration, role: Role) -> list[Form]:
    """What this role may do now; a form is left out where every lane of it would be refused."""
    return [form for form in (_form(d, name, role) for name in NAMES) if form is not None]


def _form(d: Declaration, name: str, role: Role) -> Form | None:
    ahead = target.is_ahead(d)
    offered = [lane for lane in lanes(d, name) if ahead or not overruling.refusal(d, lane, role)]
    if not offered:
        return None
    codes = targeting_words.SELECT if name == "select" else targeting_words.DESELECT
    fields = (
        Field("lane", lazy("To"), "choice", tuple((lane.value, explain.lane(lane)) for lane in offered)),
        Field("code", lazy("Why"), "choice", tuple(codes.items())),
        Field("reason", lazy("In your words")),
    )
    title = (_("Ask for a look when the goods come") if ahead else _("Select")) if name == "select" else _("Deselect")
    if name == "deselect" and ahead:
        title = _("Take the wish for a look back")
    return Form(name, "", title, title, "eye" if name == "select" else "later", fields, main=name == "select")


def filled(d: Declaration, name: str, typed: Mapping[str, str]) -> tuple[Lane, str, str]:
    """(lane, code, reason) of a form that was filled in. Raises Mistake."""
    lane, code = typed.get("lane", ""), typed.get("code", "")
    if lane not in lanes(d, name):
        raise Mistake(_("%(field)s: choose one of the list") % {"field": _("To")})
    if code not in (targeting_words.SELECT if name == "select" else targeting_words.DESELECT):
        raise Mistake(_("%(field)s: choose one of the list") % {"field": _("Why")})
    reason = typed.get("reason", "").strip().replace("\x00", "")
    if not reason:
        raise Mistake(_("%(field)s is missing") % {"field": _("In your words")})
    if len(reason) > LONGEST:
        raise Mistake(_("%(field)s is longer than %(n)d characters") % {"field": _("In your words"), "n": LONGEST})
    return Lane(lane), code, reason


def again(shown: Sequence[Form], name: str, typed: Mapping[str, str], fault: str) -> list[Form]:
    """The same forms, with what was typed in the one that was refused, and why it was."""
    return [_refused(form, typed, fault) if form.name == name else form for form in shown]


def _refused(form: Form, typed: Mapping[str, str], fault: str) -> Form:
    fields = tuple(msgspec.structs.replace(f, value=typed.get(f.name, f.value)) for f in form.fields)
    return msgspec.structs.replace(form, fields=fields, fault=fault, main=True)
