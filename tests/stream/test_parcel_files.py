"""What each kind of bad consolidation gets: a verdict per row or per file, never an unexplained stop."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

pa = pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

import pyarrow.ipc as ipc  # noqa: E402
import pyarrow.parquet as parquet  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from customhouse.kernel.problem import Refusal  # noqa: E402
from customhouse.record.parcel import NAMES, Parcel  # noqa: E402
from customhouse.simulator.parcels import parcels  # noqa: E402
from customhouse.stream.parcels import decode  # noqa: E402
from customhouse.stream.parcels.batches import Source  # noqa: E402
from customhouse.stream.parcels.lines import LONGEST, Lines  # noqa: E402
from customhouse.stream.parcels.rows import Quarantined, day, settle  # noqa: E402

ONE = Parcel(
    reference="LX000000000CN", consignor="Fischer Trading 42", consignor_country="CN", consignee="Kira García", address="902 Coral Avenue",
    postcode="30004", city="Westbay", description="Building blocks", code="95030000", origin="CN", packages="1",
    gross_mass="0.906", net_mass="0.815", price="13.50", currency="EUR", procedures="C07", invoice="SO-0", posted="20261120",
)  # fmt: skip
LINES = [msgspec.json.encode(p) for p in (ONE, *parcels(8, "files"))]
HEADER = ",".join(NAMES).encode()


def cells(parcel: Parcel, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow([getattr(parcel, n) for n in NAMES])
    return text.getvalue().encode()


def read(path: Path, size: int = 4) -> tuple[dict[int, Parcel], dict[int, Quarantined]]:
    """(line -> parcel, line -> what was wrong) of a file, taken in small chunks."""
    source, found, bad = Source(path, size), {}, {}
    for chunk in source.chunks():
        rows, wrong = settle(source.table(chunk))
        found |= {int(rows.line[n]): rows.parcel(n) for n in range(len(rows))}
        assert not set(bad) & {q.line for q in wrong}
        bad |= {q.line: q for q in wrong}
    assert not set(found) & set(bad)
    return found, bad


def written(tmp_path: Path, lines: list[bytes], name: str = "a.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as fault:
        read(path)
    return "; ".join(str(p) for p in fault.value.problems)


# --- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "rule", "why"),
    [
        (LINES[0][:80], "NotJSON", "not one whole JSON object"),
        (b'{"reference": "a"} {"reference": "b"}', "NotJSON", "not one whole JSON object"),
        (b"[1, 2]", "NotJSON", "no JSON object"),
        (LINES[0].replace(b"Fischer", b"Fi\xe9r\xff"), "BadEncoding", "is not UTF-8"),
        (LINES[0].replace(b'"price":', b'"prize":'), "UnknownField", "Did you mean price?"),
        (LINES[0].replace(b'"currency":"EUR",', b""), "MissingField", "currency is missing"),
        (LINES[0].replace(b'"13.50"', b'""'), "MissingField", "price is missing"),
        (LINES[0].replace(b'"13.50"', b"null"), "MissingField", "price is missing"),
        (LINES[0].replace(b'"13.50"', b'"' + b"9" * 30 + b'"'), "InvalidNumber", "at most 13 digits"),
        (LINES[0].replace(b'"13.50"', b'"13,50"'), "InvalidNumber", "after a point"),
        (LINES[0].replace(b'"13.50"', b"1e400"), "InvalidNumber", "after a point"),
        (LINES[0].replace(b'"13.50"', b"NaN"), "InvalidNumber", "NaN is no number"),
        (LINES[0].replace(b'"13.50"', b"[1]"), "WrongType", "price is neither text nor a number"),
        (LINES[0].replace(b'"0.906"', b'"906 g"'), "InvalidNumber", "kilograms"),
        (LINES[0].replace(b'"packages":"1"', b'"packages":"1.5"'), "InvalidNumber", "whole number"),
        (LINES[0].replace(b'"20261120"', b'"20/11/2026"'), "InvalidDate", "2026-11-24 or 20261124"),
        (LINES[0].replace(b'"20261120"', b'"2026-11-31"'), "InvalidDate", "2026-11-24 or 20261124"),
        (LINES[0].replace(b'"reference":', b'"reference":"x","reference":'), "RepeatedField", "stands twice"),
        (LINES[0].replace(b"Kira", b"Ki\\u0000ra"), "ControlCharacter", "consignee holds a control character"),
        (LINES[0].replace(b"Kira", b"\\ud800"), "BadEncoding", "half a character"),
        (b'{"reference":"' + b"x" * LONGEST + b'"}', "LineTooLong", "more than"),
        (LINES[0].replace(b"Kira", b"K" * 3000), "TextTooLong", "more than 2000 characters"),
        (b"[" * 50_000, "NotJSON", "nested too deeply"),
    ],
)
def test_a_broken_line_is_put_aside_with_its_reason_and_the_batch_goes_on(
    tmp_path: Path, line: bytes, rule: str, why: str
) -> None:
    found, bad = read(written(tmp_path, [*LINES[1:5], line, b"", *LINES[5:]]))
    assert list(bad) == [5]
    assert bad[5].rule == rule and why in f"{bad[5].why} {bad[5].hint}"
    assert sorted(found) == [1, 2, 3, 4, 7, 8, 9, 10]
    assert [found[n] for n in sorted(found)] == list(parcels(8, "files"))


def test_dates_in_three_forms() -> None:
    assert day("2026-11-24") == day("20261124") == "20261124"
    assert (
        day("24.11.2026") is None
        and day("24/11/26") is None
        and day("11/24/2026") is None
        and day("２０２６１１２４") is None
    )


@pytest.mark.parametrize(
    ("line", "rule", "why"),
    [
        (b"a,b,c", "WrongCells", f"3 cells, its header {len(NAMES)}"),
        (cells(ONE).replace(b"Kira", b'"Kira'), "NotCSV", "no whole row"),
        (cells(ONE).replace(b"Kira", b"Kir\xe4"), "BadEncoding", "is not UTF-8"),
        (cells(ONE).replace(b"13.50", b"13.5.0"), "InvalidNumber", "price"),
    ],
)
def test_a_broken_row_of_csv(tmp_path: Path, line: bytes, rule: str, why: str) -> None:
    good = [cells(p) for p in parcels(6, "csv")]
    found, bad = read(written(tmp_path, [HEADER, *good[:3], line, *good[3:]], "a.csv"))
    assert list(bad) == [5] and bad[5].rule == rule and why in bad[5].why
    assert [found[n] for n in sorted(found)] == list(parcels(6, "csv"))


def test_csv_with_other_delimiters_quotes_marks_and_line_ends(tmp_path: Path) -> None:
    made = [msgspec.structs.replace(p, city='West, "bay"; éé') for p in parcels(9, "csv")]
    for delimiter in ",;\t|":
        lines = [delimiter.join(NAMES).encode(), *(cells(p, delimiter) + b"\r" for p in made)]
        path = tmp_path / "a.csv"
        path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
        found, bad = read(path)
        assert not bad and [found[n] for n in sorted(found)] == made


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_column_that_is_missing_or_renamed_refuses_the_file_and_says_which(tmp_path: Path) -> None:
    told = refused(written(tmp_path, [HEADER.replace(b",price,", b",prise,"), b"1"], "a.csv"))
    assert "UnknownColumn" in told and "Did you mean price?" in told and "The column price is missing" in told
    assert "there twice" in refused(written(tmp_path, [HEADER + b",city", b"1"], "b.csv"))
    table = pa.table({n: ["1"] for n in NAMES if n != "consignee"})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert "The column consignee is missing" in refused(tmp_path / "a.parquet")


def test_a_gzip_that_ends_in_the_middle_or_is_damaged_is_refused_whole(tmp_path: Path) -> None:
    packed = gzip.compress(b"\n".join(msgspec.json.encode(p) for p in parcels(3000, "gz")))
    whole, cut, hurt = (tmp_path / name for name in ("whole.gz", "cut.gz", "hurt.gz"))
    whole.write_bytes(packed)
    found, bad = read(whole, 500)
    assert len(found) + len(bad) == 3000 and set(bad) <= set(range(1, 3001))
    cut.write_bytes(packed[: len(packed) // 2])
    assert "DamagedFile" in refused(cut) and "Nothing of it was taken" in refused(cut)
    hurt.write_bytes(packed[:5000] + b"\x00\xff\x00" + packed[5003:])
    assert "DamagedFile" in refused(hurt)


def test_damaged_empty_and_foreign_files(tmp_path: Path) -> None:
    parquet.write_table(pa.table({n: [n] * 5000 for n in NAMES}), tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(data[: len(data) - 40])
    assert "DamagedFile" in refused(tmp_path / "b.parquet")
    (tmp_path / "empty").write_bytes(b"")
    assert "Column" in refused(tmp_path / "empty") or "EmptyFile" in refused(tmp_path / "empty")
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    assert refused(tmp_path / "picture")


def test_numbers_that_are_not_exact_are_refused_in_parquet_and_exact_ones_read(tmp_path: Path) -> None:
    columns: dict[str, Any] = {n: pa.array([getattr(ONE, n)]) for n in NAMES}
    parquet.write_table(pa.table(columns | {"price": pa.array([13.5])}), tmp_path / "a.parquet")
    assert "The column price is double" in refused(tmp_path / "a.parquet")
    exact = {
        "price": pa.array([Decimal("13.50")]),
        "packages": pa.array([1], pa.int32()),
        "consignor": pa.array(["x"]).dictionary_encode(),
    }
    parquet.write_table(pa.table(columns | exact), tmp_path / "b.parquet")
    with ipc.new_file(tmp_path / "c.arrow", pa.table(columns | exact).schema) as writer:
        writer.write_table(pa.table(columns | exact))
    for name in ("b.parquet", "c.arrow"):
        found, bad = read(tmp_path / name)
        assert not bad and found[1] == msgspec.structs.replace(ONE, consignor="x")


def test_memory_stays_bounded_also_where_a_file_has_no_line_end(tmp_path: Path) -> None:
    """600 MB in one line, and 130 MB of long rows: neither is ever held whole, nor are the long rows of one chunk."""
    one = tmp_path / "one.jsonl"
    with one.open("wb") as file:
        file.write(b'{"reference":"')
        file.truncate(600_000_000)  # a hole, which takes no room on the disk
    long = tmp_path / "long.jsonl.gz"
    row = msgspec.json.encode(msgspec.structs.replace(ONE, description="wool scarf " * 150, address="y" * 2000))
    with gzip.open(long, "wb", 1) as packed:
        for _ in range(20):
            packed.write((row + b"\n") * 1000)
    program = """
import resource, sys
from pathlib import Path
from customhouse.stream.parcels.batches import Source
from customhouse.stream.parcels.rows import settle
def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before, source, rows, rules = held(), Source(Path(sys.argv[1])), 0, []
for chunk in source.chunks():
    found, bad = settle(source.table(chunk))
    rows += len(found)
    rules += [q.rule for q in bad]
print(rows, rules)
print(held() - before)
"""
    for path, expected in ((one, "0 ['LineTooLong']"), (long, "20000 []")):
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
        told, _, most = done.stdout.strip().rpartition("\n")
        assert told == expected, done.stderr[-2000:]
        assert int(most) < 400_000, most  # kB beside what the libraries take


# --- both ways of decoding ---------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["", '"', '""', "a,b", "\\", "\\u", "é", "{}"]
)
ROWS = st.lists(st.builds(Parcel, **dict.fromkeys(NAMES, TEXTS)), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.booleans())
def test_a_chunk_at_once_and_line_by_line_are_the_same(made: list[Parcel], ascii_only: bool) -> None:
    lines = [json.dumps({n: getattr(p, n) for n in NAMES}, ensure_ascii=ascii_only).encode() for p in made]
    same(decode.json_lines, lines, decode._json_at_once, decode._json_row)
    rows = [cells(p) for p in made]
    read_rows = decode.csv_lines(HEADER)
    same(
        read_rows, [HEADER, *rows], lambda data, count: decode._csv_at_once(data, count, NAMES, b","),
        lambda line: list(decode._cells(line, ",")), header=True,
    )  # fmt: skip


def same(how: Any, lines: list[bytes], at_once: Any, row: Any, *, header: bool = False) -> None:
    slow = [row(line) for line in lines[int(header) :]]
    table = how(Lines(1, len(lines), b"\n".join(lines)))
    assert [[table.columns[n][i].as_py() for n in NAMES] for i in range(len(slow))] == slow
    if (fast := at_once(b"\n".join(lines[int(header) :]), len(slow))) is not None:
        columns = {n: (fast[n].fill_null("").to_pylist() if n in fast else [""] * len(slow)) for n in NAMES}
        assert [[columns[n][i] for n in NAMES] for i in range(len(slow))] == slow


def test_random_bytes_never_stop_the_reader(tmp_path: Path) -> None:
    chance = random.Random(4)
    for n in range(60):
        data = bytearray(b"\n".join(LINES))
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / f"{n}.jsonl"
        path.write_bytes(bytes(data))
        try:
            found, bad = read(path)
        except Refusal:
            continue
        assert len(found) + len(bad) >= 1


# --- what is shipped --------------------------------------------------------------------------------------------------


def test_the_samples_are_whole_and_the_schema_says_the_fields() -> None:
    folder = Path(__file__).resolve().parents[2] / "examples/parcels"
    for name, count in (("morning.jsonl", 200), ("morning.csv", 40)):
        found, bad = read(folder / name, 50)
        assert len(found) + len(bad) == count and len(found) > count * 0.95
    schema = json.loads((folder / "parcel.schema.json").read_text())
    assert tuple(schema["properties"]) == NAMES and tuple(schema["required"]) == decode.MUST
    guide = (folder.parents[1] / "docs/guides/parcels.md").read_text()
    assert not [name for name in NAMES if name not in guide]


# --- forms that are not taken ------------------------------------------------------------------------------------------


def test_what_is_no_file_of_parcels_is_named_and_told_what_to_do(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    text = b"\n".join(LINES)
    kinds = {
        "empty.csv": (b"", "EmptyFile", "empty"),
        "blank.csv": (b"\n \n", "MissingColumn", "reference"),
        "header.csv": (HEADER + b"\n\n  \n", "EmptyFile", "There is a header and no parcel"),
        "sheet.csv": (packed.getvalue(), "PackedFile", "Save a workbook as CSV UTF-8"),
        "old.xls": (b"\xd0\xcf\x11\xe0" + bytes(600), "NotAForm", "Save it as CSV UTF-8"),
        "a.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(600), "PackedFile", "Unpack it"),
        "paper.pdf": (b"%PDF-1.7\n", "NotAForm", "This is a PDF"),
        "twice.gz": (gzip.compress(gzip.compress(text)), "PackedFile", "another packed file"),
        "zip.gz": (gzip.compress(packed.getvalue()), "PackedFile", "zip file"),
        "utf16.jsonl": (text.decode().encode("utf-16"), "WrongEncoding", "UTF-16"),
        "utf16le.csv": (HEADER.decode().encode("utf-16-le"), "WrongEncoding", "UTF-16"),
        "array.json": (b"[" + b",\n".join(LINES) + b"]", "JSONArray", "jq -c '.[]'"),
        "pretty.json": (json.dumps(json.loads(LINES[0]), indent=1).encode(), "NotJSONLines", "jq -c ."),
    }  # fmt: skip
    for name, (data, rule, told) in kinds.items():
        (tmp_path / name).write_bytes(data)
        said = refused(tmp_path / name)
        assert rule in said and told in said, (name, said)
    (tmp_path / "folder").mkdir()
    assert "NotAFile: This is a directory" in refused(tmp_path / "folder")
    with pytest.raises(FileNotFoundError):
        Source(tmp_path / "nowhere.csv")


def test_latin_1_costs_the_lines_that_have_its_letters_and_names_the_byte(tmp_path: Path) -> None:
    made = [
        msgspec.structs.replace(p, city="Zürich" if n % 3 == 0 else "Westbay")
        for n, p in enumerate(parcels(9, "latin"))
    ]
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join([HEADER, *(cells(p).decode().encode("latin-1", "replace") for p in made)]))
    found, bad = read(path)
    assert {2, 5, 8} <= set(bad) and len(found) + len(bad) == 9
    assert {q.rule for q in bad.values()} == {"BadEncoding"} and "save the file as UTF-8" in bad[2].hint


def test_zero_bytes_and_numbers_beyond_64_bits_cost_their_line(tmp_path: Path) -> None:
    bad_lines = [
        LINES[0].replace(b"Kira", b"Ki\0ra"),
        LINES[0].replace(b'"13.50"', str(1 << 64).encode()),
        LINES[0].replace(b'"packages":"1"', b'"packages":99999999999999999999'),
        LINES[0].replace(b'"0.906"', b"0." + b"1" * 400),
    ]
    found, bad = read(written(tmp_path, [*bad_lines, *LINES[1:4]]))
    assert sorted(found) == [5, 6, 7]
    assert [bad[n].rule for n in (1, 2, 3, 4)] == ["NotJSON", "InvalidNumber", "InvalidNumber", "InvalidNumber"]
    rows = [cells(ONE).replace(b"Kira", b"Ki\0ra"), cells(ONE)]
    found, bad = read(written(tmp_path, [HEADER, *rows], "a.csv"))
    assert list(found) == [3] and bad[2].rule in ("ControlCharacter", "NotCSV")


def test_nested_and_foreign_columns_are_refused_and_a_number_of_64_bits_is_read(tmp_path: Path) -> None:
    columns: dict[str, Any] = {n: pa.array([getattr(ONE, n)]) for n in NAMES}
    for made, told in (
        (pa.array([{"name": "Kira"}]), "consignee is struct"),
        (pa.array([["Kira"]]), "consignee is list"),
        (pa.array([True]), "consignee is bool"),
        (pa.array([b"Kira"]), "consignee is binary"),
    ):
        parquet.write_table(pa.table(columns | {"consignee": made}), tmp_path / "a.parquet")
        assert told in refused(tmp_path / "a.parquet")
    parquet.write_table(pa.table(columns | {"price": pa.array([2**64 - 1], pa.uint64())}), tmp_path / "b.parquet")
    found, bad = read(tmp_path / "b.parquet")
    assert not found and bad[1].rule == "InvalidNumber"


def test_a_small_file_that_would_unpack_to_a_huge_one_is_refused_in_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customhouse.stream.parcels.lines.UNPACKED", 20_000_000)
    for name, one in (
        ("lines.gz", b"\n" * 1_000_000),
        ("one.gz", b'{"a":"' + b"0" * 1_000_000),
        ("x.gz", b"<a>" + b" " * 1_000_000),
    ):
        bomb = tmp_path / name
        bomb.write_bytes(gzip.compress(one) * 10_000)  # 10 MB that are 10 GB
        assert bomb.stat().st_size < 30_000_000
        monkeypatch.setattr("customhouse.stream.parcels.lines.RATIO", 2)
        assert "SwollenFile" in refused(bomb)
    monkeypatch.undo()
    honest = tmp_path / "honest.gz"
    honest.write_bytes(gzip.compress(LINES[1] + b"\n") + gzip.compress((LINES[1] + b"\n") * 3000))
    assert len(read(honest, 5000)[0]) == 3001
