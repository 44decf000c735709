"""Reference numbers of declarations, guarantees, consignments and traders.

GRN: Guarantee Reference Number (common transit, annex on guarantees), check as MRN over the first sixteen. LRN: Local Reference
Number of the declarant. UCR: Unique Consignment Reference (WCO; ISO 15459). EORI: identification of economic operators. RF:
creditor reference of a payment order (ISO 11649).
"""

from __future__ import annotations

import re

from stdnum.gb import vat as gb_vat
from stdnum.iso7064 import mod_97_10

from customhouse.kernel.number import CheckedNumber, InvalidNumber, iso6346_check


class GRN(CheckedNumber):
    """Guarantee Reference Number: 17 characters, or 24 with a letter and six digits of a voucher."""

    __slots__ = ()
    label = "Guarantee Reference Number"
    _FORM = re.compile(r"\d{2}[A-Z]{2}[A-Z0-9]{12}\d([A-Z]\d{6})?")

    @classmethod
    def parse(cls, text: str) -> GRN:
        """Raises InvalidNumber unless form and check digit (character 17) are right."""
        raw = text.strip().upper()
        if not cls._FORM.fullmatch(raw) or not raw.isascii():
            raise InvalidNumber(
                cls.label, text, "it is year, country, twelve characters, a digit, and perhaps a voucher"
            )
        if raw[16] != iso6346_check(raw[:16]):
            raise InvalidNumber(cls.label, text, f"its check digit should be {iso6346_check(raw[:16])}")
        return cls(raw)

    @classmethod
    def build(cls, year: int, country: str, body: str, voucher: str = "") -> GRN:
        head = f"{year % 100:02d}{country}{body}".upper()
        return cls.parse(head + iso6346_check(head) + voucher)


class LRN(CheckedNumber):
    """Local Reference Number: the declarant's own, up to 35 printable characters (22 in common transit)."""

    __slots__ = ()
    label = "Local Reference Number"

    @classmethod
    def parse(cls, text: str) -> LRN:
        raw = text.strip()
        if not 1 <= len(raw) <= 35 or not raw.isprintable():
            raise InvalidNumber(cls.label, text, "it has 1 to 35 printable characters")
        return cls(raw)


class UCR(CheckedNumber):
    """Unique Consignment Reference: year digit, country, the trader's number, a hyphen or not, the trader's own part; 35 at most."""

    __slots__ = ()
    label = "Unique Consignment Reference"
    _FORM = re.compile(r"\d[A-Z]{2}[A-Z0-9()\-/.]{1,32}")

    @classmethod
    def parse(cls, text: str) -> UCR:
        raw = text.strip().upper()
        if not cls._FORM.fullmatch(raw) or not raw.isascii():
            raise InvalidNumber(cls.label, text, "it is a year digit, a country and up to 32 characters of the trader")
        return cls(raw)

    @property
    def country(self) -> str:
        return str(self[1:3])


class CreditorReference(CheckedNumber):
    """Structured creditor reference (ISO 11649): RF, two check digits (ISO 7064 MOD 97-10), up to 21 letters and digits."""

    __slots__ = ()
    label = "creditor reference"
    _FORM = re.compile(r"RF\d{2}[A-Z0-9]{1,21}")

    @classmethod
    def parse(cls, text: str) -> CreditorReference:
        """Raises InvalidNumber unless form and check digits are right; blanks between its groups do not count."""
        raw = "".join(text.split()).upper()
        if not cls._FORM.fullmatch(raw) or not raw.isascii():
            raise InvalidNumber(cls.label, text, "it is RF, two check digits and up to 21 letters and digits")
        if raw[2:4] != (right := mod_97_10.calc_check_digits(f"{raw[4:]}RF")):
            raise InvalidNumber(cls.label, text, f"its check digits should be {right}")
        return cls(raw)

    @classmethod
    def build(cls, body: str) -> CreditorReference:
        """The reference with this body of 1 to 21 letters and digits; the check digits are worked out."""
        return cls.parse(f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}")

    @property
    def grouped(self) -> str:
        """As printed: groups of four."""
        return " ".join(self[n : n + 4] for n in range(0, len(self), 4))


class EORI(CheckedNumber):
    """Economic Operators Registration and Identification number: country and up to fifteen characters. There is no check digit."""

    __slots__ = ()
    label = "EORI number"
    _FORM = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")

    @classmethod
    def parse(cls, text: str) -> EORI:
        raw = text.strip().upper()
        if not cls._FORM.fullmatch(raw) or not raw.isascii():
            raise InvalidNumber(cls.label, text, "it is a country and 1 to 15 letters or digits")
        return cls(raw)

    @property
    def country(self) -> str:
        return str(self[:2])

    @property
    def has_valid_vat(self) -> bool | None:
        """For British numbers built on a VAT number: whether that VAT number's check digits fit; None for others."""
        if self[:2] != "GB" or len(self) != 14 or not self[2:].isdigit():
            return None
        return bool(gb_vat.is_valid(self[2:11]))
