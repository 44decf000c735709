"""XLSX (ISO/IEC 29500): a packed spreadsheet without macros, without other files inside, that does not swell when unpacked."""

from __future__ import annotations

import io
import zipfile

from customhouse.gates.papers.kind import TAKEN, refuse

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_UNPACKED = 256 * 1024 * 1024
RUNS = ("vbaproject.bin", "/activex/", "/embeddings/", "/macrosheets/")


def look(data: bytes, name: str) -> str:
    """The media type. Raises Refusal: BrokenFile, EncryptedFile, ActiveContent, UnknownKind, TooLarge."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
        raise refuse("BrokenFile", "The file breaks off or is damaged", "Save or send it again", name) from fault
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        label = "This is an archive or a document that is not taken"
        raise refuse("UnknownKind", label, f"{TAKEN}; unpack an archive and attach what is in it", name)
    if any(part.flag_bits & 1 for part in parts):
        raise refuse("EncryptedFile", "The spreadsheet is protected", "Save it without a password", name)
    if any(sign in f"/{part.filename.lower()}" for part in parts for sign in RUNS):
        label = "The spreadsheet holds macros or other files"
        raise refuse("ActiveContent", label, "Save it as a spreadsheet without macros (.xlsx)", name)
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise refuse("TooLarge", "The spreadsheet is far larger when it is unpacked", "Split it", name)
    return TYPE
