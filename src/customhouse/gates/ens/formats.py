"""Formats of ENS data elements as the data dictionary writes them (an..35, n..5, a2, n..11,3 ...).

Each check answers with the name of an error, or nothing. Values are compared as the schema compares them: white space
at the ends and doubled within is spelling, except in a TIN.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from customhouse.gates.ens.tree import collapsed

BAD_VALUE, BAD_CHARACTERS, BAD_DECIMAL = "InvalidValue", "InvalidCharacters", "InvalidDecimal"
TOO_LONG, TOO_SHORT = "TooLong", "TooShort"


class Format(NamedTuple):
    """`name` as the data dictionary writes it; `check` gives the name of the error in a value, or "" where it is good."""

    name: str
    check: Callable[[str], str]
    collapse: bool = True

    def value(self, text: str) -> str:
        """What a text means: collapsed, where white space is spelling."""
        return collapsed(text) if self.collapse else text


def _sized(name: str, pattern: str, least: int, most: int, fault: str = BAD_VALUE, collapse: bool = True) -> Format:
    fits = re.compile(pattern, re.ASCII | re.DOTALL).fullmatch

    def check(value: str) -> str:
        if len(value) < least:
            return TOO_SHORT
        if len(value) > most:
            return TOO_LONG
        return "" if fits(value) else fault

    return Format(name, check, collapse)


def an(most: int, least: int = 1) -> Format:
    """Any characters: an..35 (from 1 to 35), an2 (exactly 2)."""
    return _sized(f"an{most}" if least == most else f"an..{most}", ".*", least, most)


def n(most: int, least: int = 1) -> Format:
    """Digits: n..5, n4."""
    return _sized(f"n{most}" if least == most else f"n..{most}", "[0-9]*", least, most, BAD_CHARACTERS)


def mass(digits: int, places: int) -> Format:
    """A decimal number of so many digits in all, so many after the point; what zeros add is not counted."""
    plain = re.compile(r"[+-]?(?:(\d+)(?:\.(\d*))?|\.(\d+))", re.ASCII).fullmatch

    def check(value: str) -> str:
        found = plain(value)
        if found is None:
            return BAD_DECIMAL
        whole = (found[1] or "").lstrip("0")
        after = (found[2] or found[3] or "").rstrip("0")
        return TOO_LONG if len(after) > places or len(whole) + len(after) > digits else ""

    return Format(f"n..{digits},{places}", check)


_LONG_MONTHS, _SHORT_MONTHS = "(?:0[13578]|1[02])", "(?:0[469]|11)"
_DAY = rf"(?:{_LONG_MONTHS}(?:0[1-9]|[12]\d|3[01])|{_SHORT_MONTHS}(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|[12]\d))"
_CLOCK = r"(?:[01]\d|2[0-3])[0-5]\d"

LANGUAGE = _sized("a2", "[a-zA-Z]*", 2, 2, BAD_CHARACTERS)
COUNTRY = _sized("a2 (country)", "[A-Z]*", 2, 2)
LETTER = _sized("a1", "[a-zA-Z]*", 1, 1, BAD_CHARACTERS)
CODE = _sized("a1 (code)", "[A-Z]*", 1, 1)
DATE = _sized("n6 (YYMMDD)", rf"\d\d{_DAY}", 6, 6)
CLOCK = _sized("n4 (HHMM)", _CLOCK, 4, 4)
MOMENT = _sized("n12 (CCYYMMDDHHMM)", rf"[1-9]\d{{3}}{_DAY}{_CLOCK}", 12, 12)
PLACE = _sized("an..35 (place)", "[a-zA-Z]{2}.+", 3, 35)
OFFICE = _sized("an8 (office)", "[a-zA-Z]{2}[a-zA-Z0-9]{6}", 8, 8)
COMMODITY = n(8, 4)
MRN = _sized("an18 (MRN)", r"\d\d[A-Z]{2}[A-Z0-9]{13}\d", 18, 18)
TIN = _sized("an..17 (TIN)", r"[A-Z]{2}[\x00-\x09\x0b\x0c\x0e-\x7f]*", 3, 17, collapse=False)
_TO_TRADERS = "CC304A|CC305A|CC313A|CC315A|CC316A|CC323A|CC324A|CC325A|CC328A|CC351A"
_BETWEEN_OFFICES = "CD030C|CD031C|CD032C|CD070B|CD071B|CD301A|CD302A|CD303A|CD319A|CD411C|CD412C|CD9(?:06|1[23467])B"
_OFFICE_LISTS = "CD931C|CD932C|CD971B"
MESSAGE_TYPE = _sized("an6 (message)", f"{_TO_TRADERS}|{_BETWEEN_OFFICES}|{_OFFICE_LISTS}", 6, 6)
