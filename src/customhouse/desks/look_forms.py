"""The forms in which a look is reported: an examination of the goods, and the look at documents that a lane asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customhouse.clearance import examine, lift, target
from customhouse.desks import look_words, words
from customhouse.desks.small_form import Field, Form, Mistake
from customhouse.record.acts import LaneChanged
from customhouse.record.declaration import Declaration, Discrepancy, Examination, Hold, HoldKind, Role
from customhouse.record.lanes import Lane

LONGEST = 2000
NONE = ("", "–")
OF_LANE = (HoldKind.DOCUMENTS, "lane")


def _differs(d: Declaration) -> tuple[Field, ...]:
    items = (("0", lazy("The whole")), *((str(i.sequence), str(i.sequence)) for i in d.lodged.items))
    return (
        Field("kind", lazy("What is wrong"), "choice", (NONE, *look_words.KINDS.items()), required=False),
        Field("item", lazy("Item"), "choice", items, required=False),
        Field("found", lazy("What differs"), "text", required=False, hint=lazy("Only for a discrepancy")),
    )


MINUTES = Field("minutes", lazy("Minutes it took"), "number", required=False)


def examine_forms(d: Declaration, role: Role) -> list[Form]:
    fields = (
        Field("conclusion", lazy("Conclusion"), "choice", tuple(words.CONCLUSIONS.items())),
        Field("quality", lazy("Looked at"), "choice", tuple(look_words.QUALITIES.items())),
        *_differs(d),
        Field("text", lazy("What was seen"), required=False),
        MINUTES,
        Field("cause", lazy("Why not done"), "choice", (NONE, *look_words.CAUSES.items()), required=False),
    )
    return [Form("examine", "Examined", lazy("Examination"), lazy("Record the examination"), "eye", fields, main=True)]


def looks_at(d: Declaration, role: Role) -> Hold | None:
    """The hold under which this role looks at the documents because the lane asks for it."""
    return next((h for h in d.holds if h.key == OF_LANE and role in h.lifted_by), None)


def check_forms(d: Declaration, role: Role) -> list[Form]:
    if looks_at(d, role) is None:
        return []
    fields = (
        Field("conclusion", lazy("Documents"), "choice", tuple(look_words.OF_DOCUMENTS.items())),
        *_differs(d),
        Field("reason", lazy("Remark"), required=False),
        MINUTES,
        Field("then", lazy("Then"), "choice", tuple(look_words.THEN.items())),
    )
    return [Form("check", "Lifted", lazy("Look at the documents"), lazy("Record the look"), "eye", fields, main=True)]


# --- what filling in a form does -------------------------------------------------------------------------------------

Filled = Mapping[str, Any]


def _one_of(filled: Filled, name: str, label: Any, allowed: Any) -> str:
    value = filled.get(name, "")
    if value not in allowed:
        raise Mistake(_("%(field)s: choose one of the list") % {"field": label})
    return str(value)


def _written(filled: Filled, name: str) -> str:
    return str(filled.get(name, "")).strip().replace("\x00", "")[:LONGEST]


def _minutes(filled: Filled) -> int:
    typed = _written(filled, "minutes")
    if not typed:
        return 0
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6) or int(typed) > examine.LONGEST:
        raise Mistake(_("Minutes: a whole number up to %(n)d") % {"n": examine.LONGEST})
    return int(typed)


def _discrepancies(d: Declaration, filled: Filled, conclusion: str) -> tuple[Discrepancy, ...]:
    kind = _one_of(filled, "kind", _("What is wrong"), ("", *look_words.KINDS))
    item = int(_one_of(filled, "item", _("Item"), {"", "0", *(str(i.sequence) for i in d.lodged.items)}) or 0)
    found = _written(filled, "found")
    if conclusion != "discrepancy":
        if kind or found:
            raise Mistake(_("What differs was filled in, but the conclusion is not that something differs"))
        return ()
    if not found:
        raise Mistake(_("Say what differs"))
    return (Discrepancy(item, found, kind=kind or "other"),)


def examined(d: Declaration, filled: Filled, who: dict[str, Any]) -> Declaration:
    conclusion = _one_of(filled, "conclusion", _("Conclusion"), words.CONCLUSIONS)
    not_done = conclusion == "not_done"
    cause = _one_of(filled, "cause", _("Why not done"), ("", *look_words.CAUSES)) if not_done else ""
    if not_done and not cause and not _written(filled, "text"):
        raise Mistake(_("Say why it was not done"))
    quality = _one_of(filled, "quality", _("Looked at"), ("", *look_words.QUALITIES))
    return examine.examine(
        d.id,
        conclusion,
        _written(filled, "text"),
        discrepancies=_discrepancies(d, filled, conclusion),
        quality="" if not_done else quality,
        minutes=_minutes(filled),
        cause=cause,
        **who,
    )


def checked(d: Declaration, filled: Filled, who: dict[str, Any]) -> Declaration:
    """The look at the documents, and what follows: the hold falls, or the goods are examined."""
    if looks_at(d, who["role"]) is None:
        raise Mistake(_("The documents are not to be looked at any more"))
    conclusion = _one_of(filled, "conclusion", _("Documents"), look_words.OF_DOCUMENTS)
    then = _one_of(filled, "then", _("Then"), ("", *look_words.THEN))
    reason = _written(filled, "reason")
    if conclusion == "not_done" and not reason:
        raise Mistake(_("Say why they were not looked at"))
    differs = _discrepancies(d, filled, conclusion)
    quality = "" if conclusion == "not_done" else "documents"
    result = Examination(conclusion, reason, differs, quality, _minutes(filled))
    why = reason or (differs[0].what if differs else "documents in order")
    if then == "red":
        return target.change_lane(d.id, LaneChanged(Lane.RED, why), result=result, **who)
    return lift.lift(d.id, HoldKind.DOCUMENTS, why, ref="lane", result=result, **who)


Do = Callable[[Declaration, Filled, dict[str, Any]], Declaration]
FORMS: dict[str, tuple[str, Callable[[Declaration, Role], list[Form]], Do]] = {
    "check": ("Lifted", check_forms, checked),
    "examine": ("Examined", examine_forms, examined),
}
