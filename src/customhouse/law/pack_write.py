"""Writing a layer of a country pack: words of the law made into the CSV that people read and `pack_rows` reads.

The exact inverse of `pack_rows`: what is written reads back as the same words. A layer is written beside its place,
read back, made durable and put in place by renaming, so that nobody ever meets half a layer.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from customhouse.law.layer import PARTS, Layer, ordered
from customhouse.law.measure import ALL_ORIGINS, Condition, Measure
from customhouse.law.terms import (
    Footnote,
    Line,
    ListEntry,
    Membership,
    Place,
    Procedure,
    ProductRule,
    Quota,
    Rate,
    Relief,
    Text,
)
from customhouse.law.valuation import Charge, Incoterm

Row = dict[str, str]
CONDITIONS = "conditions.csv"


def plain(number: Decimal | None) -> str:
    """A number in digits, never in powers of ten."""
    return "" if number is None else format(number, "f")


def clean(text: str) -> str:
    """A text as a cell keeps it: one kind of line end, no blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def spoken(text: Text, languages: tuple[str, ...]) -> Text:
    """The text in every language of the pack: the language itself, else English, else whatever there is."""
    said = {lang: words for lang, raw in text.items() if (words := clean(raw))}
    fallback = said.get("en") or next((said[lang] for lang in sorted(said)), "")
    return {lang: said.get(lang, fallback) for lang in languages}


def _when(word: Any) -> Row:
    validity = word.validity
    return {
        "from": validity.start.isoformat(),
        "until": validity.until.isoformat() if validity.until else "",
        "source": word.source,
    }


def _line(w: Line) -> Row:
    return {"code": w.code, "unit": w.unit, **w.text, **_when(w)}


def _expression(w: Measure | Condition) -> Row:
    text = w.expression_text or (str(w.expression) if w.expression is not None else "")
    return {"expression": text if w.expression is not None else "", "words": text if w.expression is None else ""}


def _measure(w: Measure) -> Row:
    return {
        "id": w.id,
        "code": w.code,
        "kind": w.kind,
        "tax_type": w.tax_type,
        "area": w.area or ALL_ORIGINS,
        "excluded": " ".join(w.excluded),
        **_expression(w),
        "preference": w.preference,
        "additional_code": w.additional_code,
        "order": w.order,
        "documents": " ".join(w.documents),
        "procedures": " ".join(w.procedures),
        "flow": w.flow,
        "season": str(w.season) if w.season else "",
        "footnotes": " ".join(w.footnotes),
        **_when(w),
    }


def _condition(measure: str, w: Condition) -> Row:
    return {
        "measure": measure,
        "group": w.group,
        "action": w.action,
        "document": w.document,
        "threshold": plain(w.threshold),
        "at_most": "yes" if w.at_most else "",
        "currency": w.currency,
        "unit": w.unit,
        **_expression(w),
    }


def _membership(w: Membership) -> Row:
    return {"group": w.group, "country": w.country, **_when(w)}


def _rate(w: Rate) -> Row:
    units, quoted = str(w.units) if w.units != 1 else "", "inverse" if w.inverse else ""
    return {"currency": w.currency, "value": plain(w.value), "units": units, "quoted": quoted, **_when(w)}


def _procedure(w: Procedure) -> Row:
    duties, guarantee = "payable" if w.duties_payable else "suspended", "yes" if w.guarantee else ""
    return {"code": w.code, **w.text, "duties": duties, "guarantee": guarantee, "note": w.note, **_when(w)}


def _relief(w: Relief) -> Row:
    effect = "suspended" if w.suspended else "deposited" if w.deposited else "relieved"
    taxes, off = " ".join(w.tax_types), " ".join(w.off)
    told = {"code": w.code, "tax_types": taxes, "effect": effect, "off": off, "document": w.document}
    return {**told, **w.text, **_when(w)}


def _quota(w: Quota) -> Row:
    volume, critical = plain(w.volume), plain(Decimal(w.critical_ppm) / 10_000)
    return {
        "order": w.order,
        "volume": volume,
        "unit": w.unit,
        "currency": w.currency,
        "critical": critical,
        **w.text,
        **_when(w),
    }


def _incoterm(w: Incoterm) -> Row:
    costs = {"includes": " ".join(w.includes), "may_include": " ".join(w.may_include), "modes": " ".join(w.modes)}
    return {"code": w.code, **costs, **w.text, **_when(w)}


def _charge(w: Charge) -> Row:
    percent = "yes" if w.percent else ""
    told = {"code": w.code, "effect": w.effect, "covers": " ".join(w.covers), "spread": w.spread, "percent": percent}
    return {**told, **w.text, **_when(w)}


def _product_rule(w: ProductRule) -> Row:
    row = {"rules": w.rules, "low": w.low, "high": w.high, "heading": w.heading, "goods": w.goods}
    return {**row, "classes": " ".join(w.classes), "text": w.text, "source": w.source}


def _footnote(w: Footnote) -> Row:
    return {"code": w.code, **w.text, **_when(w)}


def _entry(w: ListEntry) -> Row:
    return {"list": w.list, "code": w.code, **w.text, **_when(w)}


def _place(w: Place) -> Row:
    place = {"latitude": plain(w.latitude), "longitude": plain(w.longitude), "function": w.function}
    return {"code": w.code, "name": w.name, "country": w.country, **place, **_when(w)}


ROWS: dict[str, Callable[[Any], Row]] = {
    "lines": _line,
    "measures": _measure,
    "memberships": _membership,
    "rates": _rate,
    "procedures": _procedure,
    "reliefs": _relief,
    "quotas": _quota,
    "incoterms": _incoterm,
    "charges": _charge,
    "product_rules": _product_rule,
    "footnotes": _footnote,
    "entries": _entry,
    "places": _place,
}


def files(layer: Layer, languages: tuple[str, ...] = ("en",)) -> dict[str, bytes]:
    """The CSV files of a layer by name, with the texts in `languages`; parts without words have no file."""
    made: dict[str, bytes] = {}
    layer = normal(layer, languages)
    for name, part in PARTS.items():
        words = getattr(layer, name)
        if words:
            made[part.file] = _csv(map(ROWS[name], words))
    conditions = [_condition(m.id, c) for m in layer.measures for c in m.conditions]
    if conditions:
        made[CONDITIONS] = _csv(conditions)
    return made


def normal(layer: Layer, languages: tuple[str, ...]) -> Layer:
    """The layer as it reads back: in order of key, every text in exactly these languages, cells without blanks around."""
    made = {name: tuple(_normal(w, languages) for w in getattr(layer, name)) for name in PARTS}
    return ordered(Layer(**made))


def _normal(word: Any, languages: tuple[str, ...]) -> Any:
    changed: dict[str, Any] = {}
    for field in word.__struct_fields__:
        value = getattr(word, field)
        if isinstance(value, str) and (cleaned := clean(value)) != value:
            changed[field] = cleaned
        elif isinstance(value, dict) and list((text := spoken(value, languages)).items()) != list(value.items()):
            changed[field] = text
        elif field == "expression" and value is not None and not word.expression_text:
            changed["expression_text"] = str(value)
        elif field == "conditions" and value:
            changed[field] = tuple(_normal(c, languages) for c in value)
    return msgspec.structs.replace(word, **changed) if changed else word


def _csv(rows: Iterable[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(out, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)
    return out.getvalue().encode()


def write_layer(
    directory: Path, layer: Layer, languages: tuple[str, ...] = ("en",), beside: Mapping[str, bytes] | None = None
) -> bool:
    """Put the layer in its place, with further files `beside` the CSV; False when it already was there, byte for byte.

    Raises ValueError when the words would not read back as they are; then nothing is changed.
    """
    settle(directory)
    wanted = files(layer, languages) | dict(beside or {})
    if directory.is_dir() and _held(directory) == wanted:
        return False
    directory.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}.new-"))
    try:
        for name, data in wanted.items():
            _write(new / name, data)
        _proof(new, layer, languages)
        new.chmod(0o755)
        _swap(new, directory)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return True


def settle(directory: Path) -> None:
    """Put back the old layer where a loader was stopped between taking it away and putting the new one in place."""
    old = _old(directory)
    if old.is_dir():
        if directory.exists():
            shutil.rmtree(old)
        else:
            old.rename(directory)


def _old(directory: Path) -> Path:
    return directory.with_name(f".{directory.name}.old")


def _held(directory: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in directory.iterdir() if p.is_file()}


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _proof(new: Path, layer: Layer, languages: tuple[str, ...]) -> None:
    from customhouse.law.pack import read_layer

    read = read_layer(new, languages)
    meant = normal(layer, languages)
    for name in PARTS:
        was, is_ = getattr(meant, name), getattr(read, name)
        if was != is_:
            pairs = zip(was, is_, strict=False)
            first = next((f"{a} reads back as {b}" for a, b in pairs if a != b), f"{len(was)} words, {len(is_)} read")
            raise ValueError(f"{PARTS[name].file} would not say what was loaded: {first}")


def _swap(new: Path, directory: Path) -> None:
    _sync(new)
    old = _old(directory)
    if directory.exists():
        directory.rename(old)
    new.rename(directory)
    _sync(directory.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
