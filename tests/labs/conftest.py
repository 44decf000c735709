from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("catboost", reason="the extra `targeting` is not installed")
pytest.importorskip("numba", reason="the extra `targeting` is not installed")

from customhouse.labs.targeting.declared import Declared, of_rows  # noqa: E402
from customhouse.labs.targeting.file import save  # noqa: E402
from customhouse.labs.targeting.model import Model, train_model  # noqa: E402
from labs import trade  # noqa: E402


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
