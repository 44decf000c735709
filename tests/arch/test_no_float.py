"""Money never meets a float: the rooms of law and money hold no float literal, no float type and no true division of money."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "customhouse"
ROOMS = ("kernel", "record", "law", "offices", "ledger")
SCORES = {
    ("record/declaration.py", "Selection"),
    ("record/screening.py", "Met"),
    ("record/screening.py", "Alarm"),
    ("record/entity.py", "Bond"),
    ("record/entity.py", "Proposal"),
    ("offices/risk/__init__.py", "Finding"),
    *(
        ("record/targeting.py", name)
        for name in ("Threshold", "CurvePoint", "Bins", "Baseline", "ModelFacts", "DriftAlarm", "DriftReport")
    ),
}
"""Where a score of a model or a comparison of names, which is no money, is carried."""

MODULES = sorted(p for room in ROOMS for p in (SOURCE / room).rglob("*.py"))
NUMERIC = {"math", "statistics", "random", "numpy"}


def floats(path: Path) -> list[str]:
    """Every place in a module where a float could come from, outside of scores."""
    name = path.relative_to(SOURCE).as_posix()
    tree = ast.parse(path.read_text())
    spared = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and (name, node.name) in SCORES
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in spared:
            continue
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
        named = isinstance(node, ast.Name) and node.id == "float"
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if literal or named or NUMERIC.intersection(m.partition(".")[0] for m in modules):
            found.append(f"{name}:{node.lineno}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_no_float_comes_near_money(path: Path) -> None:
    assert floats(path) == []


def test_whole_numbers_are_divided_as_whole_numbers() -> None:
    """In the duty office every division is a floor division: `/` between whole numbers would make a float."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in (SOURCE / "offices" / "duty").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _decimals(node)
    ]
    assert found == []


def _decimals(node: ast.BinOp) -> bool:
    """Whether both sides are said to be Decimal, or are quantities of a record (which are)."""
    text = ast.unparse(node)
    return "Decimal" in text or ("granted" in text and "asked" in text)


def test_the_lint_sees_a_float(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text("import math\nrate = 0.2\namount: float = float(1)\n")
    assert floats(bad) == ["bad.py:1", "bad.py:2", "bad.py:3", "bad.py:3"]
