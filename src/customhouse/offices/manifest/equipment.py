"""Containers and seals of a cargo report: ISO 6346 numbers, what is loaded where, seals that stand twice."""

from __future__ import annotations

from collections.abc import Iterator

from customhouse.kernel.number import InvalidNumber
from customhouse.kernel.problem import Problem
from customhouse.record.manifest import Manifest, TransportEquipment

CONTAINER = "CN"


def check_equipment(manifest: Manifest) -> Iterator[Problem]:
    """Problems of the equipment list, and of goods that lie in what it does not list."""
    seen: dict[str, int] = {}
    sealed: dict[str, str] = {}
    loaded = {number for d in manifest.documents for number in d.containers}
    for n, box in enumerate(manifest.equipment, 1):
        where = f"equipment[{n}]"
        if box.number in seen:
            label = f"The equipment stands twice, first in equipment[{seen[box.number]}]"
            yield Problem("DuplicateEquipment", label, f"{where}/number", "List each piece once", box.number[:20])
        seen.setdefault(box.number, n)
        yield from _number(box, where)
        yield from _loading(box, loaded, where)
        for m, seal in enumerate(box.seals, 1):
            other = sealed.setdefault(seal.number.strip().upper(), box.number)
            if other != box.number and seal.number.strip():
                label = f"The same seal is on {other}"
                yield Problem(
                    "DuplicateSeal", label, f"{where}/seals[{m}]", "Check both seals", seal.number[:35], "warning"
                )
    for n, document in enumerate(manifest.documents, 1):
        for number in document.containers:
            if number not in seen:
                hint = "Add it to the equipment, with type, fullness and seals"
                yield Problem(
                    "UnknownEquipment",
                    "Goods lie in equipment that is not listed",
                    f"documents[{n}]",
                    hint,
                    number[:20],
                )


def _number(box: TransportEquipment, where: str) -> Iterator[Problem]:
    if box.type != CONTAINER:
        if not box.number.strip():
            yield Problem(
                "MissingNumber", "The number of the equipment is missing", f"{where}/number", "Write its registration"
            )
        return
    try:
        box.checked  # noqa: B018 - asked for what it raises
    except InvalidNumber as fault:
        yield fault.problem(f"{where}/number")


def _loading(box: TransportEquipment, loaded: set[str], where: str) -> Iterator[Problem]:
    if box.is_empty and box.number in loaded:
        hint = "Say that it is full (5), or take the goods out of it"
        yield Problem(
            "GoodsInEmpty",
            "The equipment is reported empty and holds goods",
            f"{where}/fullness",
            hint,
            box.number[:20],
        )
    if not box.is_empty and box.number not in loaded:
        hint = "Say in which document its goods are, or that it is empty (4)"
        yield Problem(
            "NothingLoaded", "No goods are reported in this equipment", where, hint, box.number[:20], "warning"
        )
    if not box.is_empty and not box.seals and box.type == CONTAINER:
        yield Problem(
            "MissingSeal",
            "A loaded container has no seal",
            f"{where}/seals",
            "Write the number of every seal",
            box.number[:20],
            "warning",
        )
