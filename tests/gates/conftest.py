"""A country pack to load into."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from customhouse.law.pack import country_directory


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The demo country without a nomenclature and measures of its own, and the layers `first` and `second`."""
    place = tmp_path / "pack"
    shutil.copytree(country_directory("meridia"), place)
    (place / "conditions.csv").unlink()  # the measures they are about are gone
    for name in ("nomenclature.csv", "measures.csv"):
        heading = (place / name).read_text().splitlines()[0]
        (place / name).write_text(heading + "\n")
    text = (place / "country.toml").read_text()
    (place / "country.toml").write_text('layers = ["first", "second"]\n' + text)
    for layer in ("first", "second"):
        (place / layer).mkdir()
    return place
