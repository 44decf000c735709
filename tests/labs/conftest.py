from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from customhouse.labs.targeting.declared import Declared
    from customhouse.labs.targeting.model import Model

if not all(find_spec(name) for name in ("catboost", "numba", "scipy", "sklearn")):
    collect_ignore_glob = ["test_*.py"]  # the extra `targeting` is not installed


@pytest.fixture(scope="session")
def rows() -> list[list[str]]:
    from labs import trade

    return trade.rows(20_000)


@pytest.fixture(scope="session")
def declared(rows: list[list[str]]) -> Declared:
    from customhouse.labs.targeting.declared import of_rows

    return of_rows(rows)


@pytest.fixture(scope="session")
def model(declared: Declared) -> Model:
    from customhouse.labs.targeting.model import train_model

    return train_model(declared)


@pytest.fixture(scope="session")
def model_file(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from customhouse.labs.targeting.file import save

    return save(model, tmp_path_factory.mktemp("models"))
