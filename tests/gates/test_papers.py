"""Papers: what a file is comes from its bytes; what is empty, broken, protected or would run is refused with the reason."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from customhouse.desks.lodge_papers import SAID
from customhouse.gates.papers import clean_name, look
from customhouse.kernel.problem import Refusal

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"
TIFF = b"II*\0\x08\0\0\0" + b"\0" * 40


def xlsx(*more: str, **options: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in ("[Content_Types].xml", "xl/workbook.xml", *more):
            packed.writestr(name, "x" * options.get("size", 1))
    return file.getvalue()


def packed_pdf(inside: bytes) -> bytes:
    """A PDF whose objects lie compressed in an object stream, where a plain search does not see them."""
    body = zlib.compress(inside)
    stream = b"2 0 obj <</Type /ObjStm /Filter /FlateDecode /Length %d>>\nstream\n" % len(body) + body + b"\nendstream"
    return PDF.replace(b"trailer", stream + b"\nendobj\ntrailer")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, "application/pdf"),
        (packed_pdf(b"<</Type /Page>>"), "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (TIFF, "image/tiff"),
        (xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"<?xml version='1.0'?><!-- a --><Invoice>5</Invoice>", "application/xml"),
        ("<Invoice>é</Invoice>".encode("utf-16"), "application/xml"),
        (b'{"invoice": 5}', "application/json"),
        (b"item;price\n1;5\n2;7\n", "text/csv"),
        (b"Dear sir,\nthe goods are fine.\n", "text/plain"),
        (b"[not json] but a note", "text/plain"),
    ],
)
def test_the_kind_is_found_out_from_the_bytes(data: bytes, kind: str) -> None:
    offered = look(data, "named-wrongly.exe", about="query 1")
    assert (offered.paper.type, offered.paper.size, offered.paper.about) == (kind, len(data), "query 1")
    assert offered.data == data


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "EmptyFile"),
        (b" \n", "EmptyFile"),
        (b"x" * 101, "TooLarge"),
        (PDF[:-7], "BrokenFile"),
        (PDF.replace(b"/Root", b"/Encrypt 5 0 R /Root"), "EncryptedFile"),
        (PDF.replace(b"/Catalog", b"/Catalog /OpenAction <</S /JavaScript /JS (app.alert)>>"), "ActiveContent"),
        (PDF.replace(b"/Catalog", b"/Catalog /OpenAction <</S /J#61vaScript>>"), "ActiveContent"),
        (PDF.replace(b"/Catalog", b"/Catalog /A <</S /Launch /F (cmd.exe)>>"), "ActiveContent"),
        (PDF.replace(b"/Catalog", b"/Catalog /Names <</EmbeddedFiles 7 0 R>>"), "ActiveContent"),
        (packed_pdf(b"<</S /JavaScript /JS (app.alert)>>"), "ActiveContent"),
        (PNG[:30], "BrokenFile"),
        (JPEG[:-2], "BrokenFile"),
        (TIFF[:6], "BrokenFile"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, "EncryptedFile"),
        (xlsx()[:-30], "BrokenFile"),
        (xlsx("xl/vbaProject.bin"), "ActiveContent"),
        (xlsx("xl/embeddings/oleObject1.bin"), "ActiveContent"),
        (b"PK\x03\x04nothing", "BrokenFile"),
        (b"<!DOCTYPE html><p>hello</p>", "ActiveContent"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "ActiveContent"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "ActiveContent"),
        (b"<Invoice><Line", "BrokenFile"),
        (b"MZ\x90\0\x03\0\0\0", "UnknownKind"),
        (b"\x7fELF\x02\x01", "UnknownKind"),
        ("Überweisung".encode("latin-1"), "UnknownKind"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_reason(data: bytes, rule: str) -> None:
    with pytest.raises(Refusal) as refusal:
        look(data, "a.pdf", largest=100 if rule == "TooLarge" else 10_000)
    (problem,) = refusal.value.problems
    assert problem.rule == rule
    assert problem.value == "a.pdf"
    assert problem.hint
    if rule != "TooLarge":
        assert problem.label in SAID  # so that it has words in every language
    assert problem.hint in SAID


def test_an_archive_is_told_to_be_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("invoice.pdf", PDF)
    with pytest.raises(Refusal, match="unpack an archive"):
        look(file.getvalue(), "all.zip")


def test_a_spreadsheet_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customhouse.gates.papers.sheet.MOST_UNPACKED", 5000)
    with pytest.raises(Refusal, match="far larger"):
        look(xlsx("xl/one.xml", size=4000), "bomb.xlsx")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\papers\\Rechnung Nr. 5.pdf", "Rechnung Nr. 5.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "a_b__Set-Cookie_ x.pdf"),
        ("facture n°12 (é).pdf", "facture n_12 (é).pdf"),
        ("  ..", "paper"),
        ("", "paper"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert clean_name(given) == kept
    assert len(clean_name(given * 100)) <= 120
