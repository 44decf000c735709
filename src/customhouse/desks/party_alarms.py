"""Alarms in words: both names side by side, what speaks for and against one party, and what was decided about the pair before."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customhouse.desks.access import STAFF, may, role_of
from customhouse.record.declaration import Declaration, Role
from customhouse.record.party_flow import undecided, verdict
from customhouse.record.screening import Alarm, PartyRole, Verdict
from customhouse.record.watch_list import PartyKind
from customhouse.registry import party_decisions, reader

ROLES: dict[PartyRole, Any] = {
    PartyRole.DECLARANT: gettext_lazy("Declarant"),
    PartyRole.AGENT: gettext_lazy("Agent"),
    PartyRole.IMPORTER: gettext_lazy("Importer"),
    PartyRole.EXPORTER: gettext_lazy("Exporter"),
    PartyRole.CONSIGNEE: gettext_lazy("Consignee"),
    PartyRole.CONSIGNOR: gettext_lazy("Consignor"),
    PartyRole.BUYER: gettext_lazy("Buyer"),
    PartyRole.SELLER: gettext_lazy("Seller"),
    PartyRole.PAYER: gettext_lazy("Payer"),
    PartyRole.SURETY: gettext_lazy("Surety"),
    PartyRole.CARRIER: gettext_lazy("Carrier"),
    PartyRole.MEANS: gettext_lazy("Means of transport"),
}
KINDS: dict[PartyKind, Any] = {
    PartyKind.PERSON: gettext_lazy("Person"),
    PartyKind.ORGANISATION: gettext_lazy("Organisation"),
    PartyKind.SHIP: gettext_lazy("Ship"),
    PartyKind.AIRCRAFT: gettext_lazy("Aircraft"),
    PartyKind.OTHER: gettext_lazy("Kind not stated"),
}
VERDICTS: dict[str, Any] = {
    "same": gettext_lazy("The same party"),
    "other": gettext_lazy("Another party"),
    "confirmed": gettext_lazy("Known as two parties"),
    "withdrawn": gettext_lazy("No longer known"),
}
BY: dict[str, Any] = {
    "SAME": gettext_lazy("the same word"),
    "TRANSLITERATION": gettext_lazy("the same in another script"),
    "SOUND": gettext_lazy("it sounds the same"),
    "SPELLING": gettext_lazy("it is spelled nearly so"),
    "FAMILIAR": gettext_lazy("a familiar or national form"),
    "INITIAL": gettext_lazy("its initial"),
    "TOGETHER": gettext_lazy("the same, written together or apart"),
    "CUT": gettext_lazy("it begins so"),
}
UNREAD: tuple[tuple[str, Any], ...] = (
    ("characters; only", gettext_lazy("The name is longer than what is compared")),
    ("no letter", gettext_lazy("The name has no letter and no digit")),
    ("no script", gettext_lazy("The name holds characters that no script knows")),
)


def open_on(request: HttpRequest, d: Declaration) -> dict[str, Any] | None:
    """The alarms of a declaration for the page of it; None for whoever is not customs, and where there is none."""
    if role_of(request) not in STAFF or d.screened is None or not d.screened.alarms:
        return None
    return sheet(request, d)


def sheet(request: HttpRequest, d: Declaration, typed: dict[str, str] | None = None) -> dict[str, Any]:
    """A declaration with its alarms, those that wait first."""
    alarms = d.screened.alarms if d.screened else ()
    waits = {a.key for a in undecided(d)}
    with reader.system():  # what was decided at any office; who may read it is said by the action of the page
        before = party_decisions.of_pairs([a.key for a in alarms])
    may_decide = may(request, "party.decide", d) and role_of(request) in (Role.OFFICER, Role.SUPERVISOR)
    shown = [
        shown_alarm(a, d, before.get(a.key, ()), may_decide and (a.key in waits or role_of(request) is Role.SUPERVISOR))
        for a in sorted(alarms, key=lambda a: a.key not in waits)
    ]
    for one in shown:
        one["typed"] = typed if typed and typed.get("alarm") == one["a"].key else {}
    return {"d": d, "alarms": shown, "waits": len(waits)}


def shown_alarm(
    a: Alarm, d: Declaration | None, before: tuple[party_decisions.Decision, ...] = (), may_decide: bool = False
) -> dict[str, Any]:
    """One alarm as the pages show it."""
    decided = verdict(d, a) if d is not None else None
    return {
        "a": a,
        "role": ROLES[a.role],
        "kind": KINDS[a.entry.kind] if a.entry else "",
        "others": [name for name in a.entry.names if name != a.listed] if a.entry else [],
        "why": why(a),
        "likely": round(a.score * 100),
        "near": round(a.nearness * 100),
        "decided": decided,
        "decided_word": VERDICTS[decided.value] if decided else "",
        "before": [(one, VERDICTS[one.verdict]) for one in before],
        "may": may_decide,
        "verdicts": [
            (v.value, VERDICTS[v.value]) for v in Verdict if v is not decided and (a.entry or v is Verdict.OTHER)
        ],
    }


def why(a: Alarm) -> list[tuple[str, str]]:
    """What speaks for one party (for), against (against), or neither (says), as sentences."""
    if a.unread:
        return [("against", str(next((word for mark, word in UNREAD if mark in a.unread), a.unread)))]
    said: list[tuple[str, str]] = []
    for met in a.met:
        kind = "for" if met.nearness >= 0.75 else "against"
        words = {
            "declared": met.declared,
            "listed": met.listed,
            "by": BY.get(met.by, met.by),
            "near": f"{met.nearness:.2f}",
        }
        if met.declared == met.listed:
            said.append((kind, _("“%(declared)s”: %(by)s") % words))
        else:
            said.append((kind, _("“%(declared)s” and “%(listed)s”: %(by)s (%(near)s)") % words))
    both = bool(a.only_declared and a.only_listed)
    for words_, text in (
        (a.only_declared, _("Only in the declared name: %(words)s")),
        (a.only_listed, _("Only in the listed name: %(words)s")),
    ):
        if words_:
            said.append(("against" if both else "says", text % {"words": ", ".join(words_)}))
    if a.forms_differ:
        said.append(("against", _("The legal forms are of two kinds")))
    if a.order_differs:
        said.append(("against", _("The words stand in another order")))
    if a.dropped:
        said.append(("says", _("Not compared (titles and legal forms): %(words)s") % {"words": ", ".join(a.dropped)}))
    return said
