"""The gate for UN/LOCODE: places of trade and transport with their positions.

Three forms are read: the official list (twelve columns, positions as 4230N 00131E), a compilation with decimal degrees
(code, name, function, subdivision, its name, latitude, longitude), and the list of the Union (country, code, name).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from customhouse.kernel.validity import Validity
from customhouse.law.layer import Layer
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, standing, table
from customhouse.law.terms import Place

CODE = re.compile(r"[A-Z]{2}[A-Z0-9]{3}")
POSITION = re.compile(r"(\d{2})(\d{2})([NS])\s+(\d{3})(\d{2})([EW])")
OFFICIAL = (
    "change",
    "country",
    "code",
    "name",
    "plain",
    "subdivision",
    "status",
    "function",
    "date",
    "iata",
    "position",
    "remarks",
)
COMPILED = ("code", "name", "function", "subdivision", "subdivision_name", "latitude", "longitude")
SOURCE = "UN/LOCODE (UN/CEFACT Recommendation 16)"
HINT = "Mend the line; a code is the country and three letters or digits"


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every place. Several parts of the list may be given; together they are the whole."""
    findings = Findings()
    places: list[Place] = []
    for number, source in enumerate(sources, 1):
        make, names = _form(source)
        for where, row in table(source, ("code", "name"), findings, names):
            place = make(row, where, setting, findings)
            if place is not None:
                places.append(place)
        if tick is not None:
            tick(number, len(sources))
    stands = standing(places, "places", findings)
    return Reading(
        layer=Layer(places=stands),
        account=findings.account,
        problems=tuple(findings.problems),
        wholes=(("places", "*"),),
    )


Make = Callable[[Mapping[str, str], str, Setting, Findings], Place | None]


def _form(source: Source) -> tuple[Make, Sequence[str] | None]:
    """How the file is written, told by the first line: (what makes a place of a row, names of its columns)."""
    first = source.data.split(b"\n", 1)[0]
    if b"country" in first and b"code" in first:
        return _of_union, None
    return (_official, OFFICIAL) if first.count(b",") >= len(OFFICIAL) - 1 else (_compiled, COMPILED)


def _of_union(row: Mapping[str, str], where: str, setting: Setting, findings: Findings) -> Place | None:
    return _place(row["country"] + row["code"], row, (None, None), where, setting, findings)


def _compiled(row: Mapping[str, str], where: str, setting: Setting, findings: Findings) -> Place | None:
    try:
        latitude, longitude = (Decimal(row[n]) if row[n] else None for n in ("latitude", "longitude"))
    except InvalidOperation:
        shown = f"{row['latitude']} {row['longitude']}"
        findings.warn("InvalidPosition", "The position cannot be read; the place is kept without it", where, "", shown)
        latitude = longitude = None
    return _place(row["code"], row, (latitude, longitude), where, setting, findings)


def _official(row: Mapping[str, str], where: str, setting: Setting, findings: Findings) -> Place | None:
    if row["change"] == "X" or not row["code"]:
        findings.note()  # an entry that is removed, or the heading of a country
        return None
    position: tuple[Decimal | None, Decimal | None] = (None, None)
    if found := POSITION.fullmatch(row["position"]):
        position = _degrees(found[1], found[2], found[3] == "S"), _degrees(found[4], found[5], found[6] == "W")
    elif row["position"]:
        told = "The position cannot be read; the place is kept without it"
        findings.warn("InvalidPosition", told, where, "", row["position"])
    function = {"function": row["function"].replace("-", "")}
    return _place(row["country"] + row["code"], {**row, **function}, position, where, setting, findings)


def _degrees(degrees: str, minutes: str, negative: bool) -> Decimal:
    """Degrees and minutes in decimal degrees, to five places (about a metre)."""
    value = (Decimal(degrees) + Decimal(minutes) / 60).quantize(Decimal("0.00001"), ROUND_HALF_EVEN)
    return -value if negative else value


def _place(
    code: str,
    row: Mapping[str, str],
    position: tuple[Decimal | None, Decimal | None],
    where: str,
    setting: Setting,
    findings: Findings,
) -> Place | None:
    if not CODE.fullmatch(code) or not row["name"]:
        findings.refuse("InvalidPlace", "The line has no code or no name", where, HINT, code)
        return None
    latitude, longitude = position
    if latitude is not None and longitude is not None and not (abs(latitude) <= 90 and abs(longitude) <= 180):
        told = "The position is not on the globe; the place is kept without it"
        findings.warn("InvalidPosition", told, where, "", f"{latitude} {longitude}")
        latitude = longitude = None
    findings.take()
    return Place(
        code=code,
        name=row["name"],
        country=code[:2],
        latitude=latitude,
        longitude=longitude,
        function=row.get("function", ""),
        validity=Validity(setting.since),
        source=setting.source or SOURCE,
    )
