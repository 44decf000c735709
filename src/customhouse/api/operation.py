"""An operation of the API: its route with everything that is true of all of them.

Whoever calls needs a token with the operation's scope, may not ask too often, and may send an Idempotency-Key where the
operation changes something. What is declared here goes into the OpenAPI document (`api.document`); a test walks them all.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from customhouse import __version__
from customhouse.api.fault import CONTENT_TYPE, encode, fault, no_scope, no_token, other_request, too_large, too_many
from customhouse.api.limit import limit
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record import access as matrix
from customhouse.record.flow import NotPermitted
from customhouse.registry import clients, idempotency, people, reader

HEADER = "Idempotency-Key"
View = Callable[..., HttpResponse]


class Bearer(HttpBearer):
    """A token with a scope, of a client that may ask now; what it opens is what routes see as `request.auth`.

    Asked before anything of the request is read. From here on the token's trader is the reader (`registry.reader`), until
    `desks.reading` takes it back when the request ends. Raises NoScope and TooOften.
    """

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> clients.Access | None:
        access = clients.opens(token)
        if access is not None:
            if not access.allows(self.scope):
                raise NoScope(self.scope)
            if wait := limit.wait(access):
                raise TooOften(wait)
            reader.enter(people.reader_for(access.trader))
        return access


class NoScope(Exception):
    """The token has not the scope of the operation."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class TooOften(Exception):
    """The client asks too often; `wait`: seconds until it may come back."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


class Media(msgspec.Struct, frozen=True):
    """An answer or body that is no JSON: its content type (a paper may have any), and what it is."""

    type: str
    about: str = ""


class Operation(msgspec.Struct, frozen=True):
    """What the document says of an operation besides its parameters.

    `scope` and `action` (of `record.access.ACTIONS`) are empty for what needs no token. `answers`: status -> words and the
    class that is sent, a Media, a tuple of such where there are several, or None for an answer without a body. `headers` are
    those that the operation itself reads, as OpenAPI parameters.
    """

    id: str
    scope: str
    action: str
    answers: dict[int, tuple[str, Any]]
    idempotent: bool = False
    headers: list[dict[str, Any]] = []
    body: dict[str, Any] | None = None
    example: Any = None


api = NinjaAPI(title="Customhouse", version=__version__, urls_namespace="api", docs_url=None)
OPERATIONS: dict[str, Operation] = {}


def operation(verb: str, path: str, told: Operation, *, tag: str, summary: str) -> Callable[[View], View]:
    """Make a view the operation `verb path` of the API."""
    if bool(told.scope) != bool(told.action) or (told.action and told.action not in matrix.ACTIONS):
        raise ValueError(f"{told.id}: what needs a scope names an action of record.access")

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not told.idempotent or (key := request.headers.get(HEADER)) is None:
                return view(request, *args, **kwargs)
            return _once(request, key, lambda: view(request, *args, **kwargs))

        # Ninja reads the parameters from here, and cannot look up names of the view's module.
        guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        OPERATIONS[told.id] = told
        auth = Bearer(told.scope) if told.scope else None
        register = api.api_operation([verb], path, operation_id=told.id, tags=[tag], summary=summary, auth=auth)
        route: View = register(guarded)
        return route

    return wrap


def _once(request: HttpRequest, key: str, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer to this key: given now and kept with what was done, or the one that was kept before."""
    if not idempotency.is_key(key):
        wrong = f"An {HEADER} has 1 to {idempotency.MOST} visible ASCII characters"
        return fault(400, Problem("InvalidIdempotencyKey", wrong, HEADER, "Send a UUID"))
    access: clients.Access = request.auth  # type: ignore[attr-defined]
    asked = idempotency.fingerprint(str(request.method), request.get_full_path(), _content(request))
    try:
        with transaction.atomic():
            kept = idempotency.begin(access.trader, access.client, key, asked)
            if kept is not None:
                return HttpResponse(
                    kept.body, status=kept.status, content_type=kept.type, headers={"Idempotency-Replayed": "true"}
                )
            try:
                with transaction.atomic():
                    answer = act()
            except Exception as why:  # what has no handler is raised again, and nothing is kept
                answer = api.on_exception(request, why)
            idempotency.finish(
                access.trader, access.client, key, answer.status_code, answer["Content-Type"], answer.content
            )
            return answer
    except idempotency.OtherRequest:
        return fault(422, other_request())
    except idempotency.InFlight:
        waiting = Problem("RequestInFlight", f"A request with this {HEADER} is still at work", HEADER, "Come back soon")
        return fault(409, waiting, headers={"Retry-After": "2"})


def _content(request: HttpRequest) -> bytes:
    """What was sent; of a form with files, which has been read already, its fields and what the files hold."""
    if request.content_type != "multipart/form-data":
        return request.body
    told = hashlib.sha256(repr(sorted(request.POST.lists())).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            told.update(f"{name}\0{file.name}\0{file.size}\0".encode())
            for chunk in file.chunks():
                told.update(chunk)
            file.seek(0)
    return told.digest()


def send(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """An answer as JSON; one that did not go well says so in its type."""
    kind = CONTENT_TYPE if status >= 400 else "application/json"
    return HttpResponse(encode(value), status=status, content_type=kind, headers=headers or {})


@api.exception_handler(AuthenticationError)
def _stranger(request: HttpRequest, why: Exception) -> HttpResponse:
    return fault(401, no_token(), headers={"WWW-Authenticate": "Bearer"})


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, why: HttpError) -> HttpResponse:
    return fault(why.status_code, Problem("Unreadable", str(why), "", "Send JSON in UTF-8, as the document says"))


@api.exception_handler(NoScope)
def _closed(request: HttpRequest, why: NoScope) -> HttpResponse:
    challenge = f'Bearer error="insufficient_scope", scope="{why.scope}"'
    return fault(403, no_scope(why.scope), headers={"WWW-Authenticate": challenge})


@api.exception_handler(TooOften)
def _often(request: HttpRequest, why: TooOften) -> HttpResponse:
    return fault(429, too_many(), headers={"Retry-After": str(why.wait)})


@api.exception_handler(ValidationError)
def _wrong(request: HttpRequest, why: ValidationError) -> HttpResponse:
    problems = [
        Problem(
            "InvalidInput",
            str(one["msg"])[:200],
            "/".join(str(p) for p in one["loc"][1:] if p != "body") or str(one["loc"][0]),
            "Compare with /api/v1/openapi.json",
            str(one.get("input", ""))[:40] if isinstance(one.get("input"), str | int) else "",
        )
        for one in why.errors
    ]
    return fault(422, *problems)


@api.exception_handler(Refusal)
def _refusal(request: HttpRequest, why: Refusal) -> HttpResponse:
    return fault(422, *why.problems)


@api.exception_handler(RequestDataTooBig)
def _large(request: HttpRequest, why: Exception) -> HttpResponse:
    return fault(413, too_large())


@api.exception_handler(NotPermitted)
def _not_now(request: HttpRequest, why: Exception) -> HttpResponse:
    return fault(409, Problem("NotPermitted", str(why), "", "Read the declaration to see what it waits for"))
