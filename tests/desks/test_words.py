"""Every word of the desks is there in French, and the catalogue that is shipped is the one that was written."""

from __future__ import annotations

import gettext
import re

import pytest
from tests.desks.catalogue import MO, PO, Message, in_python, in_template, read_po, said

HEAD = Message("", "")
PLACE = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")


@pytest.fixture(scope="module")
def french() -> dict[Message, list[str]]:
    return read_po(PO.read_text("utf-8"))


def test_the_search_for_words_finds_them() -> None:
    """A catalogue is only as complete as the search: each way of saying something, once."""
    module = (
        "from django.utils.translation import gettext as _, gettext_lazy as lazy, ngettext, pgettext_lazy\n"
        "_('one'); lazy('two'); ngettext('%(n)d day', '%(n)d days', n); pgettext_lazy('act', 'three'); _(name)\n"
    )
    assert in_python(module) == {
        Message("", "one"),
        Message("", "two"),
        Message("", "%(n)d day", "%(n)d days"),
        Message("act", "three"),
    }
    page = (
        "{% load i18n %}{% trans 'one' %}{% trans \"it's\" context 'two' %}"
        "{% blocktrans with n=x %}item {{ n }}{% endblocktrans %}"
        "{% blocktrans count n=x %}{{ n }} act{% plural %}{{ n }} acts{% endblocktrans %}"
        "{% trans 'kept' as word %}<a title=\"{% trans 'inside' %}\">"
    )
    assert in_template(page) == {
        Message("", "one"),
        Message("two", "it's"),
        Message("", "item %(n)s"),
        Message("", "%(n)s act", "%(n)s acts"),
        Message("", "kept"),
        Message("", "inside"),
    }


def test_every_word_is_there_in_french(french: dict[Message, list[str]]) -> None:
    found = said()
    assert len(found) > 300
    assert sorted(found - set(french)) == []
    assert [m for m in found if not all(french[m]) or len(french[m]) != (2 if m.many else 1)] == []


def test_nothing_is_kept_that_is_not_said_any_more(french: dict[Message, list[str]]) -> None:
    assert sorted(set(french) - said() - {HEAD}) == []


def test_what_is_filled_in_is_the_same_in_both_languages(french: dict[Message, list[str]]) -> None:
    wrong = [
        (message, text)
        for message, texts in french.items()
        if message != HEAD
        for text in texts
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(message.many or message.one))
    ]
    assert wrong == []


def test_french_is_written_as_french(french: dict[Message, list[str]]) -> None:
    """A typographic apostrophe, a space before a double sign, no space left over at the end."""
    texts = [text for message, texts in french.items() if message != HEAD for text in texts]
    assert [t for t in texts if "'" in t or re.search(r"\w[;!?»]|«\w", t) or t != t.rstrip()] == []


def test_the_catalogue_shipped_says_the_same_as_the_one_written(french: dict[Message, list[str]]) -> None:
    """On failure: python -m tests.desks.catalogue"""
    with MO.open("rb") as file:
        shipped = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    written = {}
    for message, texts in french.items():
        one = f"{message.context}\4{message.one}" if message.context else message.one
        written |= {(one, n): text for n, text in enumerate(texts)} if message.many else {one: texts[0]}
    assert shipped == written
