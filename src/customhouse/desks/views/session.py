"""Where each role begins, and whether the house is well."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from customhouse.desks.access import EVERYONE, role_of, roles
from customhouse.record.declaration import Role


@roles(*EVERYONE)
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the reader's role."""
    return redirect("declarations" if role_of(request) is Role.BROKER else "worklist")


def healthz(request: HttpRequest) -> HttpResponse:
    """For the supervisor and load balancers: the process answers and reaches the database. Shows nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("well\n", content_type="text/plain")


healthz.public = True  # type: ignore[attr-defined]
