"""What a reader may do now, as small forms: one per act that the flow permits to this role, none for any other.

Every act that people record stands once in `FORMS`: its words, its fields, and how what was filled in becomes a call of
the clearance room. Whether it may be recorded is decided by `record.flow`, never here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customhouse.clearance import attach, invalidate, lift, present, query, settle, target
from customhouse.desks import explain, joint_forms, look_forms, words
from customhouse.desks.small_form import Field, Form, Mistake
from customhouse.kernel.money import Money
from customhouse.record.acts import LaneChanged
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import permitted
from customhouse.record.lanes import Lane

LONGEST, SHORT = 2000, 70
__all__ = ["FORMS", "Field", "Form", "Mistake", "again", "forms", "record"]


Filled = Mapping[str, Any]  # text by field; files that were looked at under "papers"
Who = dict[str, Any]


def _text(filled: Filled, name: str, label: Any) -> str:
    value = filled.get(name, "").strip().replace("\x00", "")
    if not value:
        raise Mistake(_("%(field)s is missing") % {"field": label})
    if len(value) > LONGEST:
        raise Mistake(_("%(field)s is longer than %(n)d characters") % {"field": label, "n": LONGEST})
    return value


def _one_of(filled: Filled, name: str, label: Any, allowed: Any) -> str:
    value = filled.get(name, "")
    if value not in allowed:
        raise Mistake(_("%(field)s: choose one of the list") % {"field": label})
    return value


def _day(filled: Filled, name: str, label: Any) -> date | None:
    value = filled.get(name, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as fault:
        raise Mistake(_("%(field)s is not a date; write it as 2026-12-31") % {"field": label}) from fault


# --- forms -----------------------------------------------------------------------------------------------------------

REASON = Field("reason", lazy("Reason"))


def _present_forms(d: Declaration, role: Role) -> list[Form]:
    transport = d.lodged.goods_shipment.consignment
    location = transport.goods_location if transport else None
    declared = (
        _("Declared: %(place)s; leave it empty when they are there") % {"place": location.name} if location else ""
    )
    office = d.lodged.presentation_office or d.lodged.office
    fields = (
        Field("office", lazy("Customs office"), "text", value=office),
        Field(
            "place",
            lazy("Place of the goods"),
            "text",
            required=False,
            hint=declared,
        ),
        Field(
            "document",
            lazy("Document"),
            "text",
            required=False,
            hint=lazy("Manifest, waybill or other, with its number"),
        ),
    )
    return [
        Form("present", "Presented", lazy("Goods presented"), lazy("The goods are here"), "house", fields, main=True)
    ]


def _exit_forms(d: Declaration, role: Role) -> list[Form]:
    fields = (
        Field("office", lazy("Office of exit"), "text", value=d.lodged.exit_office or d.lodged.office),
        Field("day", lazy("Day"), "date"),
    )
    return [Form("exit", "Exited", lazy("Goods left the country"), lazy("Record the exit"), "house", fields)]


def _pay_forms(d: Declaration, role: Role) -> list[Form]:
    if d.settled is None:
        return []
    due = d.settled.outstanding
    fields = (
        Field("amount", lazy("Amount"), "number", value=str(due.amount), hint=due.currency),
        Field("method", lazy("How"), "choice", tuple(words.PAYMENTS.items())),
    )
    return [Form("pay", "Paid", lazy("Payment"), lazy("Record the payment"), "coins", fields, main=True)]


def _lift_forms(d: Declaration, role: Role) -> list[Form]:
    mine = [h for h in d.holds if role in h.lifted_by and h.key != look_forms.OF_LANE]
    if not mine:
        return []
    choices = tuple((f"{h.kind.value}:{h.ref}", f"{words.HOLDS[h.kind]} {explain.held_for(h)}".strip()) for h in mine)
    fields = (Field("hold", lazy("Hold"), "choice", choices), REASON)
    return [Form("lift", "Lifted", lazy("Lift a hold"), lazy("Lift the hold"), "tick", fields, main=True)]


def _answer_forms(d: Declaration, role: Role) -> list[Form]:
    return [
        Form(
            "answer",
            "Answered",
            _("Answer question %(n)d") % {"n": q.number},
            lazy("Send the answer"),
            "ask",
            (
                Field("query", "", "hidden", value=str(q.number)),
                Field("text", lazy("Answer")),
                Field("documents", lazy("Documents"), "text", required=False, hint=lazy("Numbers, with commas")),
                Field(
                    "papers", lazy("Files"), "file", required=False, hint=lazy("PDF, pictures, XLSX, XML, CSV or text")
                ),
            ),
            main=True,
            key=str(q.number),
        )
        for q in d.queries
        if q.is_open
    ]


def _query_forms(d: Declaration, role: Role) -> list[Form]:
    fields = (Field("text", lazy("Question")), Field("deadline", lazy("Answer by"), "date", required=False))
    return [Form("query", "Queried", lazy("Ask the declarant"), lazy("Ask"), "ask", fields)]


def _lane_forms(d: Declaration, role: Role) -> list[Form]:
    choices = tuple((k.value, explain.lane(k)) for k in words.LANES if k is not d.lane)
    fields = (Field("lane", lazy("Lane"), "choice", choices), REASON)
    return [Form("lane", "LaneChanged", lazy("Change the lane"), lazy("Change the lane"), "lanes", fields)]


HELD_BY_PEOPLE = (HoldKind.DOCUMENTS, HoldKind.AGENCY, HoldKind.LAW)


def _hold_forms(d: Declaration, role: Role) -> list[Form]:
    choices = tuple((k.value, words.HOLDS[k]) for k in HELD_BY_PEOPLE)
    fields = (Field("kind", lazy("Kind"), "choice", choices), REASON)
    return [Form("hold", "Held", lazy("Hold the goods"), lazy("Hold the goods"), "hand", fields)]


def _reverse_forms(d: Declaration, role: Role) -> list[Form]:
    receipts = d.settled.receipts if d.settled else ()
    choices = tuple((r.number, f"{r.number}, {explain.amount(r.amount)}") for r in receipts)
    fields = (Field("receipt", lazy("Receipt"), "choice", choices), REASON)
    return [Form("reverse", "Reversed", lazy("Void a receipt"), lazy("Void the receipt"), "back", fields)]


def _discharge_forms(d: Declaration, role: Role) -> list[Form]:
    title = lazy("Discharge the procedure")
    return [Form("discharge", "Discharged", title, lazy("Release the guarantee"), "tick", (REASON,))]


def _invalidate_forms(d: Declaration, role: Role) -> list[Form]:
    return [Form("invalidate", "Invalidated", lazy("Invalidate"), lazy("Invalidate"), "cross", (REASON,))]


# --- what filling in a form does -------------------------------------------------------------------------------------


def _short(filled: Filled, name: str, label: Any) -> str:
    value = filled.get(name, "").strip().replace("\x00", "")
    if len(value) > SHORT:
        raise Mistake(_("%(field)s is longer than %(n)d characters") % {"field": label, "n": SHORT})
    return value


def _present(d: Declaration, filled: Filled, who: Who) -> Declaration:
    _text(filled, "office", _("Customs office"))
    office = _short(filled, "office", _("Customs office"))
    place = _short(filled, "place", _("Place of the goods"))
    return present.present(d.id, office=office, place=place, document=_short(filled, "document", _("Document")), **who)


def _exit(d: Declaration, filled: Filled, who: Who) -> Declaration:
    _text(filled, "office", _("Office of exit"))
    on = _day(filled, "day", _("Day"))
    if on is None:
        raise Mistake(_("%(field)s is missing") % {"field": _("Day")})
    return present.exit_goods(d.id, office=_short(filled, "office", _("Office of exit")), day=on, **who)


def _pay(d: Declaration, filled: Filled, who: Who) -> Declaration:
    if d.settled is None:
        raise Mistake(_("Nothing is due"))
    typed = _text(filled, "amount", _("Amount")).replace(" ", "").replace(",", ".")
    try:
        amount = Money.of(typed, d.settled.due.currency)
    except (ValueError, ArithmeticError) as fault:
        raise Mistake(_("The amount is not a number of %(currency)s") % {"currency": d.settled.due.currency}) from fault
    if amount.minor > d.settled.outstanding.minor:
        raise Mistake(_("This is more than is due"))
    method = _one_of(filled, "method", _("How"), words.PAYMENTS)
    return settle.pay(d.id, amount, method, payer=d.lodged.declarant_id, **who)


def _lift(d: Declaration, filled: Filled, who: Who) -> Declaration:
    standing = {f"{h.kind.value}:{h.ref}": h for h in d.holds if h.key != look_forms.OF_LANE}
    hold = standing[_one_of(filled, "hold", _("Hold"), standing)]
    return lift.lift(d.id, hold.kind, _text(filled, "reason", _("Reason")), ref=hold.ref, **who)


def _answer(d: Declaration, filled: Filled, who: Who) -> Declaration:
    number = _one_of(filled, "query", _("Question"), {str(q.number) for q in d.queries})
    papers = [p.strip()[:70] for p in filled.get("documents", "").split(",") if p.strip()]
    text, offered = _text(filled, "text", _("Answer")), filled.get("papers", ())
    return attach.answer(d.id, int(number), text, offered, documents=papers, **who)


def _query(d: Declaration, filled: Filled, who: Who) -> Declaration:
    deadline = _day(filled, "deadline", _("Answer by"))
    return query.query(d.id, _text(filled, "text", _("Question")), deadline=deadline, **who)


def _lane(d: Declaration, filled: Filled, who: Who) -> Declaration:
    lane = Lane(_one_of(filled, "lane", _("Lane"), Lane.__members__))
    return target.change_lane(d.id, LaneChanged(lane, _text(filled, "reason", _("Reason"))), **who)


def _hold(d: Declaration, filled: Filled, who: Who) -> Declaration:
    kind = HoldKind(_one_of(filled, "kind", _("Kind"), {k.value for k in HELD_BY_PEOPLE}))
    return lift.hold(d.id, kind, _text(filled, "reason", _("Reason")), **who)


def _reverse(d: Declaration, filled: Filled, who: Who) -> Declaration:
    numbers = {r.number for r in d.settled.receipts} if d.settled else set()
    number = _one_of(filled, "receipt", _("Receipt"), numbers)
    return settle.reverse(d.id, number, _text(filled, "reason", _("Reason")), **who)


def _discharge(d: Declaration, filled: Filled, who: Who) -> Declaration:
    return settle.discharge(d.id, _text(filled, "reason", _("Reason")), **who)


def _invalidate(d: Declaration, filled: Filled, who: Who) -> Declaration:
    return invalidate.invalidate(d.id, _text(filled, "reason", _("Reason")), **who)


# name of the form -> (act, its forms now, what it does), in the order in which they are shown
FORMS: dict[
    str, tuple[str, Callable[[Declaration, Role], list[Form]], Callable[[Declaration, Filled, Who], Declaration]]
] = {
    "present": ("Presented", _present_forms, _present),
    "pay": ("Paid", _pay_forms, _pay),
    "answer": ("Answered", _answer_forms, _answer),
    **look_forms.FORMS,
    "lift": ("Lifted", _lift_forms, _lift),
    "query": ("Queried", _query_forms, _query),
    "lane": ("LaneChanged", _lane_forms, _lane),
    **joint_forms.FORMS,
    "hold": ("Held", _hold_forms, _hold),
    "exit": ("Exited", _exit_forms, _exit),
    "reverse": ("Reversed", _reverse_forms, _reverse),
    "discharge": ("Discharged", _discharge_forms, _discharge),
    "invalidate": ("Invalidated", _invalidate_forms, _invalidate),
}


def forms(d: Declaration, role: Role) -> list[Form]:
    """The forms that are open to this role now."""
    may = permitted(d, role)
    return [form for act, build, _do in FORMS.values() if act in may for form in build(d, role)]


def again(shown: list[Form], name: str, filled: Filled, fault: str) -> list[Form]:
    """The same forms, with what was typed in the one that was refused, and why it was."""
    typed_in = [form.name == name and form.key == filled.get("query", form.key) for form in shown]
    return [_refused(form, filled, fault) if typed else form for form, typed in zip(shown, typed_in, strict=True)]


def _refused(form: Form, filled: Filled, fault: str) -> Form:
    typed = {f.name: f.value if f.kind == "file" else filled.get(f.name, f.value) for f in form.fields}
    fields = tuple(msgspec.structs.replace(f, value=typed[f.name]) for f in form.fields)
    return msgspec.structs.replace(form, fields=fields, fault=fault, main=True)


def record(d: Declaration, name: str, filled: Filled, who: Who) -> Declaration:
    """Do what the form says. Raises Mistake, or NotPermitted when the flow does not allow it now."""
    return FORMS[name][2](d, filled, who)
