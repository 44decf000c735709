"""What a reader may do on a permit now, as small forms; and the fields of an application, rendered from the law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customhouse.clearance import permit as room
from customhouse.clearance.permit import Actor, unit_of, usual_end
from customhouse.desks import explain
from customhouse.desks.joint_forms import REASON
from customhouse.desks.small_form import Field, Form, Mistake
from customhouse.kernel.problem import Problem
from customhouse.law.agency import AgencyDocument
from customhouse.law.book import Law
from customhouse.record.declaration import Role
from customhouse.record.permit import Grant, Permit, permitted
from customhouse.registry import balance

Filled = Mapping[str, str]
LONGEST = 2000


class Asked(msgspec.Struct, frozen=True):
    """A field of an application as it is shown: with what was typed, and what is wrong about it."""

    name: str
    label: Any
    kind: str = "text"
    required: bool = True
    help: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    value: str = ""
    fault: str = ""
    unit: str = ""


def asked(document: AgencyDocument, law: Law, typed: Filled, faults: Mapping[str, str], *, holder: str) -> list[Asked]:
    """The fields of the form: what every application says, then what the agency asks for. `holder` is empty where the
    applicant is the holder."""
    say = explain.in_language
    fields = (
        [Asked("holder", _("Holder: number of the trader who will use it"), help=_("EORI or TIN"))] if holder else []
    )
    fields += [
        Asked("commodities", _("Commodity codes"), help=_("2 to 10 digits each, with commas")),
        Asked("origins", _("Countries of origin"), required=False, help=_("Two letters each; none for any")),
    ]
    if document.write_off != "none":
        fields.append(Asked("quantity", _("Quantity"), "number", unit=unit_of(document, law)))
    for f in document.field:
        choices = tuple((code, say(text)) for code, text in f.choices.items())
        if choices and not f.required:
            choices = (("", "–"), *choices)
        kind = "number" if f.kind in ("number", "quantity") else f.kind if f.kind != "code" else "text"
        fields.append(Asked(f.name, say(f.label), kind, f.required, say(f.help), choices))
    fields.append(Asked("remark", _("Remark"), "long", required=False))
    return [msgspec.structs.replace(f, value=typed.get(f.name, ""), fault=faults.get(f.name, "")) for f in fields]


def faults_of(problems: tuple[Problem, ...], document: AgencyDocument) -> dict[str, str]:
    """What is wrong by the name of the field, in the reader's language; "" for what is about several."""
    texts = {c.text["en"]: c.text for c in document.check}
    return {
        p.where: explain.in_language(texts[p.label]) if p.label in texts else explain.told(p.label) for p in problems
    }


# --- decisions -------------------------------------------------------------------------------------------------------


def _grant_fields(p: Permit, law: Law, start: date) -> tuple[Field, ...]:
    document = law.agency_documents.get(p.document)
    grant, asked_for = p.grant, p.application
    until = grant.until if grant else usual_end(document, start) if document else start
    quantity = (grant or asked_for).quantity
    fields = [
        Field("start", lazy("Valid from"), "date", value=(grant.start if grant else start).isoformat()),
        Field("until", lazy("Valid until before"), "date", value=until.isoformat()),
        Field("commodities", lazy("Commodity codes"), "text", value=", ".join((grant or asked_for).commodities)),
        Field(
            "origins",
            lazy("Countries of origin"),
            "text",
            value=", ".join((grant or asked_for).origins),
            required=False,
        ),
    ]
    if quantity is not None:
        plain = format(quantity.normalize(), "f")
        fields.append(Field("quantity", lazy("Quantity"), "number", value=plain, hint=asked_for.unit))
    said = grant.conditions if grant else ""
    return (*fields, Field("conditions", lazy("Conditions"), value=said, required=False))


def _issue_forms(p: Permit, law: Law, today: date) -> list[Form]:
    fields = _grant_fields(p, law, today)
    return [Form("issue", "Issued", lazy("Issue"), lazy("Issue the permit"), "tick", fields, main=True)]


def _amend_forms(p: Permit, law: Law, today: date) -> list[Form]:
    fields = (*_grant_fields(p, law, today), REASON)
    return [Form("amend", "Amended", lazy("Change what is granted"), lazy("Change it"), "pen", fields)]


def _with_words(
    name: str, act: str, title: Any, button: Any, icon: str, *, label: Any = REASON.label, main: bool = False
) -> Any:
    field = Field("reason", label)

    def build(p: Permit, law: Law, today: date) -> list[Form]:
        return [Form(name, act, title, button, icon, (field,), main=main)]

    return build


def _text(filled: Filled, name: str) -> str:
    said = filled.get(name, "").replace("\x00", "").strip()
    if not said:
        raise Mistake(_("Say it in some words"))
    if len(said) > LONGEST:
        raise Mistake(_("%(field)s is longer than %(n)d characters") % {"field": _("The text"), "n": LONGEST})
    return said


def _grant(p: Permit, filled: Filled) -> Grant:
    wrong: list[Problem] = []
    days: list[date] = []
    for name in ("start", "until"):
        try:
            days.append(date.fromisoformat(filled.get(name, "").strip()))
        except ValueError as fault:
            raise Mistake(_("%(field)s is not a date; write it as 2026-12-31") % {"field": name}) from fault
    codes = room.codes(filled.get("commodities", ""), wrong)
    origins = room.countries(filled.get("origins", ""), wrong)
    quantity: Decimal | None = None
    if p.application.quantity is not None:
        quantity = room.amount(filled.get("quantity", ""), wrong)
    if wrong:
        raise Mistake(explain.told(wrong[0].label))
    said = filled.get("conditions", "").replace("\x00", "").strip()[:LONGEST]
    return Grant(days[0], days[1], codes, origins, quantity, p.application.unit, said)


def _issue(p: Permit, filled: Filled, actor: Actor) -> Permit:
    return room.issue(p.id, _grant(p, filled), actor=actor)


def _amend(p: Permit, filled: Filled, actor: Actor) -> Permit:
    try:
        return room.amend(p.id, _grant(p, filled), _text(filled, "reason"), actor=actor)
    except balance.Exhausted as fault:
        raise Mistake(_("More has been written off already: %(n)s") % {"n": fault.draw.asked.normalize()}) from fault


def _says(do: Callable[..., Permit]) -> Callable[[Permit, Filled, Actor], Permit]:
    return lambda p, filled, actor: do(p.id, _text(filled, "reason"), actor=actor)


# name of the form -> (act, its forms now, what it does), in the order in which they are shown
FORMS: dict[str, tuple[str, Callable[[Permit, Law, date], list[Form]], Callable[[Permit, Filled, Actor], Permit]]] = {
    "issue": ("Issued", _issue_forms, _issue),
    "answer": (
        "Answered",
        _with_words(
            "answer", "Answered", lazy("Answer the question"), lazy("Send the answer"), "ask", label=lazy("Answer"), main=True
        ),
        _says(room.answer),
    ),
    "query": (
        "Queried",
        _with_words("query", "Queried", lazy("Ask the applicant"), lazy("Ask"), "ask", label=lazy("Question")),
        _says(room.query),
    ),
    "refuse": ("Refused", _with_words("refuse", "Refused", lazy("Refuse"), lazy("Refuse"), "cross"), _says(room.refuse)),
    "amend": ("Amended", _amend_forms, _amend),
    "suspend": (
        "Suspended", _with_words("suspend", "Suspended", lazy("Suspend"), lazy("Suspend"), "hand"), _says(room.suspend),
    ),
    "resume": (
        "Resumed", _with_words("resume", "Resumed", lazy("Resume"), lazy("Resume"), "tick", main=True), _says(room.resume),
    ),
    "revoke": ("Revoked", _with_words("revoke", "Revoked", lazy("Revoke"), lazy("Revoke"), "cross"), _says(room.revoke)),
    "withdraw": (
        "Withdrawn",
        _with_words("withdraw", "Withdrawn", lazy("Withdraw the application"), lazy("Withdraw"), "cross"),
        _says(room.withdraw),
    ),
}  # fmt: skip


def forms(p: Permit, role: Role, law: Law, today: date) -> list[Form]:
    """The forms that are open to this role now."""
    may = permitted(p, role)
    return [form for act, build, _do in FORMS.values() if act in may for form in build(p, law, today)]


def record(p: Permit, name: str, filled: Filled, actor: Actor) -> Permit:
    """Do what the form says. Raises Mistake, or PermitNotPermitted when the flow does not allow it now."""
    return FORMS[name][2](p, filled, actor)
