"""Drafts on the desk: fields saved as they are left, forms that come back whole, a list, templates, copies."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html
from tests.registry import papers

from customhouse.desks import lodge_draft
from customhouse.desks.lodge_form import Draft
from customhouse.record.declaration import Declaration
from customhouse.registry import drafts, files

Typed = Callable[..., dict[str, str]]
WHO = drafts.Owner("broker", papers.BROKER)
_count = itertools.count(1)


def new_key() -> str:
    return f"{uuid.uuid4().hex[:8]}-{next(_count)}"


def named(key: str, version: int = 0, window: str = "one-window") -> dict[str, str]:
    """What the form sends beside its fields."""
    return {"draft": key, "draft_version": str(version), "draft_window": window, "draft_owner": "broker"}


def typed_in(page: str) -> dict[str, str]:
    form: Any = html.fromstring(page).get_element_by_id("lodge-form")
    return {name: value or "" for name, value in form.form_values()}


def save(client: Client, key: str, base: int, changes: Any, window: str = "one-window") -> Any:
    body = json.dumps({"base": base, "window": window, "changes": changes})
    return client.post(f"/drafts/{key}/fields", body, content_type="application/json")


def test_every_field_of_the_form_is_a_field_of_a_draft(desk: Callable[..., Client]) -> None:
    page = desk("broker").get("/lodge").content.decode()
    own = {"csrfmiddlewaretoken", "draft", "draft_version", "draft_window", "draft_owner"}
    names = typed_in(page).keys() - own
    assert len(names) > 30
    assert {n for n in names if not lodge_draft.NAME.fullmatch(n)} == set()
    assert lodge_draft.flat(Draft.of(typed_in(page))).keys() == names


def test_a_field_is_saved_and_the_form_comes_back_with_it(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    first = save(broker, key, 0, form)
    assert first.status_code == 200
    assert first.json()["version"] == 1
    assert save(broker, key, 1, {"importer_name": "Changed Ltd", "nonsense": "x"}).json()["version"] == 2
    page = broker.get(f"/lodge?draft={key}").content.decode()
    assert {**form, "importer_name": "Changed Ltd"}.items() <= typed_in(page).items()
    assert typed_in(page)["draft_version"] == "2"
    stored = drafts.get(WHO, key)
    assert stored is not None
    assert "nonsense" not in stored.fields


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("0123456789abcdef", "{"),
        ("0123456789abcdef", '{"base": -1, "window": "one-window", "changes": {}}'),
        ("0123456789abcdef", '{"base": 1, "window": "one-window", "changes": {"lrn": 5}}'),
        ("0123456789abcdef", '{"base": 1, "window": "<script>", "changes": {}}'),
        ("five5", '{"base": 0, "window": "one-window", "changes": {}}'),
    ],
)
def test_what_is_no_save_is_refused(key: str, body: str, desk: Callable[..., Client]) -> None:
    answer = desk("broker").post(f"/drafts/{key}/fields", body, content_type="application/json")
    assert answer.status_code == 400
    assert drafts.get(WHO, key) is None


def test_two_windows_are_told_of_each_other(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    save(broker, key, 0, form)
    save(broker, key, 1, {"importer_name": "From the first"})
    second = save(broker, key, 1, {"importer_name": "From the second"}, "two-window")
    assert second.json()["clashes"] == {"importer_name": "From the first"}
    broker.post("/lodge", {**form, **named(key, 2), "importer_name": "From the first", "add": "1"})
    third = save(broker, key, 2, {"item-1-price": "1"}, "two-window")
    assert (third.status_code, third.json()["outcome"]) == (409, "moved")
    page = broker.post("/lodge", {**form, **named(key, 2, "two-window"), "save": "1"}).content.decode()
    moved = html.fromstring(page).get_element_by_id("moved")
    assert "hidden" not in moved.attrib
    over = {**form, **named(key, 2, "two-window"), "save_over": "1", "importer_name": "Mine"}
    assert broker.post("/lodge", over).status_code == 302
    assert drafts.get(WHO, key).fields["importer_name"] == "Mine"  # type: ignore[union-attr]


def test_saving_by_a_button_works_without_a_script(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    answer = broker.post("/lodge", {**form, **named(key), "save": "1"})
    assert (answer.status_code, answer["Location"]) == (302, f"/lodge?draft={key}")
    page = broker.get(answer["Location"]).content.decode()
    assert form.items() <= typed_in(page).items()
    assert "Saved <time" in page


def test_what_is_refused_checked_or_changed_is_saved_as_it_stands(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key = desk("broker"), new_key()
    broker.post("/lodge", {**typed(**{"item-1-price": "twelve"}), **named(key), "lodge": "1"})
    assert drafts.get(WHO, key).fields["item-1-price"] == "twelve"  # type: ignore[union-attr]
    page = broker.post("/lodge", {**typed(), **named(key, 1), "add": "1"}).content.decode()
    assert typed_in(page)["draft_version"] == "2"
    assert "item-2-code" in drafts.get(WHO, key).fields  # type: ignore[union-attr]


def test_what_was_lodged_leaves_no_draft(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    save(broker, key, 0, form)
    broker.post("/lodge", {**form, **named(key, 1), "lodge": "1"})
    assert files.by_lrn(papers.BROKER, form["lrn"]) is not None
    assert drafts.get(WHO, key) is None
    assert save(broker, key, 1, {"lrn": "late"}).json()["outcome"] == "gone"


def test_what_another_window_typed_outlives_the_lodging_of_this_one(desk: Callable[..., Client], typed: Typed) -> None:
    broker, key, form = desk("broker"), new_key(), typed()
    save(broker, key, 0, form)
    save(broker, key, 1, {"item-1-description": "Typed in the other window"}, "two-window")
    broker.post("/lodge", {**form, **named(key, 1), "lodge": "1"})
    assert files.by_lrn(papers.BROKER, form["lrn"]) is not None
    kept = drafts.get(WHO, key)
    assert kept is not None
    assert kept.fields["item-1-description"] == "Typed in the other window"


def test_an_amendment_by_file_leaves_what_was_typed(desk: Callable[..., Client], yellow: Declaration) -> None:
    broker, key = desk("broker"), f"amend-{yellow.id}"
    form = typed_in(broker.get(f"/declaration/{yellow.id}/amend").content.decode())
    body = {"base": 0, "window": "one-window", "about": yellow.id}
    changes = {k: v for k, v in form.items() if lodge_draft.NAME.fullmatch(k)} | {"reason": "Half typed"}
    broker.post(f"/drafts/{key}/fields", {**body, "changes": changes}, content_type="application/json")
    data = SimpleUploadedFile("new.json", files.source(yellow.id), "application/json")
    broker.post(f"/declaration/{yellow.id}/amend/file", {"file": data, "reason": "By file"})
    assert files.get(yellow.id).version == 2
    assert drafts.get(WHO, key) is not None


def test_an_amendment_is_a_draft_too(desk: Callable[..., Client], yellow: Declaration) -> None:
    broker, key = desk("broker"), f"amend-{yellow.id}"
    form = typed_in(broker.get(f"/declaration/{yellow.id}/amend").content.decode())
    assert (form["draft"], form["draft_version"]) == (key, "0")
    body = {"base": 0, "window": "one-window", "about": yellow.id}
    changes = {k: v for k, v in form.items() if lodge_draft.NAME.fullmatch(k)} | {"reason": "Wrong", "item-1-net": "9"}
    answer = broker.post(f"/drafts/{key}/fields", {**body, "changes": changes}, content_type="application/json")
    assert answer.status_code == 200
    again = typed_in(broker.get(f"/declaration/{yellow.id}/amend").content.decode())
    assert (again["reason"], again["item-1-net"], again["draft_version"]) == ("Wrong", "9", "1")
    assert broker.get(f"/lodge?draft={key}")["Location"] == f"/declaration/{yellow.id}/amend"
    broker.post(f"/declaration/{yellow.id}/amend", {**again, "item-1-net": "1900", "lodge": "1"})
    assert files.get(yellow.id).version == 2
    assert drafts.get(WHO, key) is None


def test_a_draft_of_an_amendment_is_of_an_own_declaration(desk: Callable[..., Client], foreign: Declaration) -> None:
    body = {"base": 0, "window": "one-window", "about": foreign.id, "changes": {"lrn": "x"}}
    key = f"amend-{foreign.id}"
    answer = desk("broker").post(f"/drafts/{key}/fields", body, content_type="application/json")
    assert answer.status_code == 404
    assert drafts.get(WHO, key) is None


def test_the_list_says_what_is_missing_and_throws_away(desk: Callable[..., Client], typed: Typed) -> None:
    broker, good, bad = desk("broker"), new_key(), new_key()
    save(broker, good, 0, typed(lrn="LIST-GOOD"))
    save(broker, bad, 0, typed(lrn="LIST-BAD", **{"item-1-price": "twelve", "importer_id": "", "importer_name": ""}))
    page = html.fromstring(broker.get("/drafts").content.decode())
    rows = {row.get("data-row"): " ".join(row.text_content().split()) for row in page.iter("tr")}
    assert "LIST-GOOD" in rows[good]
    assert "ready to lodge" in rows[good]
    assert "to mend" in rows[bad]
    other = html.fromstring(desk("trader").get("/drafts").content.decode())
    assert good not in [row.get("data-row") for row in other.iter("tr")]
    assert desk("trader").post(f"/drafts/{good}/drop").status_code == 404
    assert broker.post(f"/drafts/{good}/drop").status_code == 302
    assert drafts.get(WHO, good) is None


def test_a_template_and_a_copy_leave_out_what_belonged_to_one_shipment(
    desk: Callable[..., Client], typed: Typed, yellow: Declaration
) -> None:
    broker, key = desk("broker"), new_key()
    save(broker, key, 0, typed(ucr="U-1", containers="MSKU1234565"))
    broker.post(f"/drafts/{key}/template", {"title": "Insecticide from France"})
    template = next(d for d in drafts.own(WHO, "template") if d.title == "Insecticide from France")
    for address in (f"/lodge?template={template.key}", f"/lodge?like={yellow.mrn}"):
        form = typed_in(broker.get(address).content.decode())
        assert form["item-1-description"] == "Insecticide in drums of 20 litres"
        assert form["item-1-doc-2-code"] == "9109"
        assert (form["ucr"], form["containers"], form["item-1-doc-2-id"]) == ("", "", "")
        assert form["lrn"] not in ("", yellow.lrn)
        assert form["draft_version"] == "0"
    assert "item-1-was" not in form or not form["item-1-was"]
    assert f"/lodge?like={yellow.mrn}" in broker.get(f"/declaration/{yellow.mrn}").content.decode()
    assert "Lodge another like this" not in desk("officer").get(f"/declaration/{yellow.mrn}").content.decode()


def test_a_session_that_ended_brings_the_form_back_with_everything_in_it(
    desk: Callable[..., Client], typed: Typed
) -> None:
    from customhouse.registry.demo import PASSWORD

    form, key = typed(**{"item-1-description": "Typed while the session ended"}), new_key()
    stranger = Client()
    answer = stranger.post("/lodge", {**form, **named(key), "lodge": "1"})
    assert answer["Location"] == f"/sign-in?next=/lodge%3Fdraft%3D{key}"
    assert files.by_lrn(papers.BROKER, form["lrn"]) is None
    back = stranger.post(
        "/sign-in", {"username": "broker", "password": PASSWORD, "next": f"/lodge?draft={key}"}, follow=True
    )
    assert form.items() <= typed_in(back.content.decode()).items()
    assert drafts.get(WHO, key) is not None
    somebody = Client()
    somebody.post("/lodge", {**form, **named(new_key()), "lodge": "1"})
    there = {"username": "trader", "password": PASSWORD, "next": "/lodge"}
    assert "Typed while the session ended" not in somebody.post("/sign-in", there, follow=True).content.decode()


def test_a_form_of_many_items_is_taken_whole(desk: Callable[..., Client], typed: Typed) -> None:
    """Django takes 1,000 fields by default: sixty items, and everything typed would have been lost."""
    one, key = typed(), new_key()
    many = {k.replace("item-1", f"item-{n}"): v for n in range(1, 81) for k, v in one.items() if k.startswith("item-1")}
    assert len(many) > 1000
    assert desk("broker").post("/lodge", {**one, **many, **named(key), "save": "1"}).status_code == 302
    assert "item-80-code" in drafts.get(WHO, key).fields  # type: ignore[union-attr]
