"""How the record is written down: one canonical JSON for acts, snapshots and lodgements.

Canonical here means: fields in the order of their classes, defaults left out, no white space, so that the same act is
always the same bytes and its hash can be recomputed by a stranger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from customhouse.kernel.mrn import MRN
from customhouse.record.acts import Act, Entry
from customhouse.record.declaration import Declaration
from customhouse.record.lodgement import Lodgement


def _encode_word(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"cannot write a {type(value).__name__} into the record")


def _decode_word(kind: type, value: Any) -> Any:
    return MRN.parse(value) if kind is MRN else kind(value)


_encoder = msgspec.json.Encoder(enc_hook=_encode_word)
_acts = msgspec.json.Decoder(tuple[Act, ...], dec_hook=_decode_word)
_declaration = msgspec.json.Decoder(Declaration, dec_hook=_decode_word)
_lodgement = msgspec.json.Decoder(Lodgement)

encode = _encoder.encode
decode_acts = _acts.decode
decode_declaration = _declaration.decode
decode_lodgement = _lodgement.decode


def canonical(entry: Entry, acts: Sequence[bytes] | None = None) -> list[bytes]:
    """The bytes of each act of the entry that its hash covers: who, when, under which law, and the act itself.

    `acts` are the encoded acts where the caller has them already.
    """
    before = b"%d|" % entry.declaration
    after = f"|{entry.by}|{entry.role.value}|{entry.at.isoformat()}|{entry.on.isoformat()}|{entry.book}|".encode()
    encoded = acts if acts is not None else [encode(act) for act in entry.acts]
    return [before + b"%d" % (entry.first + n) + after + act for n, act in enumerate(encoded)]
