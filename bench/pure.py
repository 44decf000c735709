"""What the pure rooms cost, in CPU time of one core: reading, the line, rules, hashing; and how it grows with items.

    python -m bench.pure [--schema DIR] [--xml FILE]

Writes medians of several rounds to bench/results/pure.json. With the official schemas it also times validation.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench import machine
from bench.message import declaration

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "good" / "02-preference-three-items.xml"

DAY = date(2026, 11, 24)


def cpu_us(call: Callable[[], Any], times: int = 300, rounds: int = 7) -> float:
    """CPU microseconds of one call: the median of several rounds."""
    call()
    found = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(times):
            call()
        found.append((time.process_time() - began) / times * 1e6)
    return round(statistics.median(found), 2)


def figures(xml: Path | None, schema: Path | None) -> dict[str, Any]:
    from customhouse.clearance.answer import answer
    from customhouse.clearance.line import Context, walk
    from customhouse.gates import json as json_gate
    from customhouse.gates import wco_xml
    from customhouse.law.book import Book, compile_pack
    from customhouse.law.pack import country_directory
    from customhouse.ledger import checkpoint
    from customhouse.ledger.chain import START
    from customhouse.ledger.merkle import Frontier
    from customhouse.record import codec
    from customhouse.registry.rows import declaration_row, entry_row

    data = compile_pack(country_directory("meridia"))
    book = Book.open(data)
    at = datetime.now(UTC)
    context = Context(book.on(at.date()), at, b"bench")

    def cleared(lodged: Any) -> Any:
        return walk(lodged, context, number=1, by="bench", format="json", digest="00" * 32)

    growth = {}
    for items in (1, 3, 10, 100, 999):
        lodged = json_gate.read(declaration(items))
        growth[items] = cpu_us(lambda lodged=lodged: cleared(lodged), times=max(3, 600 // items))
    body = declaration(3)
    lodged = json_gate.read(body)
    done = cleared(lodged)
    d, entry = done.declaration, done.entry
    acts = codec.canonical(entry, codec.write(entry.acts, body))

    def leaves() -> None:
        previous = START
        for act in acts:
            previous = hashlib.sha256(previous + act).digest()
            frontier.append(previous)

    frontier, signer = Frontier(), checkpoint.Signer.new("bench")
    told: dict[str, Any] = {
        "line_by_items_us": growth,
        "per_item_growth_999_to_10": round(growth[999] / 999 / (growth[10] / 10), 2),
        "json_read_us": cpu_us(lambda: json_gate.read(body)),
        "rows_us": cpu_us(lambda: (entry_row(entry, START, body), declaration_row(d, 1, "", START, at, at))),
        "answer_us": cpu_us(lambda: codec.encode(answer("new", d))),
        "merkle_us": cpu_us(leaves),
        "signature_us": cpu_us(lambda: checkpoint.sign(checkpoint.Checkpoint("bench", 1, bytes(32)), signer)),
        "open_book_ms": cpu_us(lambda: Book.open(data), 10) / 1000,
        "compile_rules_ms": cpu_us(lambda: _rules(Book.open(data)), 3, 5) / 1000,
        **duties(book),
        "rules_and_criteria": len(book.contents.rules) + len(book.contents.criteria),
    }
    if xml is not None:
        message = xml.read_bytes()
        checker = wco_xml.Schema(schema) if schema else None
        told["xml_bytes"] = len(message)
        told["xml_read_us"] = cpu_us(lambda: wco_xml.read(message), 100)
        if checker:
            told["xml_read_and_validate_us"] = cpu_us(lambda: wco_xml.read(message, schema=checker), 100)
    return told


def duties(book: Any) -> dict[str, float]:
    """One item of a declaration that pays three and five taxes, without and with the trace; and the claim looked up first.

    The five are those of the demo country put on one code: compound duty, anti-dumping, excise by the litre of alcohol,
    a levy, and tax on all of it.
    """
    from decimal import Decimal

    import msgspec

    from customhouse.kernel.money import Money
    from customhouse.law import expression
    from customhouse.law.book import Book
    from customhouse.offices.duty import assess_item, reckon
    from customhouse.record import lodgement as r

    whisky = next(m for m in book.contents.measures if m.id == "EX2208")
    more = [
        msgspec.structs.replace(
            whisky, id=f"BENCH-{tax}", tax_type=tax, expression=expression.parse(text), expression_text=text
        )
        for tax, text in (("A30", "18.5 %"), ("L01", "2 % MIN 0.10 USD / KGM"))
    ]
    contents = msgspec.structs.replace(book.contents, measures=(*book.contents.measures, *more))
    item = r.GoodsItem(
        sequence=1,
        commodity=r.Commodity(
            classifications=(r.Classification("22083000", "TSP"), r.Classification("X300", "GN")),
            duties=(
                r.DeclaredDuty(type="A00", regime="100", payment=r.DeclaredPayment("E")),
                r.DeclaredDuty(type="B00", payment=r.DeclaredPayment("E")),
            ),
            net_mass=r.Measure(Decimal(700)),
            tariff_quantity=r.Measure(Decimal(200), "LPA"),
        ),
        documents=tuple(r.AdditionalDocument(category=c[:1], type=c[1:], id="1") for c in ("N935", "C505", "C506")),
        procedures=(r.Procedure("40", "00"), r.Procedure("000")),
        origins=(r.Origin("GB", "1"),),
    )
    told: dict[str, float] = {}
    for name, law in (("3_taxes", book.on(DAY)), ("5_taxes", Book.of(contents).on(DAY))):
        value = Money(500_000, law.currency)
        found = assess_item(item, value, law)
        if found.problems or len(found.duties) != int(name[0]):
            raise RuntimeError(f"the bench wants {name}: {found}")
        told[f"duty_{name}_us"] = cpu_us(lambda law=law: reckon(item, 500_000, law), 2000)
        told[f"duty_{name}_with_trace_us"] = cpu_us(lambda law=law, v=value: assess_item(item, v, law), 2000)
    return told


def _rules(book: Any) -> None:
    law = book.on(DAY)
    _ = law._rules, law._criteria  # compiled when first asked for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--xml", type=Path, default=EXAMPLE)
    parser.add_argument("--schema", type=Path, help="directory of the official WCO DEC schemas")
    arguments = parser.parse_args()
    told = figures(arguments.xml, arguments.schema)
    path = machine.write("pure", told)
    for name, value in told.items():
        sys.stdout.write(f"{name:<40} {value}\n")
    sys.stdout.write(f"written to {path}\n")


if __name__ == "__main__":
    main()
