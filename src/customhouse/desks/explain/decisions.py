"""How lanes, holds, problems and acts are told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from customhouse.desks import look_words, sentences, words
from customhouse.desks.explain import goods_meant, origins, values
from customhouse.desks.explain.duties import outstanding, reliefs
from customhouse.desks.explain.language import (
    again,
    amount,
    figures,
    fixed,
    in_language,
    language,
    lawful,
    number,
    quantity,
    share,
    told,
)
from customhouse.kernel.problem import Problem
from customhouse.law.agency import AgencyCriterion
from customhouse.law.book import Law
from customhouse.law.terms import Criterion
from customhouse.offices.longroom import vague
from customhouse.record.acts import Act
from customhouse.record.declaration import Declaration, Examination, Hold, HoldKind, Reason, Selection
from customhouse.record.lanes import Lane
from customhouse.record.lodgement import TradeTerms
from customhouse.record.parcel import Answer

AT_LINE = re.compile(r" \(line (\d+)\)$")
OF_JOINT = re.compile(r"joint (\d+)")
LISTED = re.compile(r"[Tt]he list is (\w+), as of (\d{4}-\d{2}-\d{2})")
OF_VALUE, GUARANTEE = "value.", "guarantee"
# Reasons in a person's own words.
LEFT_UNSAID = ("documents in order",)
"""Reasons that the look beside them says already."""
RULED = {
    "line": _lazy("It stands as it is judged now: %(stands)s (answered was: %(other)s)"),
    "row": _lazy("It stands as it was answered: %(stands)s (judged now: %(other)s)"),
}
OWN_WORDS = ("officer", "query", "joint-inspection", "targeted")


# --- lanes, holds, problems ------------------------------------------------------------------------------------------


def reason(why: Reason, law: Law | None, officers: Sequence[Criterion] = ()) -> str:
    """The sentence of a reason in the reader's language; `officers` are the criteria beside the law that were asked."""
    if why.rule in OWN_WORDS:
        return why.text
    if why.rule in sentences.OFFICES:
        return str(sentences.OFFICES[why.rule])
    criteria = (*(officers if why.confidential else ()), *_criteria(law))
    found = next((c for c in criteria if c.id == why.rule), None)
    return in_language(found.text) if found else told(why.text)


def _criteria(law: Law | None) -> tuple[Criterion | AgencyCriterion, ...]:
    return (*law.contents.criteria, *law.contents.agency_criteria) if law else ()


def selection(selected: Selection, law: Law | None, officers: Sequence[Criterion] = ()) -> list[tuple[Reason, str]]:
    """Every reason of a lane with its sentence."""
    return [(why, _drawn(selected) if why.rule == "random" else reason(why, law, officers)) for why in selected.reasons]


def _drawn(selected: Selection) -> str:
    return _("Chosen at random: %(share)s %% of all declarations are looked at") % {
        "share": share(selected.random_share_ppm)
    }


def draw(selected: Selection) -> str:
    """Where the random draw fell, in one sentence."""
    return _("The random draw fell on %(draw)s %%; below %(share)s %% a declaration is looked at in any case.") % {
        "draw": number(Decimal(selected.draw_ppm) / 10_000, 2),
        "share": share(selected.random_share_ppm),
    }


def hold(held: Hold, declaration: Declaration, law: Law | None) -> list[str]:
    """Why a hold stands."""
    if held.kind is HoldKind.DOCUMENTS and held.ref != "lane" and declaration.verified:
        items = [str(r.item) for r in declaration.verified.requirements if r.code == held.ref and not r.met]
        if items:
            return [
                _("%(document)s is required for item %(items)s")
                % {"document": document(held.ref, law), "items": ", ".join(items)}
            ]
    if held.kind is HoldKind.PAYMENT and not held.ref and declaration.settled:
        return [_("%(amount)s to pay or secure before release") % {"amount": outstanding(declaration)}]
    return [_held_for(r, declaration, law) for r in held.reasons]


def _held_for(why: Reason, declaration: Declaration, law: Law | None) -> str:
    if why.rule.startswith(OF_VALUE):
        return _of_value(why, declaration, law)
    if why.rule == GUARANTEE and declaration.assessed:
        texts = [text for due in declaration.assessed.duties for text in reliefs(due.relief, law)]
        owed, must, rest = lawful(why.text, *texts).partition(" must ")
        return told(figures(owed) + must + rest)
    return reason(why, law)


def _of_value(why: Reason, declaration: Declaration, law: Law | None) -> str:
    """A reason of the valuation office: the check that it holds for, with what to do and the article."""
    valued = declaration.valued
    of = next((v.unmet for v in valued.items if v.item == why.item), valued.unmet) if valued else ()
    unmet = next((u for u in of if why.rule == OF_VALUE + u.id and why.text.startswith(u.why)), None)
    if unmet is None:
        return told(why.text)
    return f"{values.why(unmet, law)}. {told(unmet.hint)} ({unmet.source})"


def held_for(held: Hold) -> str:
    """What a hold is about, beside its kind; "" where the kind says it all."""
    if joint := OF_JOINT.fullmatch(held.ref):
        return _("joint inspection %(n)s") % {"n": joint[1]}
    return "" if held.ref == "lane" else str(words.HELD_FOR.get(held.ref, held.ref))


def document(code: str, law: Law | None) -> str:
    """A document by its code and its name."""
    name = in_language(law.contents.documents[code]) if law and code in law.contents.documents else ""
    return f"{code} {name}".strip()


def delivery(terms: TradeTerms, law: Law | None) -> str:
    """A delivery term with its name and place."""
    known = law.incoterm(terms.code) if law else None
    parts = (terms.code, in_language(known.text) if known else "", terms.location_name or terms.location)
    return " ".join(part for part in parts if part)


def term(id: str, text: str, law: Law | None) -> str:
    """A term of the release contract."""
    found = next((t for t in law.contents.release_terms if t.id == id), None) if law else None
    return in_language(found.text) if found else text


def line(code: str, text: str, law: Law | None) -> str:
    """The words of a line of the tariff; `text` is what the record keeps of it."""
    found = law.line(code) if law else None
    return in_language(found.text) if found else text


def problem(found: Problem, law: Law | None) -> Problem:
    """The same problem with its sentences in the reader's language."""
    if language() == "en":
        return found
    rule = next((r for r in law.contents.rules if r.id == found.rule), None) if law else None
    if rule is not None:
        label = again(rule.text, found.label)
        hint = in_language(rule.hint)
        if listed := LISTED.search(found.hint):
            sentence = _("the list is %(list)s, as of %(day)s") % {"list": listed[1], "day": listed[2]}
            sentence = sentence[0].upper() + sentence[1:]
            hint = f"{hint}. {sentence}" if hint else sentence
        return msgspec.structs.replace(found, label=label, hint=hint or told(found.hint))
    if found.rule == vague.RULE and law is not None:
        return msgspec.structs.replace(found, label=told(found.label), hint=goods_meant.hint(found.hint, law))
    at_line = AT_LINE.search(found.label)
    label = told(AT_LINE.sub("", found.label))
    if at_line:
        label += _(" (line %(line)s)") % {"line": at_line[1]}
    return msgspec.structs.replace(found, label=label, hint=told(found.hint))


# --- acts ------------------------------------------------------------------------------------------------------------


def act(done: Act) -> str:
    """A few words about what an act did, for the time line; "" where its name says it all."""
    told_by = ACTS.get(type(done).__name__)
    return told_by(done) if told_by else ""


def lane(which: Lane) -> str:
    """A lane with what it asks for."""
    return _("%(lane)s: %(means)s") % {"lane": words.LANES[which], "means": words.LANE_MEANS[which]}


def _examined(done: Any) -> str:
    look = done.examination
    said = [str(words.CONCLUSIONS.get(look.conclusion, "")), look.text, *_differs(look)]
    if look.cause:
        said.append(str(look_words.CAUSES.get(look.cause, look.cause)))
    return ". ".join(s for s in said if s)


def _differs(look: Examination) -> list[str]:
    return [f"{x.item}: {x.what}" if x.item else x.what for x in look.discrepancies]


def _lifted(done: Any) -> str:
    said = [str(words.HOLDS[done.kind])]
    if done.result is not None:
        said += [str(look_words.OF_DOCUMENTS.get(done.result.conclusion, "")), *_differs(done.result)]
    said += [] if done.reason in (*said, *LEFT_UNSAID) else [fixed(done.reason)]
    return ". ".join(s for s in said if s)


def _permits(done: Any) -> str:
    said = []
    for use in done.uses:
        what = told(use.why) if use.why else (f"−{quantity(use.taken, use.unit)}" if use.taken else _("it fits"))
        said.append(f"{use.item}: {use.code} {use.number} {what}")
    return ". ".join(said)


def _screened(done: Any) -> str:
    lists = ", ".join(f"{one.name} {one.version}" for one in done.screening.lists)
    n = len(done.screening.alarms)
    return _("%(n)d alarms; lists %(lists)s") % {"n": n, "lists": lists}


def _agency_examined(done: Any) -> str:
    found = done.examination
    said = (found.agency, str(words.CONCLUSIONS.get(found.conclusion, "")), found.text)
    return ". ".join(s for s in said if s)


def _paid(done: Any) -> str:
    receipt = done.receipt
    how = words.RECEIVED.get(receipt.method, receipt.method)
    return f"{amount(receipt.amount)}, {how}, {_('receipt')} {receipt.number}"


def _determined(done: Any) -> str:
    remarks = ((o.item, origins.remark(o, None)) for o in done.determination.items)
    return ". ".join(f"{item}: {said}" for item, said in remarks if said)


def _allocated(of: Any) -> str:
    return f"{of.order}: {quantity(of.granted, of.unit)} / {quantity(of.asked, of.unit)}"


def _ruled(done: Any) -> str:
    stands, other = (done.line, done.row) if done.stands == "line" else (done.row, done.line)
    said = RULED[done.stands] % {"stands": judgement(stands), "other": judgement(other)}
    return f"{said}. {done.reason}"


def judgement(of: Answer) -> str:
    """What a row or the line says of a parcel, in a few words: its verdict, and the lane where it has one."""
    verdict = str(words.PARCEL_VERDICTS.get(of.verdict, of.verdict))
    return f"{verdict}, {words.LANES[Lane(of.lane)]}" if of.lane else verdict


ACTS: dict[str, Any] = {
    "Registered": lambda a: str(a.registration.mrn),
    "Estimated": lambda a: amount(a.assessment.payable),
    "Presented": lambda a: ", ".join(said for said in (a.office, a.place, a.document) if said),
    "Accepted": lambda a: str(a.acceptance.mrn),
    "Refused": lambda a: _("%(n)d problems") % {"n": len(a.problems)},
    "Valued": lambda a: amount(a.valuation.total),
    "OriginDetermined": _determined,
    "QuotaAllocated": lambda a: ", ".join(_allocated(x) for x in a.allocations),
    "CargoMatched": lambda a: ", ".join(f"{m.document}: {told(m.short) or m.packages}" for m in a.matches),
    "Assessed": lambda a: amount(a.assessment.payable),
    "LaneAssigned": lambda a: lane(a.selection.lane),
    "Targeted": lambda a: f"{lane(a.lane)}. {a.reason}",
    "LaneChanged": lambda a: f"{lane(a.lane)}. {a.reason}",
    "Held": lambda a: f"{words.HOLDS[a.hold.kind]} {held_for(a.hold)}".strip(),
    "Lifted": _lifted,
    "Recalled": lambda a: a.reason,
    "Ruled": _ruled,
    "Queried": lambda a: a.text,
    "Answered": lambda a: a.text,
    "Attached": lambda a: ", ".join(f"{p.name} ({p.digest[:12]}…)" for p in a.papers),
    "Amended": lambda a: a.reason,
    "Examined": _examined,
    "PermitsChecked": _permits,
    "PartiesScreened": _screened,
    "AlarmDecided": lambda a: a.decision.reason,
    "AgencyExamined": _agency_examined,
    "JointInspectionCalled": lambda a: f"{', '.join(a.invited)}. {a.reason}",
    "JointInspectionFixed": lambda a: f"{a.place}, {a.at:%Y-%m-%d %H:%M} UTC",
    "Due": lambda a: amount(a.amount),
    "Paid": _paid,
    "Exited": lambda a: f"{a.office}, {a.day:%Y-%m-%d}",
    "Reversed": lambda a: f"{a.receipt}. {a.reason}",
    "Charged": lambda a: f"{amount(a.charge.amount)}, {words.HELD_FOR[a.charge.kind.value]} {a.charge.account}",
    "Discharged": lambda a: a.reason,
    "Invalidated": lambda a: a.reason,
}
