"""Movement Reference Number: what customs calls a declaration from acceptance on.

18 characters: two digits of the year, two letters of the country, thirteen characters given by the country, one check
character. The check is that of ISO 6346 over the first 17 (as in the common transit and European import systems).
"""

from __future__ import annotations

from customhouse.kernel.number import CheckedNumber, InvalidNumber, iso6346_check

LENGTH = 18


class MRN(CheckedNumber):
    """A Movement Reference Number that has been checked; make one with `parse` or `build`."""

    __slots__ = ()
    label = "Movement Reference Number"

    @classmethod
    def parse(cls, text: str) -> MRN:
        """Raises InvalidNumber, saying what is wrong, unless form and check character are right."""
        raw = text.strip().upper()
        cls._check_form(raw, text)
        if raw[-1] != iso6346_check(raw[:-1]):
            raise InvalidNumber(cls.label, text, f"its check character should be {iso6346_check(raw[:-1])}")
        return cls(raw)

    @classmethod
    def _check_form(cls, raw: str, text: str) -> None:
        if len(raw) != LENGTH or not raw.isascii() or not raw.isalnum():
            raise InvalidNumber(cls.label, text, "it has 18 letters and digits")
        if not (raw[:2].isdigit() and raw[2:4].isalpha()):
            raise InvalidNumber(cls.label, text, "it begins with the year (two digits) and the country (two letters)")

    @classmethod
    def build(cls, year: int, country: str, body: str) -> MRN:
        """The MRN with this body of 13 characters; the check character is worked out."""
        head = f"{year % 100:02d}{country}{body}".upper()
        cls._check_form(head + "0", head)
        return cls(head + iso6346_check(head))

    @property
    def year(self) -> int:
        """Two-digit year."""
        return int(self[:2])

    @property
    def country(self) -> str:
        return str(self[2:4])
