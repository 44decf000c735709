"""Parcels for the first morning of a demo house: the consolidation of a day's mail, so that the express desk has something to look at."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from customhouse.record.parcel import Consolidation
from customhouse.registry import demo
from customhouse.simulator.parcels import parcels
from customhouse.stream import publication

MAIL, OFFICE, POST = "MAIL-MM17", "XM000040", "5"
PARCELS = 240
CUT_OFF = b'{"reference": "MM000000240CN", "consignor": "Adler Trad'
"""Half a line at the end, as connections leave behind: courier and officer see what becomes of it."""


def hand_in() -> int:
    """Clear the mail, where parcels can be cleared at all; how many consolidations. The worker opens the files of what is looked at."""
    if not publication.is_asked():
        return 0
    from customhouse.house.consolidation import clear

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{MAIL}.jsonl")
        sent = (replace(p, reference=f"MM{p.reference[2:]}") for p in parcels(PARCELS, "first morning"))
        path.write_bytes(b"\n".join((*map(msgspec.json.encode, sent), CUT_OFF)))
        clear(path, Consolidation(demo.BROKER, MAIL, OFFICE, POST), by="broker", at=datetime.now(UTC))
    return 1
