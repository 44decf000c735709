"""The gate of watch lists: OFAC's SDN list (CSV with its alias file), the UN Security Council's consolidated list (XML), and
plain CSV with a heading.

A list is taken whole or not at all: a sanctions list with a hole in it is worse than yesterday's. `skip_bad` takes what can
be read and tells every row that was left out, with its line and the reason.
"""

from __future__ import annotations

from customhouse.gates.watch_list import ofac, plain, united_nations
from customhouse.gates.watch_list.rows import MAX_BYTES, Rows, digest, unpacked
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.watch_list import WatchList

__all__ = ["FORMATS", "MAX_BYTES", "is_ofac", "read", "sniff"]

FORMATS = {
    "ofac": "OFAC SDN list: sdn.csv, its alias file alt.csv beside it",
    "un": "United Nations Security Council consolidated list, XML",
    "csv": "plain CSV, UTF-8, with a heading: name, and reference, alias, kind, programme, listed_on, remarks as wanted",
}


def sniff(data: bytes) -> str:
    """The format of a list by its bytes."""
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        return "un"
    return "ofac" if start[:1].isdigit() and b"-0-" in start else "csv"


def is_ofac(data: bytes) -> bool:
    """Whether the bytes (gzip or not) are OFAC's list, which may have an alias file beside it."""
    return sniff(unpacked(data)) == "ofac"


def read(data: bytes, aliases: bytes | None = None, format: str = "", skip_bad: bool = False) -> WatchList:
    """The list in a file (gzip is unpacked). `aliases` is OFAC's alias file.

    Raises Refusal with every bad row, its line and the reason; with `skip_bad` only when nothing can be read at all.
    """
    plain_data = unpacked(data)
    extra = unpacked(aliases) if aliases is not None else None
    chosen = format or sniff(plain_data)
    if chosen not in FORMATS:
        raise Refusal(
            [
                Problem(
                    "UnknownListFormat",
                    "This is no format of a watch list",
                    "",
                    f"Name one of {', '.join(FORMATS)}",
                    chosen,
                )
            ]
        )
    if extra is not None and chosen != "ofac":
        raise Refusal(
            [
                Problem(
                    "AliasFileNotWanted",
                    "Only OFAC's list has its aliases in a file of their own",
                    "",
                    "Leave the alias file out",
                )
            ]
        )
    rows = Rows()
    dated = None
    if chosen == "un":
        parties, dated = united_nations.read(plain_data, rows)
    elif chosen == "ofac":
        parties = ofac.read(plain_data, extra, rows)
    else:
        parties = plain.read(plain_data, rows)
    if not parties and not rows.problems:
        rows.bad(
            "EmptyList", "The list names nobody", "", "Check that this is the file meant; an empty list is never taken"
        )
    if rows.problems and (not skip_bad or not parties):
        raise Refusal(rows.told())
    return WatchList(chosen, digest(plain_data, extra), tuple(parties), dated, tuple(rows.problems))
