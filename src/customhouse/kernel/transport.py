"""Numbers of transport: containers, air waybills, postal items, ships, articles of trade.

ISO 6346 containers; IATA Resolution 600a air waybills; UPU S10 postal items; IMO ship numbers; GS1 GTIN.
"""

from __future__ import annotations

import re

from stdnum import ean, imo, iso6346
from stdnum.exceptions import ValidationError

from customhouse.kernel.number import CheckedNumber, InvalidNumber


class ContainerNumber(CheckedNumber):
    """Freight container: owner code, category (U, J, Z), six digits, check digit (ISO 6346)."""

    __slots__ = ()
    label = "container number"

    @classmethod
    def parse(cls, text: str) -> ContainerNumber:
        raw = text.strip().upper().replace(" ", "").replace("-", "")
        if not re.fullmatch(r"[A-Z]{3}[UJZ]\d{7}", raw, re.ASCII):
            raise InvalidNumber(cls.label, text, "it is four letters (the last U, J or Z) and seven digits")
        if raw[-1] != iso6346.calc_check_digit(raw[:-1]):
            raise InvalidNumber(cls.label, text, f"its check digit should be {iso6346.calc_check_digit(raw[:-1])}")
        return cls(raw)

    @classmethod
    def build(cls, owner: str, serial: int) -> ContainerNumber:
        """The number of container `serial` of `owner` (three letters); category U."""
        head = f"{owner}U{serial:06d}"
        return cls.parse(head + str(iso6346.calc_check_digit(head)))


class AWB(CheckedNumber):
    """Air waybill: airline prefix (3), serial (7), and the serial modulo seven."""

    __slots__ = ()
    label = "air waybill number"

    @classmethod
    def parse(cls, text: str) -> AWB:
        raw = re.sub(r"[\s-]", "", text)
        if not re.fullmatch(r"\d{11}", raw, re.ASCII):
            raise InvalidNumber(cls.label, text, "it is three digits of the airline and eight of the waybill")
        if int(raw[3:10]) % 7 != int(raw[10]):
            raise InvalidNumber(cls.label, text, f"its check digit should be {int(raw[3:10]) % 7}")
        return cls(f"{raw[:3]}-{raw[3:]}")

    @classmethod
    def build(cls, prefix: str, serial: int) -> AWB:
        return cls.parse(f"{prefix}-{serial:07d}{serial % 7}")


class S10(CheckedNumber):
    """Postal item: two letters of the service, eight digits, check digit, country of issue (UPU S10)."""

    __slots__ = ()
    label = "postal item number"
    WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)

    @classmethod
    def check_character(cls, serial: str) -> str:
        """Check digit of eight digits: 11 less the weighted sum modulo 11; 10 counts as 0, 11 as 5."""
        rest = 11 - sum(int(d) * w for d, w in zip(serial, cls.WEIGHTS, strict=True)) % 11
        return str({10: 0, 11: 5}.get(rest, rest))

    @classmethod
    def parse(cls, text: str) -> S10:
        raw = re.sub(r"\s", "", text).upper()
        if not re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", raw, re.ASCII):
            raise InvalidNumber(cls.label, text, "it is two letters, nine digits and two letters of the country")
        if raw[10] != cls.check_character(raw[2:10]):
            raise InvalidNumber(cls.label, text, f"its check digit should be {cls.check_character(raw[2:10])}")
        return cls(raw)

    @classmethod
    def build(cls, service: str, serial: int, country: str) -> S10:
        digits = f"{serial:08d}"
        return cls.parse(f"{service}{digits}{cls.check_character(digits)}{country}")


class IMONumber(CheckedNumber):
    """Ship: IMO and seven digits, the last a check digit."""

    __slots__ = ()
    label = "IMO ship number"

    @classmethod
    def parse(cls, text: str) -> IMONumber:
        raw = re.sub(r"\s", "", text).upper().removeprefix("IMO")
        if not re.fullmatch(r"\d{7}", raw, re.ASCII):
            raise InvalidNumber(cls.label, text, "it has seven digits")
        try:
            imo.validate(raw)
        except ValidationError:
            raise InvalidNumber(cls.label, text, "its check digit does not fit") from None
        return cls(raw)


class GTIN(CheckedNumber):
    """Global Trade Item Number of 8, 12, 13 or 14 digits (GS1), the last a check digit."""

    __slots__ = ()
    label = "Global Trade Item Number"

    @classmethod
    def parse(cls, text: str) -> GTIN:
        raw = re.sub(r"[\s-]", "", text)
        if not re.fullmatch(r"\d{8}|\d{12,14}", raw, re.ASCII):
            raise InvalidNumber(cls.label, text, "it has 8, 12, 13 or 14 digits")
        try:
            ean.validate(raw)
        except ValidationError:
            raise InvalidNumber(cls.label, text, "its check digit does not fit") from None
        return cls(raw)
