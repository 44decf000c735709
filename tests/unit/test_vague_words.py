"""Descriptions that name no goods: what the law's own words know, in which languages, and what they leave alone."""

from __future__ import annotations

import csv
import hashlib
import re
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from customhouse.house.lawbooks import embedded_book
from customhouse.offices.longroom import vague


@pytest.fixture(scope="module")
def law() -> Any:
    return embedded_book().on(date(2026, 11, 26))


def test_a_vague_description_is_told_what_to_write_instead(law: Any) -> None:
    gift, parts = (vague.check(text, 1, law) for text in ("Gift!", "2 x spare parts"))
    assert gift is not None and "wool scarf" in gift.hint and parts is not None and "brake pads" in parts.hint
    assert vague.check("wool scarf", 1, law) is None and vague.check("", 1, law) is None


def test_every_list_that_is_read_is_among_those_that_a_draft_law_is_compared_by(law: Any) -> None:
    read = {vague.TERMS, vague.ALONE, vague.TYPES}  # by their entries, and by whoever asks

    class Noting:
        contents, date = law.contents, law.date

        def list_of(self, name: str) -> frozenset[str]:
            read.add(name)
            found: frozenset[str] = law.list_of(name)
            return found

    vague._known(Noting())  # type: ignore[arg-type]
    assert read == set(vague.LISTS)


@pytest.mark.parametrize(
    ("vague_one", "told", "true_one"),
    [
        ("Geschenk für Kinder XL", "", "Holzspielzeug: Eisenbahn"),
        ("84% polyester 16% nylon", "what is made of it", "polyester curtain"),
        ("bathroom accessories", "", "bathroom wash-basin taps"),
        ("RBR-2210 / PK", "A code is no description", "TV, 32 inches"),
        ("valve", "One word is not enough", "valve for radiators"),
        ("запчасти и аксессуары", "", "деревянные шахматы"),
        ("礼品", "a gift of a wool scarf", "木制国际象棋"),
        ("regalo di natale", "", "sciarpa di lana merino"),
        ("handling fee", "A fee, a paper", "handling gloves"),
        ("roofing products", "", "roofing felt"),
        ("tattoo supplies", "dumb-bells (9506)", "tattoo needles"),
        ("turbine parts", "saddles for bicycles (8714)", "bicycle parts"),
        ("Exch-T01043252", "A code is no description", "3-in-1 charger"),
        ("LAC-0048/BL gift", "a gift of a wool scarf", "LAC-0048/BL wool scarf"),
        ("partywear", "Say which garment", "tights"),
    ],
)
def test_words_of_several_languages_materials_trades_and_codes_name_no_goods(
    law: Any, vague_one: str, told: str, true_one: str
) -> None:
    problem = vague.check(vague_one, 1, law)
    assert problem is not None and told in problem.hint and problem.hint.count("(Customs (Parcels) Regulations") == 1
    assert vague.check(true_one, 1, law) is None


def test_a_refusal_names_kinds_of_goods_that_may_be_meant_from_the_law_and_from_the_tariff(law: Any) -> None:
    def hint(text: str) -> str:
        problem = vague.check(text, 1, law)
        assert problem is not None
        return problem.hint

    parts = "brake pads for cars (8708), saddles for bicycles (8714), screens for telephones (8517)"
    assert hint("Spare parts").endswith(f"description of goods). Goods that may be meant by spare: {parts}")
    assert hint("lids").find("Goods that") < 0  # nothing in the law or the tariff goes by it
    known = law.remembered(vague._known)
    by_tariff = {word for word in known.alone if word not in known.kinds and vague._one(word) in known.tariff}
    assert hint("jars").endswith("meant by jars: glass bottles and jars (7010)") and "shells" not in by_tariff
    for word in by_tariff:
        told = known.tariff[vague._one(word)]
        assert len(told) <= vague.MOST_KINDS and all(re.search(r" \(\d{4}\)$", one) for one in told)
        codes = {line.code: line.text["en"].lower() for line in law.contents.lines}
        assert all(codes[one[-5:-1]] == one[:-7] for one in told)


def test_every_kind_that_the_law_names_is_itself_told_well_enough(law: Any) -> None:
    entries = [e for e in law.contents.entries if e.list == vague.CANDIDATES]
    words = {*law.remembered(vague._known).terms, *law.remembered(vague._known).alone}
    assert len(entries) > 150 and {e.code for e in entries} <= words
    for entry in entries:
        for text in entry.text.values():
            kinds = re.split(r"(?<=\)), ", text)
            assert len(kinds) == vague.MOST_KINDS and all(re.fullmatch(r"[^()]+ \(\d{4}\)", kind) for kind in kinds)
            assert not [kind for kind in kinds if vague.check(kind[:-7], 1, law)], entry.code


@pytest.mark.conformance
def test_no_declared_description_of_a_real_message_is_refused_and_kinds_have_headings_of_the_harmonised_system(
    law: Any, shared_data: Path
) -> None:
    with tarfile.open(shared_data / "customs/messages/cds/cds_annotated_dev.tar.gz") as packed:
        texts = [packed.extractfile(m).read() for m in packed if m.name.endswith(".xml")]  # type: ignore[union-attr]
    goods = re.compile(rb"<(?:\w+:)?Commodity>\s*(?:<[^>]+>\s*)??<(?:\w+:)?Description>([^<]+)<")
    declared = {found.decode().strip() for text in texts for found in goods.findall(text)}
    real = {
        text for text in declared if not text.startswith("tt")
    }  # words that set off a test of their house: ttimportphysical
    assert len(real) > 100 and not [text for text in real if vague.check(text, 1, law)]
    with (shared_data / "docs/hs/hs2022_en.csv").open(encoding="utf-8") as file:
        headings = {row["hscode"][:4] for row in csv.DictReader(file)}
    told = " ".join(e.text["en"] for e in law.contents.entries if e.list == vague.CANDIDATES)
    assert not {code for code in re.findall(r"\((\d{4})\)", told) if code not in headings}


@pytest.mark.conformance
def test_how_many_of_foreign_vague_descriptions_our_list_knows(law: Any, shared_data: Path) -> None:
    """The list was written with one half of each set in sight; what counts is the other. Brands, codes and cut-off titles make
    up most of what it does not know; what it takes for vague among true descriptions are abbreviations and bare materials."""
    folder = shared_data / "docs/hs"

    def share(texts: list[str]) -> float:
        held = [text for text in texts if hashlib.sha256(text.encode()).digest()[0] & 1]
        return sum(vague.check(text, 1, law) is not None for text in held) / len(held)

    def column(name: str, file: str) -> list[str]:
        with (folder / file).open(encoding="utf-8") as rows:
            return [row[name] for row in csv.DictReader(rows)]

    with (folder / "vague_terms.csv").open(encoding="utf-8") as file:
        assert share([row[0] for row in csv.reader(file) if row]) > 0.32
    assert share(column("description", "hs2022_en.csv")) < 0.01
    assert share(column("description", "uk_descriptions_dev.csv")) < 0.042
    titles = (folder / "hscodecomp_dev.jsonl").read_text(encoding="utf-8").splitlines()
    assert share([msgspec.json.decode(line)["product_name"] for line in titles]) == 0
