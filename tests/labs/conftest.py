from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("catboost", reason="the extra `targeting` is not installed")
pytest.importorskip("numba", reason="the extra `targeting` is not installed")

from customhouse.labs.targeting.declared import Declared, of_rows
from customhouse.labs.targeting.file import save
from customhouse.labs.targeting.model import Model, train_model
from labs import trade


@pytest.fixture(scope="session")
def rows() -> list[list[str]]:
    return trade.rows(20_000)


@pytest.fixture(scope="session")
def declared(rows: list[list[str]]) -> Declared:
    return of_rows(rows)


@pytest.fixture(scope="session")
def model(declared: Declared) -> Model:
    return train_model(declared)


@pytest.fixture(scope="session")
def model_file(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(model, tmp_path_factory.mktemp("models"))
