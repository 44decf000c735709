"""Whether a permit is genuine: for everybody, by the number and code on the paper or by the signed file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.clearance import permit as room
from customhouse.clearance import permit_paper
from customhouse.desks import explain, permit_words
from customhouse.desks.access import public
from customhouse.desks.agency_sees import agency_name
from customhouse.ledger.statement import InvalidStatement


@public
def verify(request: HttpRequest) -> HttpResponse:
    """The answer says whether the paper is ours and whether it may be relied on today; nothing that it does not say itself."""
    number, code = (request.GET.get(name, "").replace("\x00", "").strip()[:60] for name in ("number", "code"))
    day = datetime.now(UTC).date()
    context: dict[str, Any] = {"number": number, "code": code}
    handed_in = request.FILES.get("file") if request.method == "POST" else None
    if handed_in is not None:
        try:
            context |= _told(permit_paper.by_file(handed_in.read(), settings.LOG_ORIGIN, day))
        except InvalidStatement as fault:
            context["fault"] = explain.told(str(fault))
    elif number and code:
        context |= _told(permit_paper.by_code(number, code, settings.LOG_ORIGIN, day))
    return render(request, "desks/genuine.html", context)


def _told(answer: permit_paper.Answer) -> dict[str, Any]:
    relied, said = permit_words.VERDICTS[answer.verdict]
    law = room.law_now()
    document = explain.document(answer.document, law) if answer.document else ""
    return {
        "answer": answer,
        "relied": relied,
        "said": said,
        "document": document,
        "agency": agency_name(answer.agency, law) if answer.agency else "",
    }
