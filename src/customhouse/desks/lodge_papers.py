"""Papers on the desks: files that came with a form are looked at, kept beside a draft, or attached to a declaration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customhouse.clearance import attach
from customhouse.desks import lodge_draft as sheet
from customhouse.desks.access import role_of
from customhouse.desks.explain import told
from customhouse.desks.lodge_form import Draft
from customhouse.gates.papers import LARGEST, Offered, look
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.declaration import Declaration
from customhouse.registry import drafts, papers

MOST_AT_ONCE = 20
TYPES = {
    "application/pdf": "PDF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/xml": "XML",
    "application/json": "JSON",
    "text/csv": "CSV",
    "text/plain": _("Text"),
}
# What the gate of papers says, here so that it has words in every language.
SAID = (
    _("The file is empty"),
    _("Check that it was saved completely"),
    _("The file is larger than 20 MB"),
    _("Scan with fewer dots per inch, or split it"),
    _("This is an old or a protected Office file"),
    _("Save it without a password as PDF or XLSX"),
    _("The file breaks off before its end"),
    _("Save or send it again"),
    _("The PDF breaks off before its end"),
    _("The PDF is protected: its content cannot be read as it stands"),
    _("Save it without password and protection"),
    _("The PDF holds a script"),
    _("The PDF holds a program that it starts"),
    _("The PDF holds moving pictures or a program"),
    _("The PDF holds another file inside it"),
    _("The PDF holds a form that runs by itself"),
    _("The PDF holds a form that sends itself"),
    _("The PDF holds data that it fetches"),
    _("Print it to a new PDF and attach that"),
    _("The file breaks off or is damaged"),
    _("This is an archive or a document that is not taken"),
    _(
        "PDF, PNG, JPEG, TIFF, XLSX, XML, JSON, CSV and plain text are taken; unpack an archive and attach what is in it"
    ),
    _("The spreadsheet is protected"),
    _("Save it without a password"),
    _("The spreadsheet holds macros or other files"),
    _("Save it as a spreadsheet without macros (.xlsx)"),
    _("The spreadsheet is far larger when it is unpacked"),
    _("Split it"),
    _("The kind of this file is not known"),
    _("This is not text, and of no other kind that is known"),
    _("PDF, PNG, JPEG, TIFF, XLSX, XML, JSON, CSV and plain text are taken"),
    _("A page or a drawing may run a script"),
    _("Print it to a PDF and attach that"),
    _("The XML defines entities"),
    _("Write it without a document type"),
    _("The XML breaks off before its end"),
)


def offered(request: HttpRequest, about: str = "") -> tuple[list[Offered], list[Problem]]:
    """The files that came with a form under `papers`: those that may be kept, and what is wrong with the others."""
    good: list[Offered] = []
    wrong: list[Problem] = []
    sent = request.FILES.getlist("papers")
    for file in sent[:MOST_AT_ONCE]:
        try:
            good.append(look(file.read(LARGEST + 1), file.name or "", about=about))
        except Refusal as refusal:
            wrong.extend(refusal.problems)
    if (left := len(sent) - MOST_AT_ONCE) > 0:
        label = ngettext(
            "%(n)d file was left out: too many at once", "%(n)d files were left out: too many at once", left
        )
        wrong.append(Problem("TooManyFiles", label % {"n": left}))
    return good, [Problem(p.rule, told(p.label), p.where, told(p.hint), p.value) for p in wrong]


def sentence(problem: Problem) -> str:
    """One problem with a file, as a line to read."""
    hint = f". {problem.hint}" if problem.hint else ""
    return f"{problem.value}: {problem.label}{hint}" if problem.value else f"{problem.label}{hint}"


def lay_beside(request: HttpRequest, draft: Draft, about: int | None = None) -> list[Problem]:
    """Keep the files that came with the form beside its draft, which is saved first; what is wrong with the others."""
    good, wrong = offered(request)
    if not good:
        return wrong
    sheet.keep(request, draft, about)
    who, key = sheet.owner(request), request.POST.get("draft", "")
    if drafts.get(who, key) is None:
        return [
            *wrong,
            Problem(
                "NoDraft", gettext("The files were not kept"), "", gettext("Save the draft, then attach them again")
            ),
        ]
    papers.put_beside(who, key, [(o.paper, o.data) for o in good])
    return wrong


def hand_in(request: HttpRequest, d: Declaration, draft: Draft, about: int | None = None) -> None:
    """Attach what lies beside the draft to the declaration that came of it, and let the draft go.

    A draft that another window changed stays: what was typed there was not handed in.
    """
    who, key = sheet.owner(request), request.POST.get("draft", "")
    if kept := papers.beside(who, key):
        attach.attach_kept(d.id, kept, by=who.name, role=role_of(request))
    if drafts.get(who, key) is not None and not sheet.keep(request, draft, about).clash:
        drafts.delete(who, key)


def shown(held: Sequence[papers.Held], names: dict[Any, Any]) -> list[dict[str, Any]]:
    """Papers as the page lists them."""
    return [
        {"paper": h.paper, "kind": TYPES.get(h.paper.type, h.paper.type), "by": h.by, "who": names[h.role], "at": h.at}
        for h in held
    ]
