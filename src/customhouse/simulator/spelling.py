"""How one firm comes to be written ten ways: the misspellings, forms, orders, scripts and addresses of declarations, with their truth.

Only for measuring how well records of one trader are found again. Nothing here knows how they are looked for.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from customhouse.simulator.draw import Draw
from customhouse.simulator.names import FORMS, STEMS, STREETS, TOWNS, TRADES

# countries of the made-up firms, and places in them
PLACES: dict[str, tuple[str, ...]] = {
    "DE": ("Hamburg", "Bremen", "Rostock"),
    "FR": ("Le Havre", "Marseille", "Nantes"),
    "IT": ("Genova", "Napoli", "Livorno"),
    "NL": ("Rotterdam", "Moerdijk"),
    "ES": ("Valencia", "Bilbao"),
    "CN": ("Ningbo", "Qingdao", "Shenzhen", "Xiamen"),
    "VN": ("Hai Phong", "Da Nang"),
    "TR": ("Mersin", "Izmir"),
    "BR": ("Santos", "Itajai"),
    "US": ("Savannah", "Oakland", "Houston"),
    "AE": ("Jebel Ali", "Sharjah"),
    "KR": ("Busan", "Incheon"),
}
PEOPLE = (
    "Okonkwo", "Brandt", "Lindqvist", "Moreau", "Haddad", "Petrenko", "Tanaka", "Silva", "Novak", "Castellano", "Rahman", "Jansen", "Keller",
    "Fontaine", "Marchetti", "Yilmaz", "Nguyen", "Almeida", "Dvorak", "Sorensen", "Kowalski", "Ibarra", "Achebe", "Bergmann", "Delgado",
)  # fmt: skip
LONG_FORMS = {
    "GmbH": "Gesellschaft mit beschränkter Haftung", "SARL": "S.A.R.L.", "Srl": "S.r.l.", "BV": "B.V.", "SL": "Sociedad Limitada",
    "Co., Ltd.": "Company Limited", "Inc.": "Incorporated", "JSC": "Joint Stock Company", "AS": "A.S.", "Ltda": "Limitada", "FZE": "Free Zone Establishment",
}  # fmt: skip
SHORT_WORDS = {
    "Trading": "Trdg", "Industries": "Ind.", "Manufacturing": "Mfg", "Products": "Prod.", "Export": "Exp.", "Supply": "Supp.", "International": "Intl", "Brothers": "Bros",
}  # fmt: skip
CYRILLIC = str.maketrans(
    dict(zip("abvgdezijklmnoprstufhcyqwx", ("а", "б", "в", "г", "д", "е", "з", "и", "й", "к", "л", "м", "н", "о", "п", "р", "с", "т", "у", "ф", "х", "ц", "ы", "к", "в", "кс"), strict=True))
)  # fmt: skip
KEYS = {"a": "sq", "e": "wr", "i": "uo", "o": "ip", "n": "bm", "t": "ry", "r": "et", "s": "ad", "l": "k", "d": "sf"}


class Firm(msgspec.Struct, frozen=True):
    """A made-up firm as it is: its truth."""

    entity: int
    stem: str
    trade: str
    form: str
    country: str
    town: str
    line: str
    postcode: str
    number: str = ""


class Written(msgspec.Struct, frozen=True):
    """A firm as a declaration writes it."""

    entity: int
    name: str
    country: str
    address: str
    number: str = ""


def firms(seed: int, n: int) -> list[Firm]:
    """`n` firms; about one in three has a namesake that is another firm: another trade, place, or country."""
    found: list[Firm] = []
    while len(found) < n:
        at = len(found)
        draw = Draw(seed, "firm", at)
        country = draw.one(tuple(PLACES))
        twin = found[draw.whole(0, at - 1)] if at and draw.chance(0.35) else None
        if twin is not None:
            kind = draw.one(("trade", "place", "country", "person"))
            stem = f"{draw.one(PEOPLE)} {twin.stem.split()[-1]}" if kind == "person" else twin.stem
            trade = draw.one(tuple(t for t in TRADES if t != twin.trade)) if kind == "trade" else twin.trade
            country = (
                twin.country
                if kind in ("trade", "place", "person")
                else draw.one(tuple(c for c in PLACES if c != twin.country))
            )
        else:
            stem = (
                draw.one(PEOPLE)
                if draw.chance(0.5)
                else f"{draw.one(PEOPLE)} {draw.one(STEMS)}"
                if draw.chance(0.6)
                else draw.one(STEMS)
            )
            trade = draw.one(TRADES)
        home = country == "XM" or draw.chance(0.25)
        town, postcode = draw.one(TOWNS) if home else (draw.one(PLACES[country]), draw.digits(5))
        line = f"{draw.whole(1, 250)} {draw.one(STREETS if home else STEMS)}{'' if home else ' Road'}"
        land = "XM" if home else country
        number = f"XM2{at:04d}{draw.digits(4)}" if home else ""
        found.append(Firm(at, stem, trade, FORMS.get(land, "Ltd"), land, town, line, postcode, number))
    return found


def written(seed: int, firm: Firm, n: int) -> list[Written]:
    """The firm as `n` declarations write it; the first as it is."""
    found = [_clean(firm)]
    for turn in range(1, n):
        draw = Draw(seed, "written", firm.entity * 1000 + turn)
        name = _name(draw, firm)
        for _ in range(draw.whole(0, 2)):
            name = draw.one(CHANGES)(draw, name)
        number = firm.number
        if number and draw.chance(0.5):
            number = f"XM3{firm.entity:04d}{draw.digits(4)}"
        found.append(
            Written(firm.entity, name, firm.country if draw.chance(0.93) else "", _address(draw, firm), number)
        )
    return found


def _clean(firm: Firm) -> Written:
    name = f"{firm.stem} {firm.trade} {firm.form}"
    return Written(firm.entity, name, firm.country, f"{firm.line}, {firm.postcode}, {firm.town}", firm.number)


def _name(draw: Draw, firm: Firm) -> str:
    form = draw.one(
        (firm.form, firm.form, LONG_FORMS.get(firm.form, firm.form), firm.form.replace(".", "").replace(",", ""), "")
    )
    trade = SHORT_WORDS.get(firm.trade, firm.trade) if draw.chance(0.3) else firm.trade
    order = draw.one(("plain", "plain", "plain", "swapped", "front"))
    if order == "swapped" and " " in firm.stem:
        first, _, rest = firm.stem.partition(" ")
        return f"{rest} {first} {trade} {form}".strip()
    return (f"{form} {firm.stem} {trade}" if order == "front" else f"{firm.stem} {trade} {form}").strip()


def _typo(draw: Draw, name: str) -> str:
    at = draw.whole(1, max(1, len(name) - 2))
    letter = name[at]
    return draw.one(
        (
            name[:at] + name[at + 1 :],
            name[:at] + letter + name[at:],
            name[:at] + name[at + 1] + letter + name[at + 2 :] if at + 1 < len(name) else name,
            name[:at] + draw.one(KEYS.get(letter, letter)) + name[at + 1 :],
        )
    )


def _capitals(draw: Draw, name: str) -> str:
    return name.upper()


def _cyrillic(draw: Draw, name: str) -> str:
    return name.lower().translate(CYRILLIC).title() if draw.chance(0.4) else name


def _together(draw: Draw, name: str) -> str:
    first, _, rest = name.partition(" ")
    return first + rest


def _signs(draw: Draw, name: str) -> str:
    return name.replace(" ", draw.one(("-", "  ", ". ")), 1)


def _branch(draw: Draw, name: str) -> str:
    return f"{name} ({draw.one(('Branch Office', 'Export Dept.', 'c/o agent'))})"


CHANGES: tuple[Callable[[Draw, str], str], ...] = (
    _typo,
    _typo,
    _typo,
    _capitals,
    _cyrillic,
    _together,
    _signs,
    _branch,
)


def _address(draw: Draw, firm: Firm) -> str:
    line = firm.line
    if draw.chance(0.35):
        line = line.replace("Road", "Rd").replace("Street", "St.").replace("Lane", "Ln")
    if draw.chance(0.15):
        line = _typo(draw, line)
    if draw.chance(0.12):
        return firm.town
    if draw.chance(0.08):  # it has moved
        line = f"{draw.whole(1, 250)} {draw.one(STEMS)} Road"
    parts = [line, firm.postcode if draw.chance(0.7) else "", firm.town.upper() if draw.chance(0.3) else firm.town]
    return ", ".join(part for part in parts if part)
