"""What stands in a cell: numbers and dates as people write them, taken only where they can mean one thing.

1.234,50 and 1,234.50 and 1 234,50 are the same number. 1,234 is none until the table shows which mark parts decimals. A date
of two numbers below 13 with a slash is refused: it says one day here and another there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

_BLANKS = re.compile(r"[\s   '’_]")
_PLAIN = re.compile(r"[+-]?\d{1,18}").fullmatch
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*").fullmatch
_DECIMAL = re.compile(r"[+-]?\d{0,18}[.,]\d{1,18}").fullmatch
_BOTH = re.compile(r"([+-]?\d{1,3}(?:([.,])\d{3})+)([.,])(\d{1,18})").fullmatch
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]00:00(?::00)?)?").fullmatch
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})").fullmatch
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})").fullmatch
_WORDED = ("%d %b %Y", "%d %B %Y", "%d-%b-%Y")


class Unclear(ValueError):
    """A cell that can mean nothing, or more than one thing; the rule to name it by, and why."""

    def __init__(self, rule: str, why: str) -> None:
        self.rule = rule
        super().__init__(why)


def number(text: str, mark: str = "") -> str:
    """The number in plain digits with a decimal point. `mark` is the decimal mark of the table, where it shows one.

    Raises Unclear: InvalidNumber, AmbiguousNumber.
    """
    raw = _BLANKS.sub("", text)
    if _PLAIN(raw):
        return raw.lstrip("+")
    if (both := _BOTH(raw)) and both[2] != both[3]:
        return f"{both[1].replace(both[2], '')}.{both[4]}".lstrip("+")
    grouped = _GROUPED(raw)
    if grouped and (raw.count(grouped[1]) > 1 or (mark and mark != grouped[1])):
        return raw.replace(grouped[1], "").lstrip("+")
    if grouped and not mark and not raw.lstrip("+-").startswith("0"):
        why = (
            f"{raw} may be a whole number with thousands parted, or one with three decimals; write it without the mark"
        )
        raise Unclear("AmbiguousNumber", why)
    if _DECIMAL(raw):
        return raw.replace(",", ".").lstrip("+")
    raise Unclear("InvalidNumber", "This is no number")


def mark_of(texts: Iterable[str]) -> str:
    """The decimal mark that the clear numbers among `texts` use; empty where they use none or both."""
    found = set()
    for text in texts:
        raw = _BLANKS.sub("", text)
        if (both := _BOTH(raw)) and both[2] != both[3]:
            found.add(both[3])
        elif (grouped := _GROUPED(raw)) and raw.count(grouped[1]) > 1:
            found.add("." if grouped[1] == "," else ",")
        elif _DECIMAL(raw) and not _GROUPED(raw):
            found.add("," if "," in raw else ".")
    return found.pop() if len(found) == 1 else ""


def day(text: str) -> str:
    """The date as CCYYMMDD. Raises Unclear: InvalidDate, AmbiguousDate."""
    raw = text.strip()
    try:
        if iso := _ISO(raw):
            return f"{date(int(iso[1]), int(iso[2]), int(iso[3])):%Y%m%d}"
        if dotted := _DOTTED(raw):
            return f"{date(int(dotted[3]), int(dotted[2]), int(dotted[1])):%Y%m%d}"
        if slashed := _SLASHED(raw):
            return _slashed(int(slashed[1]), int(slashed[2]), int(slashed[3]))
    except ValueError as fault:
        if isinstance(fault, Unclear):
            raise
        raise Unclear("InvalidDate", "There is no such day") from None
    for form in _WORDED:
        try:
            return f"{datetime.strptime(raw, form):%Y%m%d}"  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Unclear("InvalidDate", "This is no date; write 2026-11-20")


def _slashed(one: int, other: int, year: int) -> str:
    if one == other or other > 12 or one > 12:
        month, of_month = (one, other) if other > 12 else (other, one)
        return f"{date(year, month, of_month):%Y%m%d}"
    why = f"It may be {one} of month {other} or {other} of month {one}; write {year}-MM-DD"
    raise Unclear("AmbiguousDate", why)
