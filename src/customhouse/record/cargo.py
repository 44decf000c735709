"""The life of a cargo report: what may happen to it, in one table, and the fold that gives its state.

A carrier reports, forwarders tell the houses of a consolidation (degroupage), the conveyance arrives, declarations write
goods off, and what is left is accounted for, until nothing is left and the report is discharged. Source: WCO Revised Kyoto
Convention, Specific Annex A chapters 1 and 2 (formalities prior to the declaration, temporary storage).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Union

import msgspec
from msgspec.structs import replace

from customhouse.record.declaration import Role
from customhouse.record.manifest import Level, Manifest, Movement, TransportDocument
from customhouse.record.section import Section


class CargoStage(StrEnum):
    """How far a cargo report has come. DISCHARGED: every line is written off or accounted for."""

    NEW = "NEW"
    REPORTED = "REPORTED"
    ARRIVED = "ARRIVED"
    DISCHARGED = "DISCHARGED"
    CANCELLED = "CANCELLED"


class _Act(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="act", tag=True, gc=False):
    """An act on a cargo report; its class name is its row in FLOW."""

    @property
    def name(self) -> str:
        return type(self).__name__


class Reported(_Act, frozen=True):
    """The carrier handed the report in. `digest` is the SHA-256 (hex) of the bytes received, `format` their kind."""

    manifest: Manifest
    format: str
    digest: str


class Amended(_Act, frozen=True):
    """The whole report anew. Documents that goods were written off from stand as they were."""

    manifest: Manifest
    format: str
    digest: str
    reason: str = ""


class Degrouped(_Act, frozen=True):
    """The forwarder told the houses of a master."""

    master: str
    houses: tuple[TransportDocument, ...]
    forwarder: str
    reference: str = ""
    format: str = ""
    digest: str = ""


class Arrived(_Act, frozen=True):
    """The conveyance is there, and its goods are in temporary storage at `place` from now on."""

    arrived: datetime
    place: str = ""


class WrittenOff(_Act, frozen=True):
    """A declaration takes goods of a transport document; grams."""

    document: str
    declaration: int
    mrn: str
    packages: int
    mass: int


class GivenBack(_Act, frozen=True):
    """A declaration that took goods was invalidated or amended: they are there again."""

    document: str
    declaration: int
    mrn: str
    packages: int
    mass: int


class DiscrepancyFound(_Act, frozen=True):
    """Fewer (`short`) or more (`over`) goods were landed than reported; grams."""

    document: str
    kind: Literal["short", "over"]
    packages: int
    mass: int
    text: str = ""


class Accounted(_Act, frozen=True):
    """What is left of a document needs no declaration: abandoned, destroyed, sold, re-exported, shown to have been short."""

    document: str
    packages: int
    mass: int
    reason: str


class Discharged(_Act, frozen=True):
    """Nothing of the report is left."""


class Cancelled(_Act, frozen=True):
    reason: str


CargoAct = Union[  # noqa: UP007 - msgspec wants one named union
    Reported,
    Amended,
    Degrouped,
    Arrived,
    WrittenOff,
    GivenBack,
    DiscrepancyFound,
    Accounted,
    Discharged,
    Cancelled,
]


class CargoEntry(msgspec.Struct, frozen=True, gc=False):
    """What one actor recorded in one sitting on a cargo report; `first` is the number of the first act (1 = Reported)."""

    report: int
    first: int
    by: str
    role: Role
    at: datetime
    on: date
    acts: tuple[CargoAct, ...]


class Taken(Section, frozen=True):
    """How much of a transport document is gone: written off by declarations, and accounted for otherwise."""

    document: str
    packages: int = 0
    mass: int = 0
    other_packages: int = 0
    other_mass: int = 0


class Discrepancy(Section, frozen=True):
    document: str
    kind: str
    packages: int
    mass: int
    text: str = ""


class CargoReport(Section, frozen=True):
    """The state of one cargo report: the fold of its acts. `number` is the registration number that customs gave."""

    id: int
    number: str
    manifest: Manifest
    stage: CargoStage = CargoStage.REPORTED
    version: int = 1
    acts: int = 0
    arrived: datetime | None = None
    place: str = ""
    taken: tuple[Taken, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    cancelled: str = ""

    @property
    def carrier(self) -> str:
        return self.manifest.carrier.id

    def is_grouped(self, document: TransportDocument) -> bool:
        """Whether goods are not taken from this document but from the houses under it, told already or still to come."""
        if document.level is not Level.MASTER:
            return False
        return document.consolidated or any(True for _ in self.manifest.houses(document.number))

    def leaves(self) -> tuple[TransportDocument, ...]:
        """The documents that goods are written off from: houses, and masters without any; not what remains on board."""
        grouped = {d.master for d in self.manifest.documents if d.level is Level.HOUSE}
        landed = (d for d in self.manifest.documents if d.movement is not Movement.REMAINING)
        return tuple(d for d in landed if d.level is Level.HOUSE or not (d.consolidated or d.number in grouped))

    def awaiting_houses(self) -> tuple[TransportDocument, ...]:
        """Masters whose houses have not been told yet."""
        grouped = {d.master for d in self.manifest.documents if d.level is Level.HOUSE}
        return tuple(d for d in self.manifest.masters if d.consolidated and d.number not in grouped)

    def of(self, number: str) -> Taken:
        """What is gone of the document of this number."""
        return next((t for t in self.taken if t.document == number), Taken(number))

    def rest(self, document: TransportDocument) -> tuple[int, int]:
        """(packages, grams) of a document that no declaration and nothing else has taken."""
        gone = self.of(document.number)
        return (
            document.packages - gone.packages - gone.other_packages,
            document.mass - gone.mass - gone.other_mass,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left in any document, and no house is waited for."""
        return not self.awaiting_houses() and all(_gone(self.rest(d), d) for d in self.leaves())


def _gone(rest: tuple[int, int], document: TransportDocument) -> bool:
    """Packages decide; goods in bulk, which have none, are gone with their mass."""
    return rest[0] == 0 if document.packages else rest[1] == 0


S = CargoStage
ALIVE = (S.REPORTED, S.ARRIVED)
FLOW: dict[tuple[CargoStage, str], CargoStage] = {
    (S.NEW, "Reported"): S.REPORTED,
    (S.REPORTED, "Arrived"): S.ARRIVED,
    (S.ARRIVED, "Discharged"): S.DISCHARGED,
    (S.REPORTED, "Cancelled"): S.CANCELLED,
    (S.ARRIVED, "DiscrepancyFound"): S.ARRIVED,
    (S.ARRIVED, "Accounted"): S.ARRIVED,
    (S.DISCHARGED, "GivenBack"): S.ARRIVED,
    **{(stage, act): stage for stage in ALIVE for act in ("Amended", "Degrouped", "WrittenOff", "GivenBack")},
}
R = Role
MAY: dict[str, frozenset[Role]] = {
    "Reported": frozenset({R.CARRIER, R.SYSTEM}),
    "Amended": frozenset({R.CARRIER, R.SYSTEM}),
    "Degrouped": frozenset({R.CARRIER, R.BROKER, R.TRADER, R.SYSTEM}),
    "Arrived": frozenset({R.CARRIER, R.OFFICER, R.SUPERVISOR, R.SYSTEM}),
    "WrittenOff": frozenset({R.SYSTEM}),
    "GivenBack": frozenset({R.SYSTEM}),
    "DiscrepancyFound": frozenset({R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "Accounted": frozenset({R.OFFICER, R.SUPERVISOR, R.SYSTEM}),
    "Discharged": frozenset({R.SYSTEM}),
    "Cancelled": frozenset({R.CARRIER, R.OFFICER, R.SUPERVISOR}),
}


class CargoNotPermitted(Exception):
    """The act may not be recorded now; `act` names it and the message says why."""

    def __init__(self, act: str, why: str) -> None:
        self.act, self.why = act, why
        super().__init__(f"{act} is not permitted: {why}")


def fold(report: CargoReport | None, entry: CargoEntry, number: str = "") -> CargoReport:
    """The report after `entry`; `number` is the registration number, needed with the first. Raises CargoNotPermitted."""
    recorded = report.acts if report else 0
    if entry.first != recorded + 1:
        raise CargoNotPermitted(entry.acts[0].name, f"act {recorded + 1} comes next, not {entry.first}")
    for act in entry.acts:
        report = step(report, act, entry.role, entry.report, number)
    if report is None:
        raise CargoNotPermitted("nothing", "an entry holds at least one act")
    return report


def step(report: CargoReport | None, act: CargoAct, role: Role, id: int, number: str = "") -> CargoReport:
    """The report after one act by `role`. Raises CargoNotPermitted."""
    stage = report.stage if report else S.NEW
    to = FLOW.get((stage, act.name))
    if to is None:
        raise CargoNotPermitted(act.name, f"the cargo report is {stage.value}")
    if role not in MAY[act.name]:
        raise CargoNotPermitted(act.name, f"{role.value} may not do this")
    if report is None:
        if not isinstance(act, Reported):
            raise CargoNotPermitted(act.name, "nothing has been reported")
        return CargoReport(id, number, act.manifest, acts=1)
    if (guard := GUARD.get(act.name)) and (why := guard(report, act)):
        raise CargoNotPermitted(act.name, why)
    effect = EFFECT.get(act.name)
    return replace(report, stage=to, acts=report.acts + 1, **(effect(report, act) if effect else {}))


def permitted(report: CargoReport, role: Role) -> tuple[str, ...]:
    """Names of the acts that `role` may record now."""
    return tuple(n for n, roles in MAY.items() if role in roles and (report.stage, n) in FLOW)


# --- guards: why not, or "" -----------------------------------------------------------------------------------------


def _of_known(report: CargoReport, act: Any) -> str:
    document = report.manifest.document(act.document)
    if document is None:
        return f"there is no transport document {act.document}"
    return f"goods are taken from the houses of {act.document}" if report.is_grouped(document) else ""


def _take(report: CargoReport, act: Any) -> str:
    if why := _of_known(report, act):
        return why
    document = report.manifest.document(act.document)
    assert document is not None
    packages, mass = report.rest(document)
    if act.packages < 0 or act.mass < 0:
        return "nobody takes less than nothing"
    if act.packages > packages or act.mass > mass:
        return f"{packages} packages and {mass} g are left of {act.document}"
    return ""


def _give(report: CargoReport, act: GivenBack) -> str:
    gone = report.of(act.document)
    return "" if act.packages <= gone.packages and act.mass <= gone.mass else "more comes back than was written off"


def _change(report: CargoReport, act: Amended) -> str:
    for taken in report.taken:
        before, after = report.manifest.document(taken.document), act.manifest.document(taken.document)
        touched = taken.packages or taken.mass or taken.other_packages or taken.other_mass
        if touched and before != after:
            return f"goods of {taken.document} have been written off, so it stays as it is"
    if act.manifest.carrier.id != report.carrier:
        return "an amendment comes from the same carrier"
    if report.arrived is not None and _numbers(report.manifest) - _numbers(act.manifest):
        return "no document leaves the report after arrival; customs records what was not landed"
    return ""


def _numbers(manifest: Manifest) -> set[str]:
    return {d.number for d in manifest.documents}


def _degroup(report: CargoReport, act: Degrouped) -> str:
    master = report.manifest.document(act.master)
    if master is None or master.level is not Level.MASTER:
        return f"there is no master {act.master}"
    if report.manifest.houses(act.master):
        return f"the houses of {act.master} have been told"
    gone = report.of(act.master)
    return f"goods of {act.master} have been written off" if gone.packages or gone.mass else ""


def _discharge(report: CargoReport, act: Discharged) -> str:
    return "" if report.is_empty else "goods are left that nothing accounts for"


def _cancel(report: CargoReport, act: Cancelled) -> str:
    if any(t.packages or t.mass for t in report.taken):
        return "goods have been written off"
    return "" if act.reason.strip() else "a cancellation needs a reason"


def _short(report: CargoReport, act: DiscrepancyFound) -> str:
    return _take(report, act) if act.kind == "short" else _of_known(report, act)


GUARD: dict[str, Callable[[CargoReport, Any], str]] = {
    "WrittenOff": _take,
    "GivenBack": _give,
    "Accounted": lambda r, a: _take(r, a) or ("" if a.reason.strip() else "what is accounted for needs a reason"),
    "DiscrepancyFound": _short,
    "Amended": _change,
    "Degrouped": _degroup,
    "Discharged": _discharge,
    "Cancelled": _cancel,
}


# --- effects: the fields that change --------------------------------------------------------------------------------


def _moved(report: CargoReport, document: str, **by: int) -> tuple[Taken, ...]:
    """What is gone, with more or less of one document."""
    gone = report.of(document)
    gone = replace(gone, **{name: getattr(gone, name) + n for name, n in by.items()})
    return (*(t for t in report.taken if t.document != document), gone)


def _degrouped(report: CargoReport, act: Degrouped) -> dict[str, Any]:
    return {"manifest": replace(report.manifest, documents=_nested(report.manifest.documents, act))}


def _nested(documents: Iterable[TransportDocument], act: Degrouped) -> tuple[TransportDocument, ...]:
    """The documents with the houses right after their master."""
    placed: list[TransportDocument] = []
    for document in documents:
        placed.append(document)
        if document.number == act.master:
            placed.extend(act.houses)
    return tuple(placed)


def _found(report: CargoReport, act: DiscrepancyFound) -> dict[str, Any]:
    told = Discrepancy(act.document, act.kind, act.packages, act.mass, act.text)
    changes: dict[str, Any] = {"discrepancies": (*report.discrepancies, told)}
    if act.kind == "short":
        changes["taken"] = _moved(report, act.document, other_packages=act.packages, other_mass=act.mass)
    return changes


EFFECT: dict[str, Callable[[CargoReport, Any], dict[str, Any]]] = {
    "Amended": lambda r, a: {"manifest": a.manifest, "version": r.version + 1},
    "Degrouped": _degrouped,
    "Arrived": lambda r, a: {"arrived": a.arrived, "place": a.place},
    "WrittenOff": lambda r, a: {"taken": _moved(r, a.document, packages=a.packages, mass=a.mass)},
    "GivenBack": lambda r, a: {"taken": _moved(r, a.document, packages=-a.packages, mass=-a.mass)},
    "Accounted": lambda r, a: {"taken": _moved(r, a.document, other_packages=a.packages, other_mass=a.mass)},
    "DiscrepancyFound": _found,
    "Cancelled": lambda r, a: {"cancelled": a.reason},
}
