"""Subject sad: declarations as ASYCUDAWorld exports them (root element ASYCUDA).

A file must be read into the record; every value in it must stand in the record or in the list of what found no place; written
again and read again, the record must be the same. A file that is not well-formed must be refused with its place.
"""

from __future__ import annotations

from pathlib import Path

from customhouse.gates import asycuda
from customhouse.gates.asycuda.parser import parse
from customhouse.gates.asycuda.reader import leaves
from customhouse.house.conformance.report import Case, Judge, Piece, Skip
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import differences

MAX_SHOWN = 5
READ = "read; every value is in the record or told as left over; the same record when written and read again"
REFUSED = "refused with its place"
NO_SAD = ("EmptyFile", "NotXML")


def judge(directory: Path, schema: str | Path | None = None) -> Judge:
    """The judge of this subject. There is no public schema of the SAD to hold files against."""
    return _judge


def _judge(piece: Piece) -> Case | Skip:
    if b"ASYCUDA" not in piece.data.replace(b"\0", b"").upper():
        return Skip(piece.id, "nothing in it speaks of ASYCUDA")
    try:
        reading = asycuda.read_all(piece.data)
    except Refusal as refusal:
        rule = refusal.problems[0].rule
        shown = "; ".join(str(p) for p in refusal.problems[:MAX_SHOWN])
        if rule in NO_SAD or rule == "NotSAD":
            return Skip(piece.id, refusal.problems[0].label)
        placed = all(p.where for p in refusal.problems) or rule in ("TooLarge", "TooDeep")
        return Case(piece.id, "agree" if placed else "mismatch", REFUSED, shown, "" if placed else "no place is named")
    faults = [f"{p}: {a!r} became {b!r}" for p, a, b in differences(reading.lodgement, _again(reading.lodgement))]
    root, _ = parse(piece.data)
    values = sum(1 for _ in leaves(root))
    told = f"{values} values read, {len(reading.leftovers)} left over"
    if faults:
        return Case(piece.id, "mismatch", READ, told, "; ".join(faults[:MAX_SHOWN]))
    lines = [f"{x.where}: {x.value} ({x.why})" for x in reading.leftovers]
    warned = [p.label for p in reading.warnings]
    return Case(piece.id, "agree", READ, "; ".join([told, *lines, *warned]))


def _again(lodgement: Lodgement) -> Lodgement:
    return asycuda.read(asycuda.write(lodgement))
