"""`customhouse risk results`: the same figures as on the page, for people and for machines."""

import json

import pytest
from papers import RED
from test_outcomes import lodged
from typer.testing import CliRunner

from customhouse.house.cli import app

pytestmark = pytest.mark.usefixtures("house")
RUN = CliRunner()


def test_results_as_text_and_as_json() -> None:
    d = lodged(RED)
    told = json.loads(RUN.invoke(app, ["risk", "results", "--days", "1", "--json"]).stdout)
    assert told["total"]["declarations"] >= 1 and told["currency"] == "USD"
    assert d.selection is not None
    assert {r.rule for r in d.selection.reasons} - {"random"} <= {e["tally"]["key"] for e in told["reasons"]}
    text = RUN.invoke(app, ["risk", "results"]).stdout
    for word in ("irregular in truth", "passed unseen", "proposed for exploration", d.selection.reasons[0].rule):
        assert word in text, word


def test_an_office_without_declarations_is_named() -> None:
    answer = RUN.invoke(app, ["risk", "results", "--office", "XX999999"])
    assert answer.exit_code != 0
    assert "No declaration of office XX999999" in str(answer.exception)
