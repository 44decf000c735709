"""The bars on the Korean synthetic declarations, measured on their validation part (the test part is not ours to look at)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.conformance
@pytest.mark.slow
def test_the_board_command_reaches_what_is_reached(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "risk" / "kcs"
    if not folder.is_dir():
        pytest.skip("the Korean synthetic declarations are absent")
    page = tmp_path / "board.html"
    done = subprocess.run(
        [Path(sys.executable).parent / "customhouse", "risk", "board", "--train", folder,
         "--test", folder / "df_syn_valid_eng.csv.gz", "--no-year", "--page", page, "--json"],
        capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    a, b = told["A"], told["B"]
    assert a["auc"] >= 0.982 and a["p@5"] >= 0.995 and a["p@20"] >= 0.87 and a["ece"] <= 0.01
    assert b["auc"] >= 0.62 and b["p@5"] >= 0.35 and b["ece"] <= 0.015
    assert a["beside"]["dictionary auc"] > 0.94 and "copied by their generator" in page.read_text()
