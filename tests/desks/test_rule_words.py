"""What rules are told in has words in French: the language, its facts and functions, back-tests, what the register answers."""

from __future__ import annotations

import pytest
from django.utils import translation

from customhouse.desks import explain, rule_sentences, rule_words
from customhouse.law.rules.functions import FUNCTIONS
from customhouse.law.rules.told import MESSAGES
from customhouse.record.facts import ITEM, WHOLE


def test_everything_that_a_rule_may_be_told_in_is_known() -> None:
    """On failure: add it to desks/rule_sentences.py and its French to the catalogue."""
    assert set(MESSAGES) - {str(said) for said in rule_sentences.PHRASES} == set()
    told = {str(said) for said in (*rule_sentences.DESCRIPTIONS, *rule_sentences.PHRASES)}
    assert {rule_words.plain(text) for _kind, text in {**WHOLE, **ITEM}.values()} - told == set()
    assert {f.told for f in FUNCTIONS.values()} - told == set()


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("there is no fact or list 'colour'", "il n’y a ni fait ni liste 'colour'"),
        ("A rule holds for at most 1098 days", "Une règle vaut au plus 1098 jours"),
        ("The rule fires on 9 of 10 declarations: 90.0 %", "La règle se déclenche sur 9 des 10 déclarations\u00a0: 90.0 %"),
        ("whoever wrote it does not decide on it; ask another supervisor", "qui l’a écrite n’en décide pas\u00a0; demandez à un autre superviseur"),
    ],
)  # fmt: skip
def test_what_the_house_says_of_a_rule_is_said_in_french(english: str, french: str) -> None:
    with translation.override("fr"):
        assert explain.told(english) == french


def test_a_rule_is_read_back_in_the_language_of_the_reader() -> None:
    expression = "starts(code, '64') and value_per_kg < 600 and importer in watched"
    with translation.override("fr"):
        assert rule_words.sentences(expression, 2) == [
            "Code commence par 64", "Valeur au kilogramme inférieur à 6.00", "Importateur est dans la liste watched",
        ]  # fmt: skip
    assert rule_words.sentences("code starts", 2) == ["code starts"]
