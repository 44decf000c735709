"""Webhooks over the API: subscribe, see what was sent and how every attempt went, send again."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Schema
from pydantic import Field

from customhouse.api.fault import Fault, fault
from customhouse.api.operation import Operation, api, operation, send
from customhouse.api.own import access_of
from customhouse.clearance import event, inform
from customhouse.gates import webhook as gate
from customhouse.kernel.problem import Problem
from customhouse.registry import webhooks
from customhouse.registry.webhooks import Attempt, Message, Webhook

SCOPE, ACTION = "webhooks:manage", "software.manage"
NO_SUCH = {404: ("No such webhook of yours", Fault)}
Url = Annotated[str, Field(max_length=gate.LONGEST_URL, examples=["https://example.com/customs"])]
Events = Annotated[list[Literal[event.NAMES]], Field(min_length=1, max_length=len(event.NAMES))]  # type: ignore[valid-type]
ID = Path(..., pattern=r"^wh_[0-9a-f]{20}$")
NUMBER = Path(..., ge=1, le=1 << 62)
BEFORE = Query(None, ge=1, le=1 << 62, description="From `next` of the page before")
LIMIT = Query(50, ge=1, le=200)


class Subscription(Schema):
    """Where events go, and which."""

    url: Url
    events: Events = Field(examples=[["declaration.released", "declaration.queried"]])


class WebhookChange(Schema):
    """What changes of a webhook; what is left out stays. `active` switches it off, or on again."""

    url: Url | None = None
    events: Events | None = None
    active: bool | None = None


class NewWebhook(msgspec.Struct, frozen=True):
    """A webhook and its secret, which is shown this once: messages are signed with it (Standard Webhooks)."""

    webhook: Webhook
    secret: str


class Webhooks(msgspec.Struct, frozen=True):
    """The webhooks of the trader."""

    webhooks: tuple[Webhook, ...]


class Secret(msgspec.Struct, frozen=True):
    """A new secret, shown this once; for a day messages carry a signature of the one before as well."""

    secret: str


class Messages(msgspec.Struct, frozen=True):
    """A page of messages, newest first; go on with `before` set to `next`, null on the last page."""

    messages: tuple[Message, ...]
    next: int | None


class WholeMessage(msgspec.Struct, frozen=True):
    """A message, what it says, and every attempt to deliver it."""

    message: Message
    body: dict[str, Any]
    attempts: tuple[Attempt, ...]


class Queued(msgspec.Struct, frozen=True):
    """The number of a message that is on its way."""

    message: int


class NoWebhook(LookupError):
    """The trader has no such webhook or message."""


@api.exception_handler(NoWebhook)
def _none(request: HttpRequest, why: Exception) -> HttpResponse:
    return fault(
        404, Problem("UnknownWebhook", "There is no such webhook or message of yours", "id", "List them first")
    )


@api.exception_handler(gate.Receiver)
def _receiver(request: HttpRequest, why: gate.Receiver) -> HttpResponse:
    return fault(422, why.problem)


@api.exception_handler(webhooks.TooManyWebhooks)
def _too_many(request: HttpRequest, why: Exception) -> HttpResponse:
    return fault(409, Problem("TooManyWebhooks", str(why), "", "End one that is not needed"))


def _own(request: HttpRequest, id: str) -> Webhook:
    found = webhooks.get(id, access_of(request).trader)
    if found is None:
        raise NoWebhook(id)
    return found


@operation(
    "POST",
    "/webhooks",
    Operation(
        "createWebhook",
        SCOPE,
        ACTION,
        {201: ("The webhook and its secret", NewWebhook), 409: ("There are too many already", Fault)},
        idempotent=True,
    ),
    tag="webhooks",
    summary="Subscribe to events",
)
def create(request: HttpRequest, body: Subscription) -> HttpResponse:
    """Events that happen from now on are sent to `url`. Keep the secret: it is not shown again."""
    gate.check(body.url, private=settings.WEBHOOK_PRIVATE)
    access = access_of(request)
    made, secret = webhooks.subscribe(access.trader, body.url, body.events, by=access.client or access.trader)
    return send(NewWebhook(made, secret), 201)


@operation(
    "GET",
    "/webhooks",
    Operation("listWebhooks", SCOPE, ACTION, {200: ("Every webhook that has not ended", Webhooks)}),
    tag="webhooks",
    summary="Own webhooks",
)
def index(request: HttpRequest) -> HttpResponse:
    """Where events go, and whether they arrive."""
    return send(Webhooks(webhooks.of(access_of(request).trader)))


@operation(
    "GET",
    "/webhooks/{id}",
    Operation("readWebhook", SCOPE, ACTION, {200: ("The webhook", Webhook), **NO_SUCH}),
    tag="webhooks",
    summary="One webhook",
)
def show(request: HttpRequest, id: str = ID) -> HttpResponse:
    """Its state is `disabled` when it was switched off, by you or after long failure."""
    return send(_own(request, id))


@operation(
    "PATCH",
    "/webhooks/{id}",
    Operation("changeWebhook", SCOPE, ACTION, {200: ("The webhook as it is now", Webhook), **NO_SUCH}, idempotent=True),
    tag="webhooks",
    summary="Change a webhook, switch it off or on",
)
def change(request: HttpRequest, body: WebhookChange, id: str = ID) -> HttpResponse:
    """Switched on again, what waits is sent at once."""
    before = _own(request, id)
    url = body.url if body.url is not None else before.url
    gate.check(url, private=settings.WEBHOOK_PRIVATE)
    active = before.state == "active" if body.active is None else body.active
    webhooks.change(id, url=url, events=body.events or before.events, active=active)
    return send(_own(request, id))


@operation(
    "DELETE",
    "/webhooks/{id}",
    Operation("endWebhook", SCOPE, ACTION, {204: ("Nothing is sent any more", None), **NO_SUCH}, idempotent=True),
    tag="webhooks",
    summary="End a webhook",
)
def end(request: HttpRequest, id: str = ID) -> HttpResponse:
    """What still waits is not sent."""
    _own(request, id)
    webhooks.end(id)
    return HttpResponse(status=204)


@operation(
    "POST",
    "/webhooks/{id}/secret",
    Operation("rotateWebhookSecret", SCOPE, ACTION, {200: ("The new secret", Secret), **NO_SUCH}, idempotent=True),
    tag="webhooks",
    summary="Change the secret",
)
def rotate(request: HttpRequest, id: str = ID) -> HttpResponse:
    """For a day both secrets sign, so that a receiver can change over without losing a message."""
    _own(request, id)
    return send(Secret(webhooks.rotate(id)))


@operation(
    "POST",
    "/webhooks/{id}/test",
    Operation(
        "testWebhook", SCOPE, ACTION, {202: ("A test message is on its way", Queued), **NO_SUCH}, idempotent=True
    ),
    tag="webhooks",
    summary="Send a test message",
)
def try_out(request: HttpRequest, id: str = ID) -> HttpResponse:
    """An event `webhook.test` that says nothing."""
    _own(request, id)
    return send(Queued(inform.try_out(id, access_of(request).trader)), 202)


@operation(
    "GET",
    "/webhooks/{id}/messages",
    Operation("listMessages", SCOPE, ACTION, {200: ("A page of messages", Messages), **NO_SUCH}),
    tag="webhooks",
    summary="What was sent, newest first",
)
def messages(
    request: HttpRequest,
    id: str = ID,
    state: Literal["waiting", "delivered", "failed"] | None = None,
    before: int | None = BEFORE,
    limit: int = LIMIT,
) -> HttpResponse:
    """Every message with its state and how often it was tried."""
    _own(request, id)
    found = webhooks.messages(id, before=before, state=state or "", limit=limit + 1)
    return send(Messages(found[:limit], found[limit - 1].id if len(found) > limit else None))


@operation(
    "GET",
    "/webhooks/{id}/messages/{number}",
    Operation("readMessage", SCOPE, ACTION, {200: ("The message with its attempts", WholeMessage), **NO_SUCH}),
    tag="webhooks",
    summary="One message with every attempt",
)
def message(request: HttpRequest, id: str = ID, number: int = NUMBER) -> HttpResponse:
    """What was sent, when, how long it took, and what the receiver answered."""
    _own(request, id)
    found = webhooks.message(number, id)
    if found is None:
        raise NoWebhook(str(number))
    return send(WholeMessage(*found))


@operation(
    "POST",
    "/webhooks/{id}/messages/{number}/resend",
    Operation(
        "resendMessage", SCOPE, ACTION, {202: ("The message is on its way again", Queued), **NO_SUCH}, idempotent=True
    ),
    tag="webhooks",
    summary="Send a message again",
)
def resend(request: HttpRequest, id: str = ID, number: int = NUMBER) -> HttpResponse:
    """The same message under the same `webhook-id`, also one that has arrived."""
    _own(request, id)
    if not webhooks.resend(number, id):
        raise NoWebhook(str(number))
    return send(Queued(number), 202)
