"""Papers of a declaration: attached on its page, handed out to those who may see it, never shown in the house's own name."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from customhouse.clearance import attach
from customhouse.desks import explain, lodge_papers
from customhouse.desks.access import allowed, role_of
from customhouse.desks.views.consignment import opened
from customhouse.record.flow import NotPermitted
from customhouse.registry import blobs

# A file is never opened as a page of ours: it is saved, its type is not guessed, and nothing in it may run.
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


@allowed("declaration.attach")
@require_POST
def add(request: HttpRequest, number: int) -> HttpResponse:
    """Attach files; each that cannot be taken is told, the others are attached."""
    d = opened(request, number, "declaration.attach")
    good, wrong = lodge_papers.offered(request)
    for problem in wrong:
        messages.error(request, lodge_papers.sentence(problem))
    if not good and not wrong:
        messages.error(request, _("Choose one or more files first"))
    if good:
        try:
            after = attach.attach(d.id, good, by=request.user.get_username(), role=role_of(request))
        except NotPermitted as fault:
            messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
        else:
            n = len(after.papers) - len(d.papers)
            text = ngettext("%(n)d paper was attached.", "%(n)d papers were attached.", n)
            messages.success(request, text % {"n": n} if n else _("These papers were attached before."))
    return redirect("declaration", key=d.mrn or d.id)


@allowed("declaration.read")
def take(request: HttpRequest, number: int) -> HttpResponse:
    """The bytes of the paper ?digest=, to be saved."""
    d = opened(request, number)
    digest = request.GET.get("digest", "")
    if not digest:
        return redirect("declaration", key=d.mrn or d.id)
    paper = next((p for p in d.papers if p.digest == digest), None)
    if paper is None:
        raise Http404
    response = HttpResponse(blobs.get(digest), content_type=paper.type, headers=SAFE)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(paper.name)}"
    return response
