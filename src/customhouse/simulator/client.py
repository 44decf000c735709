"""How simulated traders talk to a house: HTTP with JSON, as any broker's software would.

The house may be away for a while; then `HouseAway` says how long to wait, and the same bytes may be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

BUSY = (429, 502, 503, 504)
UNWELCOME = (401, 403)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class HouseAway(Exception):
    """The house does not answer, or asks to come back later; `wait`: the seconds it asked for (0: it did not say)."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        self.wait = wait
        super().__init__(why)


class Unwelcome(Exception):
    """The house does not know the token or does not allow this; trying again will not help."""


class Answer(msgspec.Struct, frozen=True):
    """An answer of the house: HTTP status and the JSON object in it (empty where there was none)."""

    status: int
    body: dict[str, Any]


class House:
    """A running house at `address` (http://host:port), met with the Bearer `token` of a broker."""

    def __init__(self, address: str, token: str, timeout: float = 20.0) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{address!r} is no address of a house; it looks like http://127.0.0.1:8400")
        self._scheme, self._host, self._port = parts.scheme, parts.hostname, parts.port
        self._root = parts.path.rstrip("/") + "/api/v1"
        self._token, self._timeout = token, timeout

    def lodge(self, data: bytes) -> Answer:
        """Hand in one declaration (our own JSON)."""
        return self._ask("POST", "/declarations", data)

    def look(self, mrn: str) -> Answer:
        """How a declaration stands."""
        return self._ask("GET", f"/declarations/{quote(mrn)}")

    def order(self, mrn: str) -> Answer:
        """The payment order for what a declaration owes."""
        return self._ask("POST", f"/declarations/{quote(mrn)}/payments")

    def pay(self, page: str) -> Answer:
        """Pay at the page of the stand-in for a payment provider, which is the house's own."""
        parts = urlsplit(page)
        return self._ask("POST", f"{parts.path}?{parts.query}", b"pay=1", kind=FORM, root="")

    def answer(self, mrn: str, query: int, body: Mapping[str, Any]) -> Answer:
        return self._ask("POST", f"/declarations/{quote(mrn)}/queries/{query}/answer", msgspec.json.encode(body))

    def report(self, data: bytes) -> Answer:
        """Report cargo (our own JSON); with the token of the carrier."""
        return self._ask("POST", "/manifests", data)

    def degroup(self, number: str, data: bytes) -> Answer:
        """Tell the houses of a master; with the token of the forwarder or the carrier."""
        return self._ask("POST", f"/manifests/{quote(number)}/degroupages", data)

    def arrive(self, number: str, body: Mapping[str, Any]) -> Answer:
        return self._ask("POST", f"/manifests/{quote(number)}/arrival", msgspec.json.encode(body))

    def summarise(self, data: bytes) -> Answer:
        """Lodge an entry summary declaration (XML); the answer is a message, of which only the status is given back."""
        return self._ask("POST", "/entry-summaries", data, kind="application/xml")

    def _ask(
        self, method: str, path: str, data: bytes | None = None, *, kind: str = JSON, root: str | None = None
    ) -> Answer:
        """One request. Raises HouseAway or Unwelcome; every other answer is given back as it is."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": f"application/json, {kind}"}
        if data is not None:
            headers["Content-Type"] = kind
        make = HTTPSConnection if self._scheme == "https" else HTTPConnection
        connection = make(self._host, self._port, timeout=self._timeout)
        try:
            connection.request(method, (self._root if root is None else root) + path, data, headers)
            response = connection.getresponse()
            status, text, wait = response.status, response.read(), response.getheader("Retry-After", "")
        except (OSError, HTTPException) as fault:
            raise HouseAway(f"no answer from {self._host}:{self._port}: {fault}") from fault
        finally:
            connection.close()
        if status in BUSY:
            raise HouseAway(f"the house answers {status}", float(wait) if wait.isdigit() else 0.0)
        if status in UNWELCOME:
            raise Unwelcome(f"the house answers {status} to this token")
        return Answer(status, _object(text))


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
