"""Pages for what went wrong: what happened and where to go, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from customhouse.desks import errors


@pytest.mark.parametrize(
    ("language", "refused", "absent"),
    [
        ("en", "This is not open to you", "There is nothing here"),
        ("fr", "Cette page ne vous est pas ouverte", "Il n’y a rien ici"),
    ],
)
def test_refused_and_absent(desk: Callable[..., Client], language: str, refused: str, absent: str) -> None:
    broker = desk("broker", language)
    for path, status, title in (("/worklist", 403, refused), ("/no-such-page", 404, absent)):
        answer = broker.get(path)
        assert answer.status_code == status
        assert title in answer.content.decode()
        assert f'<html lang="{language}">' in answer.content.decode()
    assert absent in Client(headers={"accept-language": language}).get("/no-such-page").content.decode()


def test_a_form_without_the_token_of_its_page_does_nothing(desk: Callable[..., Client]) -> None:
    answer = desk("broker", enforce_csrf_checks=True).post("/lodge", {"lodge": "1"})
    assert answer.status_code == 403
    assert "This page was too old" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Something broke on our side"), ("fr", "Une panne est survenue de notre côté")]
)
def test_a_page_that_broke_needs_nothing_that_may_have_broken(language: str, title: str) -> None:
    """No session, no user, no database: this test has none of them."""
    with translation.override(language):
        answer = errors.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert title in answer.content.decode()
    assert f'<html lang="{language}">' in answer.content.decode()


def test_what_breaks_shows_that_page(desk: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    from customhouse.desks.views import board

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(board.worklist, "day", fault)
    answer = desk("supervisor", raise_request_exception=False).get("/board")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "secret" not in answer.content.decode()
