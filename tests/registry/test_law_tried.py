"""A draft law on stored declarations: the law in force changes nothing, another says what walking each under it says, in columns or not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("numpy", reason="columns need the extra `stream`")

from msgspec.structs import replace
from typer.testing import CliRunner

from customhouse.clearance.context import context_now
from customhouse.clearance.impact import Impact
from customhouse.clearance.line import walk
from customhouse.clearance.lodge import lodge
from customhouse.desks.whatif import Asked, try_law
from customhouse.desks.whatif_declarations import published
from customhouse.house.cli import app
from customhouse.kernel.money import Rounding
from customhouse.kernel.problem import errors
from customhouse.kernel.validity import Validity
from customhouse.law.agency import AgencyCriterion
from customhouse.law.book import Book, bind
from customhouse.law.expression import parse
from customhouse.law.measure import Measure
from customhouse.law.terms import BusinessRule, Criterion, Membership
from customhouse.offices.risk.backtest import Limits
from customhouse.record import codec
from customhouse.record.declaration import Declaration, HoldKind, Stage
from customhouse.record.history import NO_HISTORY
from customhouse.record.lanes import Lane
from customhouse.record.parcel import is_parcel
from customhouse.registry import history, lawbook
from customhouse.simulator import World, file

pytestmark = pytest.mark.usefixtures("house")
DAY = date(2027, 6, 10)
NEXT = DAY + timedelta(1)
AT = datetime(2027, 6, 10, 8, tzinfo=UTC)
EVER = Validity(date(2020, 1, 1))
TEXT = {"en": "Test", "fr": "Test"}


@pytest.fixture(scope="module")
def day(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Declaration]]:
    with django_db_blocker.unblock():
        for shipment in World(31, DAY).trade(130, run="law"):
            lodge(codec.encode(file(shipment).lodgement), by="test", at=AT)
        yield [p.declaration for p in history.accepted(DAY, NEXT) if not is_parcel(p.declaration.id)]


def tried(draft: Book, data: Path, *, slow: bool = False, as_of: date | None = None) -> Impact:
    return try_law(Asked(draft, "declarations", DAY, NEXT, Limits(), as_of, slow), data)


def told(sums: Impact) -> Any:
    """The answer without how it was come by, and without what is zero."""
    plain = msgspec.to_builtins(sums)
    del plain["singly"]
    for part in ("chapters", "origins", "taxes"):
        plain[part] = {k: c for k, c in plain[part].items() if any(c.values())}
    plain["holds"] = {kind: n for kind, n in plain["holds"].items() if any(n)}
    plain["unjudged"].sort()
    return plain


def by_itself(stored: list[Declaration], draft: Book) -> dict[str, Any]:
    """What walking each anew under the draft says: lanes before and after, refusals, papers that are lacking, what is payable."""
    found: dict[str, Any] = {
        "moves": Counter(),
        "refused": Counter(),
        "papers": [0, 0],
        "seen": [0, 0],
        "before": 0,
        "after": 0,
    }
    for d in stored:
        if d.selection is None or d.assessed is None or d.verified is None:
            continue
        law = draft.on(DAY)
        under = replace(context_now(AT), law=law, history=d.selection.history or NO_HISTORY)
        made = walk(d.lodged, under, number=d.id, by="t", format="json", digest="")
        if made.declaration.stage is Stage.REFUSED:
            order = [rule.id for rule in draft.contents.rules]
            found["refused"][min((p.rule for p in errors(made.problems)), key=order.index)] += 1
            continue
        becomes = made.declaration
        assert becomes.assessed is not None and becomes.selection is not None and becomes.verified is not None
        found["moves"][d.selection.lane, becomes.selection.lane] += 1
        lacks = [not all(r.met for r in v.requirements) for v in (d.verified, becomes.verified)]
        found["papers"][0] += lacks == [False, True]
        found["papers"][1] += lacks == [True, False]
        was = walk(
            d.lodged, replace(under, law=lawbook.current(DAY).on(DAY)), number=d.id, by="t", format="json", digest=""
        )
        seen = [any(h.kind is HoldKind.AGENCY for h in one.declaration.holds) for one in (was, made)]
        found["seen"][0] += seen == [False, True]
        found["seen"][1] += seen == [True, False]
        found["before"] += d.assessed.payable.minor
        found["after"] += becomes.assessed.payable.minor
    return found


def criterion(id: str, expression: str, lane: Lane) -> Criterion:
    return Criterion(validity=EVER, source="Test", id=id, expression=expression, lane=lane.value, text=TEXT)


def measure(id: str, code: str, expression: str, *documents: str) -> Measure:
    said = parse(expression) if expression else None
    return Measure(id, code, "A00" if expression else "", "*", EVER, "Test", "", said, expression, documents=documents)


def drafts(book: Book, stored: list[Declaration]) -> dict[str, Book]:
    """Drafts that each change one part of the law, and one that changes all of them."""
    c = book.contents
    codes = Counter(item.commodity.code[:4] for d in stored for item in d.lodged.items)
    origin = Counter(
        i.origin for d in stored for i in d.lodged.items if i.commodity.code[:4] in dict(codes.most_common(6))
    ).most_common(1)[0][0]
    often = [code for code, _ in codes.most_common(6)]
    rule = BusinessRule(
        validity=EVER, source="Test", id="ZZ01", expression=f"not starts(code, '{often[0]}')", text=TEXT, where="GoodsShipment", hint=TEXT
    )  # fmt: skip
    gone = {x.id for x in c.criteria if "customs_value_total" in x.expression or "value_per_kg" in x.expression}
    listed = {**c.lists, "watch_origins": (*c.lists["watch_origins"], "CN", "VN", "IN")}
    parts: dict[str, dict[str, Any]] = {
        "criteria": {
            "criteria": (
                *(x for x in c.criteria if x.id not in gone),
                criterion("ZC01", f"starts(code, '{often[1]}')", Lane.RED),
                criterion("ZC02", "item_count > 2 and customs_value_total > 500000", Lane.BLUE),
            )
        },
        "list": {"lists": listed, "criteria": (*c.criteria, criterion("ZC03", "origin in watch_origins", Lane.YELLOW))},
        "amounts": {"criteria": (*c.criteria, criterion("ZC04", "duty > 100000", Lane.YELLOW)),
                    "measures": (*(m for m in c.measures if not (m.code[:2] == often[2][:2] and not m.preference)),
                                 measure("ZM01", often[2], "37 %"))},
        "form": {"rules": (*c.rules, rule)},
        "papers": {"measures": (*c.measures, measure("ZM02", often[3], "", "Y999"))},
        "rate": {"measures": tuple(replace(m, expression=parse("21 %"), expression_text="21 %")
                                   if m.tax_type == "B00" and m.expression and not m.documents else m for m in c.measures)},
        "share": {"random_share": tuple(replace(s, ppm=400_000) for s in c.random_share)},
        "groups": {"measures": (*c.measures, *(replace(measure(f"ZM1{n}", code, "49 %"), area="ZZG") for n, code in enumerate(often))),
                   "memberships": (*c.memberships, Membership(validity=EVER, source="Test", group="ZZG", country=origin))},
        "rounding": {"rounding": Rounding(unit=100)},
        "agencies": {"agency_criteria": (*c.agency_criteria, AgencyCriterion(
            validity=EVER, source="Test", agency=c.agencies[0].code, id="ZA01", expression=f"starts(code, '{often[0]}')", text=TEXT
        ))},
    }  # fmt: skip
    everything = {"rules": parts["form"]["rules"], **parts["share"], **parts["criteria"], **parts["papers"]}
    return {
        name: Book.of(replace(c, version="draft", **change)) for name, change in {**parts, "all": everything}.items()
    }


def test_the_law_in_force_changes_nothing(day: list[Declaration], tmp_path: Path) -> None:
    book = lawbook.current(DAY)
    in_columns, alone = tried(book, tmp_path), tried(book, tmp_path, slow=True)
    assert told(in_columns) == told(alone)
    assert alone.singly > in_columns.singly
    for found in (in_columns, alone):
        assert found.lanes is not None and found.lanes.moves == () and found.lanes.hits == 0
        assert (found.changed, found.refused, found.total.difference, found.unread) == (0, {}, 0, 0)
        assert not any(any(n) for n in found.holds.values())
        assert found.declarations > 100 and found.lanes.declarations >= found.declarations
        assert all(w.after_a_day == w.before_a_day for w in found.lanes.workload)


@pytest.mark.parametrize(
    "name", ["criteria", "list", "amounts", "form", "papers", "rate", "share", "groups", "rounding", "agencies", "all"]
)
def test_a_draft_says_what_walking_each_under_it_says(name: str, day: list[Declaration], tmp_path: Path) -> None:
    draft = drafts(lawbook.current(DAY), day)[name]
    expected = by_itself(day, draft)
    in_columns = tried(draft, tmp_path)
    assert told(in_columns) == told(tried(draft, tmp_path, slow=True))
    assert in_columns.lanes is not None
    moves = {(m.before, m.after): m.declarations for m in in_columns.lanes.moves}
    assert moves == {move: n for move, n in expected["moves"].items() if move[0] is not move[1]}
    assert in_columns.lanes.declarations == sum(expected["moves"].values())
    assert in_columns.refused == dict(expected["refused"])
    assert list(in_columns.holds.get("documents", (0, 0))) == expected["papers"]
    assert list(in_columns.holds.get("agency", (0, 0))) == expected["seen"]
    assert (in_columns.total.before, in_columns.total.after) == (expected["before"], expected["after"])
    changed: dict[str, Any] = {
        "form": in_columns.refused,
        "papers": expected["papers"][0],
        "rate": in_columns.changed,
        "rounding": in_columns.changed,
        "groups": in_columns.changed,
        "agencies": expected["seen"][0],
    }
    assert changed.get(name, moves), "a draft that changes nothing proves nothing"


def test_a_draft_of_later_is_tried_as_it_stands_on_a_day(day: list[Declaration], tmp_path: Path) -> None:
    later = Validity(date(2028, 1, 1))
    c = lawbook.current(DAY).contents
    draft = Book.of(
        replace(c, criteria=(*c.criteria, replace(criterion("ZL01", "is_import", Lane.RED), validity=later)))
    )
    assert tried(draft, tmp_path).lanes.hits == 0  # type: ignore[union-attr]
    found = tried(draft, tmp_path, as_of=later.start)
    assert told(found) == told(tried(draft, tmp_path, as_of=later.start, slow=True))
    assert found.lanes is not None and found.lanes.after["RED"] > 0.9 * found.lanes.declarations
    assert found.lanes.looks > 0 and sum(w.after for w in found.lanes.workload) > sum(
        w.before for w in found.lanes.workload
    )


def test_the_command_tells_it(day: list[Declaration], tmp_path: Path) -> None:
    draft = tmp_path / "draft.book"
    draft.write_bytes(bind(drafts(lawbook.current(DAY), day)["all"].contents))
    said = CliRunner().invoke(app, ["law", "impact", str(draft), "--on", str(DAY)])
    assert said.exit_code == 0, said.output
    for words in (
        "the lane of",
        "the form would refuse",
        "for ZZ01",
        "more would be held for a document",
        "looks (YELLOW or RED)",
    ):
        assert words in said.output, said.output
    plain = json.loads(CliRunner().invoke(app, ["law", "impact", str(draft), "--on", str(DAY), "--json"]).stdout)
    assert plain["of"] == "declarations" and plain["lanes"]["moves"] and plain["refused"]["ZZ01"] > 0
    assert (
        published(lawbook.current(DAY).hash).hash == lawbook.current(DAY).hash and Decimal(plain["total"]["before"]) > 0
    )
