"""The answers of customs to a declaration as messages: all in one file, or one of them, to read by machine or to keep."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from customhouse.clearance.notification import notifications
from customhouse.desks.access import allowed
from customhouse.desks.views.consignment import opened
from customhouse.gates.wco_xml import response as gate
from customhouse.registry import files


@allowed("declaration.read")
def download(request: HttpRequest, number: int) -> HttpResponse:
    """The messages of a declaration as WCO XML; with ?n=2 the second of them."""
    d = opened(request, number)
    told = notifications(files.entries(d.id))
    wanted = request.GET.get("n", "")
    if wanted:
        told = tuple(n for n in told if str(n.number) == wanted)
    if not told:
        raise Http404
    name = f"{d.mrn or d.id}-{wanted}-{told[0].name}" if wanted else f"{d.mrn or d.id}-messages"
    response = HttpResponse(gate.write([n.response for n in told]), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{name}.xml"'
    return response
