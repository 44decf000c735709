"""Which form a consolidation has, found out from its first bytes; and what is said to one of a form that is not taken."""

from __future__ import annotations

import re

from customhouse.kernel.incoming import BYTE_ORDER_MARKS, beginning
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.parcel import ROWS
from customhouse.stream.parcels.lines import FAULTS, File, damaged, is_gzip, opened

HEAD = 1 << 16
FORMS = ("jsonl", "csv", "postal", "xml", "parquet", "arrow")
_UNPACK = "Unpack it, and hand in the file inside; or pack it with gzip"
_FOREIGN = (
    # what a file begins with, the rule, what it is, what to do
    (b"PK\x03\x04", "PackedFile", "This is a zip file, or a workbook (.xlsx), which is one", f"{_UNPACK}. Save a workbook as CSV UTF-8"),
    (b"PK\x05\x06", "PackedFile", "This is an empty zip file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "PackedFile", "This is a 7-Zip file", _UNPACK),
    (b"Rar!", "PackedFile", "This is a RAR file", _UNPACK),
    (b"BZh", "PackedFile", "This is packed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "PackedFile", "This is packed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "PackedFile", "This is packed with zstd", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "NotAForm", "This is a workbook of an old Excel (.xls)", "Save it as CSV UTF-8"),
    (b"%PDF", "NotAForm", "This is a PDF", "Parcels are data: JSON lines, CSV, XML, Parquet or Arrow"),
    (b"\xff\xff\xff\xff", "NotAForm", "This is an Arrow stream", "Write an Arrow file, which can be read from any place"),
)  # fmt: skip
_POSTAL = re.compile(rb'"(item_id|content_pieces)"\s*:')


def form(path: File) -> str:
    """One of FORMS, with `.gz` where it is packed. Raises Refusal for what is none of them."""
    if not path.is_file():
        path.stat()  # one that is not there is said by the system
        what = "a directory" if path.is_dir() else "no ordinary file, and is read twice"
        raise _refusal("NotAFile", f"This is {what}", path, "Name one file; each is a consolidation of its own")
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not is_gzip(path):
        return _form(head, path)
    try:
        with opened(path) as file:
            head = file.read(HEAD)
    except FAULTS as fault:
        raise Refusal([damaged(path, 0, fault)]) from fault
    found = _form(head, path)
    if found in ("parquet", "arrow"):
        raise _refusal(
            "PackedFile", f"This is {found} packed with gzip", path, "Unpack it; its columns are packed already"
        )
    return f"{found}.gz"


def sized(rows: int, path: File) -> int:
    """The rows of a file. Raises Refusal where it has none, or more than one consolidation can number."""
    if not rows:
        raise Refusal([Problem("EmptyFile", "The file holds no parcel", path.name, "Send the consolidation again")])
    if rows >= ROWS:
        why = f"The file has {rows} rows; one consolidation has fewer than {ROWS}"
        raise Refusal([Problem("TooManyRows", why, path.name, "Hand it in as several consolidations")])
    return rows


def _form(head: bytes, path: File) -> str:
    if not head:
        raise _refusal("EmptyFile", "The file is empty", path, "Check that it was written completely")
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:6] == b"ARROW1":
        return "arrow"
    for magic, rule, what, hint in _FOREIGN:
        if head.startswith(magic):
            raise _refusal(rule, what, path, hint)
    if head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar":
        raise _refusal("PackedFile", "There is another packed file in it", path, _UNPACK)
    if beginning(head).startswith(b"<"):
        return "xml"
    if head.startswith(BYTE_ORDER_MARKS[1:]) or b"\0" in head[:2]:
        raise _refusal("WrongEncoding", "The file is UTF-16", path, "Save it as UTF-8")
    return _of_lines(beginning(head), head, path)


def _of_lines(begins: bytes, head: bytes, path: File) -> str:
    if begins.startswith(b"["):
        hint = "Write one object a line, without brackets and commas around them: jq -c '.[]'"
        raise _refusal("JSONArray", "The file is one JSON array", path, hint)
    if not begins.startswith(b"{"):
        return "csv"
    line = begins.partition(b"\n")[0]
    if line.strip() == b"{":
        raise _refusal("NotJSONLines", "An object goes over several lines", path, "Write each in one line: jq -c .")
    return "postal" if _POSTAL.search(head.lstrip().partition(b"\n")[0]) else "jsonl"


def _refusal(rule: str, what: str, path: File, hint: str) -> Refusal:
    return Refusal([Problem(rule, what, path.name, hint)])
