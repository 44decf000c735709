"""Rows that all say something besides: columns say the same as the line, and ask the offices once for each kind of them."""

from __future__ import annotations

import random
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from odd import odd_law

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

import pyarrow as pa
from bench.equal import DAY, Twins, rows_of
from tests.stream.forms import read

from customhouse.kernel.money import Rounding
from customhouse.law.book import Book
from customhouse.law.selectivity import NO_SELECTIVITY
from customhouse.offices import value as valuation_office
from customhouse.record.parcel import Parcel, entries
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels import claims
from customhouse.stream.parcels.claims import NOTHING, Produced, Reading
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.kernel import VERDICTS, Verdicts, answer
from customhouse.stream.parcels.rows import shaped

NEEDS = {
    "documents": (
        "", "N851|{n}", "N851||XP", "N851|{n}|XX; N954", "N954|A-{n}|XP; U164", "N865||XX; N865|{n}", "D008|{n}",
        "C635|GBICP{n}|AC; Y922|||No fur", "N935|SO-{n}", "X",
    ),
    "statements": ("", "NIIMP", "NIIMP|told {n}; 1FV", "1FV", "00500|IMPORTER {n}; NIIMP", "00500"),
    "tax_parties": ("", "FR1|XM{n}", "FR2|GB{n}; FR1", "FR5"),
    "agent": ("", "XM{n}"),
    "representation": ("", "2", "3"),
    "procedures": ("", "C07", "C08", "C07 F48", "C30"),
}  # fmt: skip
"""What rows of these tests say, with a number of their own; the law of `odd` makes most of it count."""
REGISTERS = {"documents": ("N852|MOH-{n}", "N741|{n}; N785|M-1"), "previous": ("N785|M-1; N740|172-{n}",)}


def talking(count: int, *seed: object, codes: tuple[str, ...] = (), **more: tuple[str, ...]) -> list[Parcel]:
    """Parcels every one of which says something besides."""
    chance = random.Random("/".join(map(str, seed)))
    made = []
    for n, parcel in enumerate(parcels(count, "talking", *seed)):
        said = {name: chance.choice(texts).format(n=n) for name, texts in (NEEDS | more).items()}
        if not any(said.values()):
            said["statements"] = "NIIMP"
        changed = replace(parcel, **said, currency=parcel.currency or "USD")
        made.append(replace(changed, code=chance.choice(codes)) if codes else changed)
    return made


class Counting(Twins):
    """Twins that count the rows which the line is asked about."""

    def __init__(self, law: Any = None) -> None:
        super().__init__(NO_SELECTIVITY, law)
        self.asked: Counter[int] = Counter()
        self.kernel.line = self._counted

    def _counted(self, number: int, *rest: Any) -> Any:
        self.asked[number] += 1
        return self.line(number, *rest)


def agree(twins: Counting, made: list[Parcel], *numbers: int) -> list[Verdicts]:
    """What columns say of parcels, chunk by chunk; every row is held to the line."""
    size, day, found = -(-len(made) // len(numbers)), Day(), []
    for place, number in enumerate(numbers):
        part = twins.kernel.judge(rows_of(made[place * size : (place + 1) * size]), number, day)
        assert list(twins.differences(part)) == []
        found.append(part)
    return found


def test_under_a_law_in_which_it_all_counts_columns_say_what_the_line_says() -> None:
    law = Book.of(odd_law(Rounding("half_even", 1))).on(DAY)
    codes = tuple(sorted({m.code for m in law.contents.measures if len(m.code) == 8 and m.conditions}))
    twins = Counting(law)
    made = talking(450, "odd", codes=codes)
    found = agree(twins, made, 1, 2)
    verdicts = Counter(VERDICTS[v] for part in found for v in part.verdict.tolist())
    assert min(verdicts[name] for name in ("released", "due", "file")) > 20
    assert len(twins.asked) < 0.75 * len(made)  # a deposit, a forbidden good and a lacking quantity are the offices'


def test_meridia_settles_nearly_all_of_them_in_columns() -> None:
    """What remains is a deposit (1FV on dutiable goods) and what plain parcels leave to the line as well."""
    twins, made = Counting(), talking(600, "meridia", statements=("", "NIIMP", "00500|IMPORTER {n}; NIIMP"))
    plain = Counting()
    agree(plain, [replace(p, documents="", statements="", tax_parties="", agent="") for p in made], 1)
    agree(twins, made, 1)
    assert len(twins.asked) <= len(plain.asked) + 5


def test_a_deposit_holds_the_goods_as_on_the_line() -> None:
    made = talking(200, "deposit", statements=("1FV",), procedures=("",), documents=("",))
    twins = Counting()
    (found,) = agree(twins, made, 1)
    assert sum("must be secured" in told for told in found.told.values()) > 20


@pytest.mark.parametrize(("field", "told"), [("documents", "permit|manifest"), ("previous", "manifest")])
def test_what_another_register_must_answer_is_left_to_the_line(field: str, told: str) -> None:
    """Permits, and goods that have not arrived: also where only a previous document speaks of them."""
    made = talking(120, field, **{field: REGISTERS[field]})
    twins = Counting()
    (found,) = agree(twins, made, 1)
    taken = [n for n, v in enumerate(found.verdict.tolist()) if VERDICTS[v] != "refused" and VERDICTS[v] != "repeated"]
    assert taken and all(found.verdict[n] == VERDICTS.index("file") for n in taken)
    assert all(any(f'"{rule}"' in found.told[n] for rule in told.split("|")) for n in taken)


def test_what_few_rows_say_goes_to_the_line_and_comes_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = talking(200, "rare")
    many = Counting()
    whole = agree(many, made, 1)
    monkeypatch.setattr(claims, "MOST_KINDS", 3)
    few = Counting()
    rare = agree(few, made, 1)
    assert len(few.asked) > len(many.asked) + 50
    said, plain = ([answer(one, n)._replace(told="") for n in range(len(made))] for one in (rare[0], whole[0]))
    assert said == plain
    assert rare[0].taxes == whole[0].taxes


def test_where_what_is_said_changes_the_value_columns_do_not_value_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No law does so today: the valuation office is asked all the same, once for each kind, and believed."""
    value = valuation_office.value
    asked: list[str] = []

    def doubled(lodged: Any, law: Any) -> Any:
        documents = [d.code for d in lodged.items[0].documents]
        asked.extend(documents)
        goods = lodged.items[0].commodity
        if "Y922" not in documents:
            return value(lodged, law)
        twice = replace(goods, price=replace(goods.price, value=goods.price.value * 2))
        shipment = replace(lodged.goods_shipment, items=(replace(lodged.items[0], commodity=twice),))
        return value(replace(lodged, goods_shipment=shipment), law)

    monkeypatch.setattr(valuation_office, "value", doubled)
    made = talking(300, "value", documents=("Y922", "C635|{n}"))
    twins = Counting()
    worth, rows = twins.kernel.worth, rows_of(made)
    _, certain = worth.values(rows, worth.reading.kinds(rows))
    says = np.array(["Y922" in p.documents for p in made])
    assert not certain[says].any() and certain[~says].sum() > 100 and asked.count("C635") < 10
    agree(twins, made, 1)


# --- what is read -----------------------------------------------------------------------------------------------------


def test_numbers_and_words_make_no_kind_of_their_own() -> None:
    law = Book.of(odd_law(Rounding("half_even", 1))).on(DAY)
    made = [
        replace(p, documents=f"C635|L-{n}|AC; N851|{n}|; Y922|||fur {n}; C635|M|AC", statements=f"00500|IMPORTER {n}; NIIMP|{n}",
                tax_parties=f"FR2|GB{n}; FR1|{n}", agent=f"XM{n}", currency="USD")
        for n, p in enumerate(parcels(300, "kinds"))
    ]  # fmt: skip
    kinds = Reading(law).kinds(rows_of(made))
    assert kinds.all == (Produced("C635|1|AC; N851|1; Y922", "NIIMP", "FR1"),) and not kinds.of.any()
    (one,) = kinds.all
    claim = one.claim("C07 F48", seller=True, invoice=True)
    assert (claim.documents, claim.waived) == (("N935", "N851", "Y922"), (("C635", "AC"),))
    assert (claim.statements, claim.roles, claim.additional_procedures) == (("NIIMP",), ("FR5", "FR1"), ("C07", "F48"))
    assert Reading(law).kinds(rows_of(list(parcels(5, "nothing")))).all == (NOTHING,)


PARTS = st.text(st.sampled_from("AB1 \u00a0\u3000\x85é"), max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(PARTS, max_size=5).map("|".join), max_size=4).map(";".join))
def test_the_shape_of_entries_differs_from_them_in_second_parts_only(text: str) -> None:
    """By the expression on many texts, as by Python on one."""
    shapes, place = shaped(pa.array([text, *(f"N{n}|{n}" for n in range(100))]))
    told, meant = entries(text), entries(shapes[place[0]])
    assert [(*t[:1], bool(t[1:2] and t[1]), *t[2:]) for t in told] == [
        (*m[:1], bool(m[1:2] and m[1]), *m[2:]) for m in meant
    ]
    assert all(m[1] in ("", "1") for m in meant if len(m) > 1)


def test_whole_numbers_are_counted_alike_by_table_and_by_sorting() -> None:
    key = np.random.default_rng(1).integers(0, 5000, 4000)
    by_table, by_sorting = claims.alike(key, 5000), claims.alike(key, 1 << 40)
    for one, other in zip(by_table, by_sorting, strict=True):
        assert (one == other).all()
    assert (by_table[0][by_table[1]] == key).all()
    assert [len(part) for part in claims.alike(key[:0], 0)] == [0, 0, 0]


@pytest.mark.conformance
def test_the_real_declarations_of_the_reduced_data_set_stay_in_columns(tmp_path: Path, shared_data: Path) -> None:
    """Those of the annotated CDS samples, each many times under numbers of its own: columns settle them as the line does."""
    real = []
    with tarfile.open(shared_data / "customs/messages/cds/cds_annotated_dev.tar.gz") as packed:
        for member in packed:
            data = packed.extractfile(member).read() if member.name.endswith(".xml") else b""  # type: ignore[union-attr]
            if b"CurrentCode>1H7<" in data:
                (path := tmp_path / "one.xml").write_bytes(data)
                real += read(path, of=None)[0].values()
    assert len(real) == 4 and all("NIIMP" in p.statements for p in real)
    further = ("documents", "statements", "tax_parties", "previous", "location", "representation", "nationality")
    plain = [p for p in parcels(400, "real") if p.currency]
    made = [
        replace(p, **{name: getattr(real[n % 4], name).replace("|", f"|{n}", 1) for name in further})
        for n, p in enumerate(plain)
    ]
    twins = Counting()
    (found,) = agree(twins, made, 1)
    verdicts = Counter(answer(found, n).verdict for n in range(len(made)))
    assert verdicts["released"] > 300 and len(twins.asked) < 10
