"""A parcel that has a file is opened at the desk as every declaration is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.test import Client

from customhouse.clearance.parcel_file import file
from customhouse.house.consolidation import clear
from customhouse.record.parcel import Consolidation
from customhouse.registry import parcels
from customhouse.simulator.parcels import parcels as made_up


def test_officer_and_broker_open_the_file_of_a_parcel(desk: Callable[..., Client], tmp_path: Path) -> None:
    mark = uuid.uuid4().hex[:6]
    path = tmp_path / f"{mark}.jsonl"
    made = [msgspec.structs.replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(120, "desk")]
    # three are alike: the law looks at the third, whatever is drawn
    made[-2:] = [msgspec.structs.replace(made[0], reference=f"{mark}-{n}") for n in range(2)]
    path.write_bytes(b"\n".join(msgspec.json.encode(p) for p in made))
    done = clear(path, Consolidation("XM100000009", path.name, "XM000040", "5"), by="test")
    answers = b"".join(parcels.answer(done.number, as_json=False)).decode().splitlines()
    held, green = (next(a.split(",")[3] for a in answers if f",{v}," in a) for v in ("file", "released"))
    file(green)
    for mrn in (held, green):
        for account in ("officer", "broker"):
            page = desk(account).get(f"/declaration/{mrn}")
            assert page.status_code == 200 and mrn in page.content.decode()
    assert desk("broker").get("/declarations").status_code == 200
