"""OFAC's Specially Designated Nationals list as CSV without heading (Treasury, "SDN data formats").

sdn.csv: ent_num, name, type, programme, title, call sign, ship type, tonnage, gross tonnage, flag, owner, remarks.
alt.csv: ent_num, alt_num, alias type, alias, remarks. `-0-` stands for nothing.
"""

from __future__ import annotations

from customhouse.gates.watch_list.rows import FIELD, Rows, table
from customhouse.record.watch_list import ListedParty, PartyKind

KINDS = {
    "individual": PartyKind.PERSON,
    "vessel": PartyKind.SHIP,
    "aircraft": PartyKind.AIRCRAFT,
    "": PartyKind.ORGANISATION,
}
SDN_COLUMNS, ALT_COLUMNS = 12, 5


def _cell(text: str) -> str:
    tidy = text.strip()
    return "" if tidy == "-0-" else tidy


def read(data: bytes, aliases: bytes | None, rows: Rows) -> list[ListedParty]:
    """The parties with their aliases; what cannot be read is told to `rows`."""
    also = _aliases(aliases, rows) if aliases is not None else {}
    found: list[ListedParty] = []
    known: set[str] = set()
    for where, row in table(data, file="sdn"):
        cells = [_cell(cell) for cell in row]
        if len(cells) != SDN_COLUMNS:
            rows.bad(
                "WrongColumns",
                f"The row has {len(cells)} columns, not {SDN_COLUMNS}",
                where,
                "Check quotes and separators",
                ",".join(row),
            )
            continue
        number = cells[0]
        if not number.isascii() or not number.isdigit() or number in known:
            label = "The number of the entry stands twice" if number in known else "The row has no number of its entry"
            rows.bad("BadReference", label, where, "Fetch the file again", number)
            continue
        if (name := rows.name(cells[1], where)) is None:
            continue
        if (kind := KINDS.get(cells[2].lower())) is None:
            rows.bad(
                "UnknownKind",
                "The kind of the party is not known",
                where,
                "individual, vessel, aircraft or -0-",
                cells[2],
            )
            continue
        known.add(number)
        names = tuple(dict.fromkeys((name, *(alias for _, alias in also.get(number, ())))))
        found.append(ListedParty(number, names, kind, cells[3][:FIELD], remarks=cells[11][:FIELD]))
    for number in also.keys() - known:
        for where, alias in also[number]:
            rows.bad(
                "AliasOfNobody",
                "The alias belongs to no entry of the list",
                where,
                "Take both files of one day",
                f"{number} {alias}",
            )
    return found


def _aliases(data: bytes, rows: Rows) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for where, row in table(data, file="alt"):
        cells = [_cell(cell) for cell in row]
        if len(cells) != ALT_COLUMNS:
            rows.bad(
                "WrongColumns",
                f"The row has {len(cells)} columns, not {ALT_COLUMNS}",
                where,
                "Check quotes and separators",
                ",".join(row),
            )
        elif (alias := rows.name(cells[3], where)) is not None:
            found.setdefault(cells[0], []).append((where, alias))
    return found
