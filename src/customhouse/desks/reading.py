"""Every request has a reader: whoever is signed in, else nobody. The register shows them no row beyond (registry.reader)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from customhouse.registry import people, reader


class ReaderMiddleware:
    """Names the reader for as long as a request lasts. Software is named by its token instead (api)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with reader.reading(reader.NOBODY):
            if request.user.is_authenticated:
                reader.enter(people.reader_of(request.user))
            return self.get_response(request)
