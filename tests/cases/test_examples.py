"""The sample declarations in examples/: read by their gates, walked along the line, each does what its page says."""

import hashlib
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from customhouse.clearance.line import Context, walk
from customhouse.gates import json as json_gate
from customhouse.gates import wco_xml
from customhouse.kernel.problem import Refusal
from customhouse.law.book import Book, compile_pack
from customhouse.record.declaration import Stage

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
EXPECTED = tomllib.loads((EXAMPLES / "expected.toml").read_text("utf-8"))
KINDS = ("good/*.xml", "bad/*.xml", "good/*.json", "bad/*.json")
FILES = [p.relative_to(EXAMPLES).as_posix() for kind in KINDS for p in sorted(EXAMPLES.glob(kind))]
DAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
READ = {".xml": wco_xml.read, ".json": json_gate.read}


@pytest.fixture(scope="module")
def law():
    return Book.open(compile_pack(ROOT / "countries" / "meridia")).on(DAY.date())


def outcome(name, law, number=1):
    """What becomes of an example, in the words of expected.toml."""
    path = EXAMPLES / name
    data = path.read_bytes()
    try:
        lodged = READ[path.suffix](data)
    except Refusal as refusal:
        return {"outcome": "unreadable", "rules": sorted({p.rule for p in refusal.problems})}
    context = Context(law, DAY, b"examples")
    digest = hashlib.sha256(data).hexdigest()
    done = walk(lodged, context, number=number, by="test", format=path.suffix[1:], digest=digest)
    d = done.declaration
    rules = sorted({p.rule for p in done.problems})
    if d.stage is Stage.REFUSED:
        return {"outcome": "refused", "rules": rules}
    told = {
        "outcome": "accepted",
        "lane": d.lane.value,
        "reasons": [r.rule for r in d.selection.reasons if r.rule != "no-finding"],
        "holds": sorted(f"{h.kind.value} {h.ref}".strip() for h in d.holds),
        "due": str(d.assessed.total.amount),
        "payable": str(d.assessed.payable.amount),
        "rules": rules,
    }
    assert (d.stage is Stage.RELEASED) == (not d.holds)
    return {key: value for key, value in told.items() if value or key == "holds"}


def test_every_example_is_expected_and_every_expectation_has_its_example():
    assert sorted(EXPECTED) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_example_does_what_its_page_says(name, law):
    assert outcome(name, law) == EXPECTED[name]


def test_the_readme_names_every_example():
    page = (EXAMPLES / "README.md").read_text("utf-8")
    for name in FILES:
        assert f"`{name}`" in page, name


def test_malformed_xml_names_line_and_column():
    with pytest.raises(Refusal) as caught:
        wco_xml.read((EXAMPLES / "bad/01-malformed.xml").read_bytes())
    assert all("line" in p.where and "column" in p.where for p in caught.value.problems)


def test_problems_of_one_file_come_all_at_once_with_places(law):
    lodged = json_gate.read((EXAMPLES / "bad/05-many-problems.json").read_bytes())
    done = walk(lodged, Context(law, DAY, b"examples"), number=1, by="test", format="json", digest="")
    errors = [p for p in done.problems if p.severity == "error"]
    assert len(errors) >= 10 and all(p.where for p in errors)
    assert {"[1]", "[2]"} <= {p.where[p.where.index("[") : p.where.index("]") + 1] for p in errors if "[" in p.where}


def test_why_the_third_item_pays_although_it_claims_a_preference(law):
    lodged = wco_xml.read((EXAMPLES / "good/02-preference-three-items.xml").read_bytes())
    done = walk(lodged, Context(law, DAY, b"examples"), number=1, by="test", format="xml", digest="")
    duty = {x.item: x for x in done.declaration.assessed.duties if x.type == "A00"}
    assert [duty[n].amount.minor for n in (1, 2)] == [0, 0] and duty[3].amount.minor > 0
    assert "proof of origin N954" in duty[3].note


def test_xml_and_json_say_the_same():
    for name in FILES:
        if name.startswith("good/") and name.endswith(".xml"):
            lodged = wco_xml.read((EXAMPLES / name).read_bytes())
            assert json_gate.read(json_gate.write(lodged)) == lodged
            assert wco_xml.read(wco_xml.write(lodged)) == lodged
