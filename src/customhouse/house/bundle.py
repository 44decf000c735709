"""What parcels are judged by, in one file: for engines on machines that do not reach the register.

It holds the Book, officers' criteria, models, watch lists and marks of one moment, what is typical, what was taken of the day so
far, the references that a declarant has in use, numbers for so many consolidations, and the key of the draws. Who has it can
foretell which parcels are drawn at random: it is written for its owner alone, and not read where others may read it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from msgspec.structs import replace

from customhouse.clearance import scorer as models
from customhouse.clearance import screening
from customhouse.clearance.context import context_now
from customhouse.clearance.line import Context
from customhouse.house.consolidation import kernel_of, taken_keys
from customhouse.house.fault import HouseProblem
from customhouse.law.book import Book
from customhouse.law.selectivity import Selectivity
from customhouse.record.declaration import Mark
from customhouse.record.parcel import Consolidation
from customhouse.record.screening import ListedIn
from customhouse.record.watch_list import ListedParty
from customhouse.registry import lawbook, models_kept, parcel_earlier, parcels, party_decisions, reader, watch_lists
from customhouse.registry.criteria import Composed
from customhouse.registry.models_kept import ModelFault
from customhouse.registry.parcel_models import Asked
from customhouse.stream.parcels import counters
from customhouse.stream.parcels.engine import taken
from customhouse.stream.parcels.kernel import Kernel

MAGIC = b"customhouse parcels bundle 2\n"
OTHERS = 0o077
"""Rights of a file that are not its owner's."""


class Bundle(msgspec.Struct, frozen=True):
    """All of it, as of one moment. `past` are rows as `stream.parcels.engine` meets them, `standing` references in use."""

    at: datetime
    declarant: str
    numbers: tuple[int, ...]
    book: bytes
    selectivity: Composed
    asked: tuple[Asked, ...]
    models: dict[str, bytes]
    lists: tuple[tuple[ListedIn, tuple[ListedParty, ...]], ...]
    known: tuple[str, ...]
    marks: tuple[tuple[str, str, Mark], ...]
    draw_key: bytes
    typical: dict[str, int]
    past: bytes
    standing: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What tells it from every other."""
        return hashlib.sha256(msgspec.msgpack.encode(self)).hexdigest()

    def write(self, path: Path) -> None:
        """Write it, readable for the owner alone from its first byte on. Raises FileExistsError."""
        data = msgspec.msgpack.encode(self)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(MAGIC + hashlib.sha256(data).digest() + data)


def read(path: Path) -> Bundle:
    """A bundle from its file. Raises HouseProblem for one that others may read, and for what is no whole bundle."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & OTHERS:
                raise HouseProblem(f"{path} holds the key of the draws and others may read it: chmod 600 {path}")
            data = file.read()
    except OSError as fault:
        raise HouseProblem(f"{path} cannot be read: {fault.strerror or fault}") from None
    head = len(MAGIC)
    if data[:head] != MAGIC or hashlib.sha256(data[head + 32 :]).digest() != data[head : head + 32]:
        raise HouseProblem(f"{path} is no whole bundle: make it again with `customhouse parcels bundle`")
    try:
        return msgspec.msgpack.decode(data[head + 32 :], type=Bundle)
    except msgspec.MsgspecError as fault:
        raise HouseProblem(f"{path} was made by another edition of the program ({fault}): make it again") from None


def made(declarant: str, numbers: int, at: datetime | None = None) -> Bundle:
    """The bundle of this moment, from the register, with numbers for so many consolidations."""
    context = context_now(at or datetime.now(UTC))
    day, chosen = context.law.date, context.selectivity
    with reader.system():
        asked = models.shelf.held().asked
        speaking = [one.model.digest for one in asked if not one.silent]
        contents = {digest: models_kept.contents(digest) for digest in speaking}
        lists = watch_lists.counting() if context.screening is not None else ()
        listed = tuple((ListedIn(v.name, v.number, v.digest), watch_lists.parties(v.number)) for v in lists)
        known = tuple(sorted(party_decisions.known())) if lists else ()
    reserved = parcel_earlier.reserve(numbers)
    seen = parcel_earlier.snapshot()
    past = [taken(*keys) for segment in parcel_earlier.earlier(day, seen) for keys in taken_keys(segment)]
    return Bundle(
        at=context.at, declarant=declarant, numbers=reserved, book=lawbook.contents(context.law.book_hash),
        selectivity=Composed(chosen.criteria, chosen.on_trial, {n: tuple(sorted(c)) for n, c in chosen.lists.items()}, chosen.policy),
        asked=asked, models=contents,
        lists=listed, known=known, marks=tuple((kind, key, mark) for (kind, key), mark in context.marks.items()),
        draw_key=context.draw_key, typical=parcels.typical(seen, day), past=b"".join(past),
        standing=tuple(reference for some in parcels.references(declarant) for reference in some),
    )  # fmt: skip


class Bench:
    """A bundle unpacked, in a process that judges by it; the register is not asked."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._kernels: dict[Consolidation, Kernel] = {}

    def kernel(self, of: Consolidation) -> Kernel:
        """What judges a consolidation; made once."""
        made = self._kernels.get(of)
        if made is None:
            context = self.context
            here = replace(of, destination=context.law.country)
            made = self._kernels[of] = kernel_of(context, here, self.bundle.typical, self._keys, self._held)
        return made

    def stands(self, references: Sequence[str]) -> set[str]:
        return set(references) & self._standing

    @cached_property
    def context(self) -> Context:
        """What the line walks under."""
        b = self.bundle
        chosen = b.selectivity
        return Context(
            Book.open(b.book).on(b.at.date()), b.at, b.draw_key,
            Selectivity(chosen.criteria, chosen.shadow, chosen.lists, chosen.policy),
            score=self._held.score if self._held else None, screening=self._screening(), marks={(kind, key): mark for kind, key, mark in b.marks},
        )  # fmt: skip

    @cached_property
    def _standing(self) -> frozenset[str]:
        return frozenset(self.bundle.standing)

    @cached_property
    def _keys(self) -> counters.Keys:
        texts = pa.array(self.bundle.standing, pa.string())
        return np.sort(counters.references(self.bundle.declarant, texts)) if len(texts) else counters.NOBODY

    @cached_property
    def _held(self) -> models.Held | None:
        """The models of the bundle's moment. Raises HouseProblem where one that spoke then cannot be asked here."""
        try:
            return models.held_again(
                self.bundle.asked, lambda digest: models.opened(digest, self.bundle.models[digest])
            )
        except ModelFault as fault:
            raise HouseProblem(f"the bundle judges by a model that cannot be asked here: {fault}") from None

    def _screening(self) -> screening.Asked | None:
        if not self.bundle.lists:
            return None
        from customhouse.clearance.screen import Screen

        pairs = [(of, party) for of, parties in self.bundle.lists for party in parties]
        versions = tuple(of for of, _ in self.bundle.lists)
        return screening.Asked(versions, Screen(pairs), frozenset(self.bundle.known))
