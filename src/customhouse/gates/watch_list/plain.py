"""A list of one's own: CSV with a heading. Rows that share a reference are one party under several names."""

from __future__ import annotations

from datetime import date

from customhouse.gates.watch_list.rows import FIELD, Rows, table
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.watch_list import ListedParty, PartyKind

COLUMNS = ("name", "reference", "alias", "kind", "programme", "listed_on", "remarks")


def read(data: bytes, rows: Rows) -> list[ListedParty]:
    """The parties; separator comma, semicolon or tab, by the heading. Several aliases in one cell stand apart by `|`."""
    heading = data.split(b"\n", 1)[0]
    separator = max((",", ";", "\t"), key=lambda one: heading.count(one.encode()))
    lines = table(data, separator)
    _, names = next(lines, ("", []))
    columns = [name.strip().lower() for name in names]
    _check(columns)
    found: dict[str, ListedParty] = {}
    for where, row in lines:
        if len(row) != len(columns):
            rows.bad(
                "WrongColumns",
                f"The row has {len(row)} columns, its heading {len(columns)}",
                where,
                "Check quotes and separators",
            )
            continue
        cells = {column: cell.strip() for column, cell in zip(columns, row, strict=True)}
        party = _party(cells, where, rows)
        if party is None:
            continue
        before = found.get(party.reference)
        if before is not None:
            party = ListedParty(
                before.reference,
                tuple(dict.fromkeys(before.names + party.names)),
                before.kind,
                before.programme,
                before.listed_on,
                before.remarks,
            )
        found[party.reference] = party
    return list(found.values())


def _check(columns: list[str]) -> None:
    strange = [one for one in columns if one not in COLUMNS]
    twice = {one for one in columns if columns.count(one) > 1}
    if "name" not in columns or strange or twice:
        problem = Problem(
            "UnknownHeading",
            "The first line must name the columns, each once, `name` among them",
            "line 1",
            f"Columns are {', '.join(COLUMNS)}",
            ", ".join(strange or sorted(twice) or columns)[:60],
        )
        raise Refusal([problem])


def _party(cells: dict[str, str], where: str, rows: Rows) -> ListedParty | None:
    if (name := rows.name(cells["name"], where)) is None:
        return None
    aliases = []
    for alias in filter(None, (one.strip() for one in cells.get("alias", "").split("|"))):
        if (tidy := rows.name(alias, where)) is None:
            return None
        aliases.append(tidy)
    kind = cells.get("kind", "").upper() or PartyKind.OTHER.value
    if kind not in PartyKind.__members__:
        rows.bad("UnknownKind", "The kind of the party is not known", where, f"One of {', '.join(PartyKind)}", kind)
        return None
    listed = None
    if cells.get("listed_on"):
        try:
            listed = date.fromisoformat(cells["listed_on"])
        except ValueError:
            rows.bad("BadDate", "This is no day", where, "Write 2026-11-25", cells["listed_on"])
            return None
    return ListedParty(
        cells.get("reference") or name,
        tuple(dict.fromkeys([name, *aliases])),
        PartyKind(kind),
        cells.get("programme", "")[:FIELD],
        listed,
        cells.get("remarks", "")[:FIELD],
    )
