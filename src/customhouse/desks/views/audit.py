"""Who read what: the list of reads, for auditors, supervisors and administrators."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.desks import words
from customhouse.desks.access import allowed
from customhouse.record.declaration import Role
from customhouse.registry import files, reader, reads

PAGE = 50


@allowed("read.audit")
def show(request: HttpRequest) -> HttpResponse:
    """Reads of a declaration (MRN or number), of an account, or all of them; with ?refused=1 only what was refused."""
    asked = request.GET.get("of", "").strip().replace("\x00", "")[:80]
    name = asked.upper()
    is_declaration = files.is_mrn(name) or (name.isascii() and name.isdigit() and len(name) < 18)
    with reader.system():  # the number only: what is shown of it is the reader's own to see
        number = files.number(name) if is_declaration else None
    before = request.GET.get("before", "")
    rows = reads.found(
        by="" if is_declaration else asked,
        declaration=(number or -1) if is_declaration else None,
        refused="refused" in request.GET,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None,
        limit=PAGE + 1,
    )
    context = {
        "rows": [(r, words.ROLES[Role(r.role)], words.READ.get(r.what, r.what)) for r in rows[:PAGE]],
        "of": asked,
        "refused": "refused" in request.GET,
        "next": rows[PAGE - 1].id if len(rows) > PAGE else "",
    }
    return render(request, "desks/reads.html", context)
