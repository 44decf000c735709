"""Pages are ready for scripts that run from right to left: styles speak of start and end, never of left and right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLES = sorted(
    (Path(__file__).resolve().parents[2] / "src" / "customhouse" / "desks" / "static" / "desks").glob("*.css")
)
SIDES = re.compile(
    r"(?:margin|padding|border)-(?:left|right)|(?:float|clear|text-align):\s*(?:left|right)|(?<![-\w])(?:left|right):"
)
FOUR = re.compile(r"(?<![-\w])(?:margin|padding|inset):\s*([^;(}]+)[;}]")


def physical(style: str) -> list[str]:
    """What in a style names a side of the screen, also as the second or fourth of four values."""
    unequal = [v for v in FOUR.findall(style) if len(v.split()) == 4 and v.split()[1] != v.split()[3]]
    return [*SIDES.findall(style), *unequal]


def test_a_side_of_the_screen_would_be_found() -> None:
    style = "a { margin-left: 1px; float: right; left: 0; padding: 1px 2px 3px 4px; margin: 0 1px 2px 1px }"
    assert len(physical(style)) == 4


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_name_no_side_of_the_screen(path: Path) -> None:
    assert physical(path.read_text("utf-8")) == []
