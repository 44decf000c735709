"""Draft laws on the desk: handed in as a pack or a Book, tried on what is stored, and what every kind of bad file is answered with."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html
from msgspec.structs import replace
from typer.testing import CliRunner

from customhouse.clearance.draft_law import NotADraft, compiled
from customhouse.clearance.impact import Impact
from customhouse.desks import law_impact
from customhouse.house.cli import app
from customhouse.house.lawbooks import embedded_book
from customhouse.kernel.validity import Validity
from customhouse.law.book import Book, bind
from customhouse.law.pack import country_directory
from customhouse.law.terms import Criterion
from customhouse.offices.risk.backtest import Limits
from customhouse.record.declaration import Declaration
from customhouse.registry import law_drafts, reader

Desk = Callable[..., Client]
EVER = Validity(date(2020, 1, 1))


def archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as into:
        for name, data in files.items():
            into.writestr(name, data)
    return made.getvalue()


def pack() -> dict[str, bytes]:
    folder = country_directory("meridia")
    return {
        f"my-law/{p.relative_to(folder)}": p.read_bytes() for p in folder.rglob("*") if p.suffix in (".toml", ".csv")
    }


def draft() -> bytes:
    """A law that looks at every import."""
    contents = embedded_book().contents
    every = Criterion(
        validity=EVER, source="T", id="ZD01", expression="is_import", lane="RED", text={"en": "All", "fr": "Tout"}
    )
    return bind(replace(contents, version="desk-draft", criteria=(*contents.criteria, every)))


def said(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return words(answer.content)


def words(page: bytes) -> str:
    return " ".join(" ".join(html.fromstring(page.decode()).get_element_by_id("main").itertext()).split())


def hand_in(client: Client, data: bytes, name: str = "draft.book") -> str:
    answer = client.post("/law/drafts/hand-in", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, words(answer.content)
    return str(answer["Location"])


def test_a_pack_in_an_archive_is_the_book_that_it_compiles_to() -> None:
    assert Book.open(compiled(archive(pack()))).hash == embedded_book().hash
    assert compiled(draft()) == draft()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: b"", "law build"),
        (lambda: b"id,code\n1,2\n", "law build"),
        (lambda: draft()[:5000], "law build"),
        (lambda: archive({"readme.txt": b"no law"}), "holds no country.toml"),
        (lambda: archive({"../../etc/country.toml": b"x"}), "outside itself"),
        (lambda: archive({"/country.toml": b"x"}), "outside itself"),
        (lambda: archive(pack())[:4000], "cannot be read"),
        (lambda: archive({"a/country.toml": b'layers = ["../../../etc"]'}), "layer outside itself"),
        (lambda: archive({f"{n}.csv": b"" for n in range(2001)}), "more than 2000 files"),
        (lambda: archive(pack() | {"my-law/measures.csv": b"id,code\nM1,99999999999\n"}), "measures.csv"),
        (lambda: archive({"a/country.toml": b"\xff\xfe"}), "country.toml"),
        (lambda: archive(pack() | {"my-law/reliefs.csv": "Café;".encode("cp1252")}), "reliefs.csv"),
    ],
)
def test_what_is_no_draft_is_told_why(make: Callable[[], bytes], why: str) -> None:
    with pytest.raises(NotADraft) as fault:
        compiled(make())
    assert why in str(fault.value)
    assert all(p.label for p in fault.value.problems)


def test_a_draft_is_handed_in_once_and_seen_by_customs_alone(desk: Desk, house: None) -> None:
    officer = desk("officer", "en")
    where = hand_in(officer, archive(pack()), "law.zip")
    assert (
        where == f"/law/drafts/{embedded_book().hash}" and hand_in(desk("supervisor", "en"), archive(pack())) == where
    )
    assert "None of these differ" in said(officer, where) and "handed in by officer" in said(officer, where)
    assert officer.get("/law/drafts").content.decode().count(where) == 1
    assert "/law/drafts" in officer.get("/law").content.decode()
    assert "/law/drafts" not in desk("broker", "en").get("/law").content.decode()
    for account in ("broker", "cashier"):
        assert desk(account, "en").get("/law/drafts").status_code == desk(account, "en").get(where).status_code == 403
    auditor = desk("auditor", "en")
    assert "Hand in a draft" not in said(auditor, "/law/drafts") and "What would it do?" not in said(auditor, where)
    assert auditor.post(f"{where}/try", {}).status_code == auditor.post("/law/drafts/hand-in", {}).status_code == 403
    assert officer.get("/law/drafts/" + "0" * 64).status_code == 404
    wrong = officer.post("/law/drafts/hand-in", {"file": SimpleUploadedFile("x.zip", b"nothing")})
    assert wrong.status_code == 422 and "no law yet" in words(wrong.content)
    assert officer.post("/law/drafts/hand-in", {}).status_code == 422
    told = CliRunner().invoke(app, ["law", "draft", "meridia"])
    assert told.exit_code == 0 and where in told.output
    with reader.reading(reader.NOBODY):
        assert law_drafts.newest() == []


def test_a_draft_is_tried_on_the_day(desk: Desk, yellow: Declaration) -> None:
    officer = desk("officer", "en")
    where = hand_in(officer, draft())
    assert "Criterion ZD01" in said(officer, where)
    today = datetime.now(UTC).date()
    for typed in ({}, {"start": "x", "until": "y"}, {"start": str(today), "until": str(today - timedelta(3))},
                  {"start": str(today), "until": str(today), "as_of": "soon"}):  # fmt: skip
        answer = officer.post(f"{where}/try", typed)
        assert answer.status_code == 422 and "the first before the last" in words(answer.content)
    time = {"start": str(today), "until": str(today)}
    wanted = law_impact.Wanted(where.split("/")[-1], "declarations", today, today + timedelta(1), None, "officer")
    with reader.system():
        found = law_impact._answer(wanted, lambda _: None)
    assert found.found.lanes is not None and found.found.lanes.hits > 0
    cache.set(f"law-impact-{wanted.draft}", msgspec.json.encode(found), 60)
    told = said(officer, where)
    for part in (
        "What it would have done",
        "Looks a day by office",
        "Who goes where",
        "change their lane",
    ):
        assert part in told, part
    assert "Qui va où" in said(desk("officer", "fr"), where)
    cache.set(f"law-tried-{wanted.draft}", {"done": 5, "of": 20}, 60)
    assert "5 of 20 are gone through" in said(officer, where)
    cache.set(f"law-tried-{wanted.draft}", {"fault": "no room"}, 60)
    assert "no room" in said(officer, where) and "no room" not in said(officer, where)
    begun = officer.post(f"{where}/try", time | {"of": "declarations", "start": "2019-01-01", "until": "2019-01-02"})
    assert begun.status_code == 302 and "What it would have done" in said(officer, where)
    assert law_impact.answer(wanted.draft).asked.start == date(2019, 1, 1)  # type: ignore[union-attr]


def test_nothing_at_all_is_an_answer_too(desk: Desk, house: None, tmp_path: Path) -> None:
    from customhouse.desks.whatif import Asked, try_law

    empty = try_law(Asked(embedded_book(), "declarations", date(2019, 1, 1), date(2019, 1, 2), Limits()), tmp_path)
    assert isinstance(empty, Impact) and empty.declarations == 0 and empty.lanes is not None and empty.lanes.moves == ()
