"""Sections of the Harmonized System: 21 groups of chapters, by which strata of goods are wide enough to be measured."""

from __future__ import annotations

LAST = (5, 14, 15, 24, 27, 38, 40, 43, 46, 49, 63, 67, 70, 71, 83, 85, 89, 92, 93, 96, 97)
"""The last chapter of each section, I to XXI (HS 2022)."""
ROMAN = (
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX",
    "XX", "XXI",
)  # fmt: skip


def section(chapter: str) -> str:
    """The section (Roman numeral) that a chapter (two digits) belongs to; empty for what is no chapter."""
    if len(chapter) != 2 or not (chapter.isascii() and chapter.isdigit()) or chapter == "00":
        return ""
    return next((roman for last, roman in zip(LAST, ROMAN, strict=True) if int(chapter) <= last), "")
