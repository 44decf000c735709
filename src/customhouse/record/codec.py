"""How the record is written down: one canonical JSON for acts, snapshots and lodgements.

Canonical here means: fields in the order of their classes, defaults left out, no white space, so that the same act is
always the same bytes and its hash can be recomputed by a stranger.

What was declared is kept once. A message received as our own JSON says it in these words already, so the act keeps its
digest and leaves the content to the message; beside any other message stands its `reading`, the content as canonical JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from customhouse.kernel.mrn import MRN
from customhouse.record.acts import Act, Amended, Entry, Lodged
from customhouse.record.declaration import Declaration
from customhouse.record.lodgement import Lodgement

OWN = "json"
BOM = b"\xef\xbb\xbf"
LEFT_OUT = Lodgement()


def _encode_word(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"cannot write a {type(value).__name__} into the record")


def _decode_word(kind: type, value: Any) -> Any:
    return MRN.parse(value) if kind is MRN else kind(value)


_encoder = msgspec.json.Encoder(enc_hook=_encode_word)
_acts = msgspec.json.Decoder(tuple[Act, ...], dec_hook=_decode_word)
_raw = msgspec.json.Decoder(list[msgspec.Raw])
_declaration = msgspec.json.Decoder(Declaration, dec_hook=_decode_word)
_lodgement = msgspec.json.Decoder(Lodgement)

encode = _encoder.encode
decode_declaration = _declaration.decode
decode_lodgement = _lodgement.decode


class Named(msgspec.Struct, frozen=True, gc=False):
    """The name of an act as it is kept; the rest is passed over."""

    act: str


_names = msgspec.json.Decoder(tuple[Named, ...])


class Written(msgspec.Struct, frozen=True, gc=False):
    """An entry as it is kept: its acts, and the reading of the message received with it where that is needed."""

    acts: list[bytes]
    reading: bytes | None

    @property
    def array(self) -> bytes:
        """The acts as one JSON array."""
        return b"[" + b",".join(self.acts) + b"]"


def write(acts: Sequence[Act], source: bytes | None) -> Written:
    """The acts of an entry as they are kept; `source` is the message received with them, if any."""
    written: list[bytes] = []
    reading = None
    declared = False
    for act in acts:
        if type(act) is Lodged or type(act) is Amended:
            if declared:
                raise ValueError("an entry holds one lodgement or amendment, with its message")
            declared = True
            if act.format != OWN or not source or source.startswith(BOM):
                reading = encode(act.lodgement)
            act = replace(act, lodgement=LEFT_OUT)  # noqa: PLW2901
        written.append(encode(act))
    return Written(written, reading)


def read(array: bytes, content: bytes | None) -> tuple[Act, ...]:
    """The acts kept in `array`; `content` is the reading, or else the message received."""
    return tuple(_whole(act, content) if isinstance(act, Lodged | Amended) else act for act in _acts.decode(array))


def _whole(act: Lodged | Amended, content: bytes | None) -> Act:
    if content is None:
        raise ValueError("what was declared is missing")
    return replace(act, lodgement=decode_lodgement(content))


def names(array: bytes) -> tuple[str, ...]:
    """The names of the acts kept in `array`, in order."""
    return tuple(named.act for named in _names.decode(array))


def split(array: bytes) -> list[bytes]:
    """The acts kept in `array`, each with the very bytes that were hashed."""
    return [bytes(raw) for raw in _raw.decode(array)]


def canonical(entry: Entry, written: Written) -> list[bytes]:
    """The bytes of each act of the entry that its hash covers: who, when, under which law, and the act as written.

    What was declared is covered by the digest of the message, and by the reading after the act where there is one.
    """
    before = b"%d|" % entry.declaration
    after = f"|{entry.by}|{entry.role.value}|{entry.at.isoformat()}|{entry.on.isoformat()}|{entry.book}|".encode()
    made = [before + b"%d" % number + after + act for number, act in enumerate(written.acts, entry.first)]
    if written.reading is not None:
        place = next(n for n, act in enumerate(entry.acts) if isinstance(act, Lodged | Amended))
        made[place] += b"|" + written.reading
    return made
