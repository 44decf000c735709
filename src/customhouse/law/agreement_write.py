"""Writing agreements and product rules into a layer of a country pack: the files that `pack` reads.

What is written reads back as the same words, and writing the same again leaves the same bytes. Both files are made ready
beside their places before the first is put there, so that a fault in making them leaves the layer as it was.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from customhouse.law.terms import Agreement, ProductRule

AGREEMENTS, PRODUCT_RULES = "agreements.toml", "product_rules.csv"
COLUMNS = ("rules", "low", "high", "heading", "goods", "classes", "text", "source")


def write(layer: Path, agreements: Sequence[Agreement], rules: Sequence[ProductRule]) -> None:
    """Put both files into the folder of a layer, which is made where there is none."""
    made = {layer / AGREEMENTS: agreements_file(agreements), layer / PRODUCT_RULES: product_rules_file(rules)}
    layer.mkdir(parents=True, exist_ok=True)
    ready = {place: place.with_name(f".{place.name}.new") for place in made}
    for place, data in made.items():
        ready[place].write_bytes(data)
    for place, new in ready.items():
        new.replace(place)


def agreements_file(agreements: Iterable[Agreement]) -> bytes:
    """The bytes of agreements.toml, in order of id and day."""
    tables = [_table(a) for a in sorted(agreements, key=lambda a: (a.id, a.validity.start))]
    return "\n".join(tables).encode()


def product_rules_file(rules: Iterable[ProductRule]) -> bytes:
    """The bytes of product_rules.csv, in order of set and code."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for r in sorted(rules, key=lambda r: (r.rules, r.low, r.high, r.heading, r.goods, r.text)):
        writer.writerow((r.rules, r.low, r.high, r.heading, r.goods, " ".join(r.classes), r.text, r.source))
    return out.getvalue().encode()


def _table(agreement: Agreement) -> str:
    validity = agreement.validity
    lists = ("areas", "preferences", "proofs", "cumulation", "transit_proofs")
    values = {
        "id": _text(agreement.id),
        "from": validity.start.isoformat(),
        "until": validity.until.isoformat() if validity.until else "",
        **{name: f"[{', '.join(map(_text, words))}]" for name in lists if (words := getattr(agreement, name))},
        **{name: _text(word) for name in ("rules", "transport", "source") if (word := getattr(agreement, name))},
        "text": f"{{ {', '.join(f'{_key(k)} = {_text(v)}' for k, v in agreement.text.items())} }}",
    }
    return "\n".join(("[[agreement]]", *(f"{name} = {value}" for name, value in values.items() if value), ""))


def _key(language: str) -> str:
    return language if re.fullmatch(r"[A-Za-z0-9_-]+", language) else _text(language)


def _text(word: str) -> str:
    """A basic string of TOML; the escapes of JSON are escapes of TOML too, but DEL must be escaped besides."""
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")
