"""The gate of webhooks: a message goes out by HTTP POST, signed, and never into our own network.

Signed as Standard Webhooks (standardwebhooks.com, 1.0): `webhook-id`, `webhook-timestamp`, and `webhook-signature`, which
holds one `v1,` signature for each secret that is good now. The receiver's name is resolved once, every address it has must be
a public one, and the connection goes to that very address, so that a name cannot point elsewhere between check and use.
Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import socket
import ssl
import time
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

import h11
import msgspec

from customhouse.kernel.problem import Problem

TIMEOUT = 10.0  # seconds for everything: name, connection, request, answer
EXCERPT = 500  # characters of an answer that are kept
LARGEST_ANSWER = 64 * 1024
LONGEST_URL = 500
TUNNELS = tuple(ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
AGENT = b"Customhouse-Webhook/1"


class Receiver(ValueError):
    """The address cannot be a receiver; the problem says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class Sent(msgspec.Struct, frozen=True):
    """What became of a POST: the answer's status and beginning, or the `fault` that came before an answer."""

    took_ms: int
    status: int | None = None
    excerpt: str = ""
    fault: str = ""

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def sign(secret: bytes, number: str, timestamp: int, body: bytes) -> str:
    """The signature of a message under one secret (symmetric, version 1)."""
    told = f"{number}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, told, hashlib.sha256).digest()).decode()


def headers(secrets: Sequence[bytes], number: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a message, signed with every secret given."""
    return {
        "content-type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, number, timestamp, body) for secret in secrets),
    }


def check(url: str, *, private: bool = False) -> SplitResult:
    """The parts of a receiver's address. Raises Receiver; names are not resolved here, but when a message goes out."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _no("InvalidURL", "This is no address", "Write https://name/path", url) from None
    if (
        len(url) > LONGEST_URL
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or not parts.hostname
        or port == 0
    ):
        raise _no("InvalidURL", "This is no address", "Write https://name/path", url)
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise _no("NotHTTPS", "Messages go out over https only", "Give the receiver a certificate", url)
    if parts.username or parts.password or parts.fragment:
        raise _no("InvalidURL", "A receiver's address has no name, password or fragment", "Take it out", url)
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    if not private and not _is_public(literal):
        raise _no("PrivateAddress", "This address is not a public one", "Give the receiver a public address", url)
    return parts


def _no(rule: str, label: str, hint: str, url: str) -> Receiver:
    return Receiver(Problem(rule, label, "url", hint, url[:80]))


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether the address is reached over the public internet and nowhere else, tunnels looked through."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if any(address in tunnel for tunnel in TUNNELS):
            return False
    return address.is_global and not address.is_multicast


async def _resolve(host: str, port: int, *, private: bool) -> str:
    """The address to connect to; every address of the name must be public."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not private and not all(_is_public(ipaddress.ip_address(a.partition("%")[0])) for a in addresses):
        raise _no("PrivateAddress", f"{host} is at an address that is not a public one", "", host)
    return addresses[0]


async def post(url: str, told: dict[str, str], body: bytes, *, private: bool = False, timeout: float = TIMEOUT) -> Sent:
    """POST `body` once. Never raises for what a receiver or the network does; `Sent` says what happened."""
    began = time.monotonic()

    def took() -> int:
        return round((time.monotonic() - began) * 1000)

    try:
        async with asyncio.timeout(timeout):
            status, start = await _exchange(url, told, body, private=private)
    except TimeoutError:
        return Sent(took(), fault=f"no answer within {timeout:g} seconds")
    except Receiver as wrong:
        return Sent(took(), fault=wrong.problem.label)
    except (OSError, h11.ProtocolError, ssl.SSLError) as fault:
        return Sent(took(), fault=(str(fault) or type(fault).__name__)[:200])
    return Sent(took(), status, start)


async def _exchange(url: str, told: dict[str, str], body: bytes, *, private: bool) -> tuple[int, str]:
    parts = check(url, private=private)
    host, secure = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = await _resolve(host, port, private=private)
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(
        address, port, ssl=context, server_hostname=host if secure else None, limit=LARGEST_ANSWER
    )
    try:
        connection = h11.Connection(h11.CLIENT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = [("host", parts.netloc), ("user-agent", AGENT), ("connection", "close"), *told.items()]
        request = h11.Request(method="POST", target=target, headers=[*fields, ("content-length", str(len(body)))])
        writer.write((connection.send(request) or b"") + (connection.send(h11.Data(body)) or b""))
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        return await _answer(connection, reader)
    finally:
        writer.transport.abort()


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[int, str]:
    """The status and how the answer begins; the rest is not waited for."""
    status, start = 0, b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(4096))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            start += bytes(event.data)
            if len(start) >= EXCERPT:
                return status, _text(start)
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            if not status:
                raise ConnectionError("the receiver closed the connection without an answer")
            return status, _text(start)


def _text(start: bytes) -> str:
    return start[:EXCERPT].decode("utf-8", "replace").replace("\x00", "")
