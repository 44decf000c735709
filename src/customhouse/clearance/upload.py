"""The bytes of a consolidation handed in over HTTP: added portion by portion to a file, never held whole, and never lost.

How many bytes have come is the size of the file, which is on the disk before a portion is answered; so whoever was cut off asks
how far it is and goes on from there, as tus 1.0 has it (https://tus.io/protocols/resumable-upload). Bytes of a portion with a
checksum do not count before it is proved: until then a file beside says where it begins (`_unproved`), also after a kill. When the
last byte is there the worker's turn comes (`house.clearing`).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from django.conf import settings

from customhouse.kernel.problem import Problem
from customhouse.record.parcel import Consolidation
from customhouse.registry import lawbook, uploads
from customhouse.registry.uploads import Upload

Why = Literal["input", "reference", "large", "full", "offset", "busy", "checksum", "gone", "late"]
RESERVE = 256 * 1024 * 1024
"""Bytes of the disk that uploads leave free: the register needs room as well."""
CHECKSUMS = ("sha256", "sha1", "md5")
LONGEST_REFERENCE, LONGEST_NAME = 70, 200


class NotTaken(Exception):
    """Bytes or a file are not taken: `why` in a word, the problem as it is told, and where the upload stands (`offset`)."""

    def __init__(self, why: Why, problem: Problem, offset: int | None = None) -> None:
        super().__init__(str(problem))
        self.why, self.problem, self.offset = why, problem, offset


def folder() -> Path:
    """Where files lie until they are cleared."""
    place: Path = settings.UPLOADS
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def path(id: str) -> Path:
    """The file of an upload."""
    return folder() / id


def _unproved(id: str) -> Path:
    """Says at which byte a portion begins whose checksum has not been compared yet."""
    return folder() / f"{id}.unproved"


def _come(id: str) -> int:
    """How many bytes of an upload count."""
    try:
        size = path(id).stat().st_size
    except FileNotFoundError:
        return 0
    try:
        return min(size, int(_unproved(id).read_text()))
    except FileNotFoundError:
        return size


def announce(of: Consolidation, name: str, length: int, digest: str, by: str) -> tuple[Upload, bool]:
    """(the upload, whether it is new): the same content handed in for the same consolidation is one upload.

    `digest`: the SHA-256 of the whole file in hex, or empty. Raises NotTaken: too large, no room, a reference that stands for
    another file, or what cannot be read.
    """
    _check(of, length, digest)
    if digest:
        _is_other(of, digest)
    if (known := uploads.alike(of, length, digest)) is not None:
        return known, False
    if (room := shutil.disk_usage(folder()).free - RESERVE) < length:
        raise NotTaken("full", _no_room(length, max(0, room)))
    made = uploads.announce(of, name[:LONGEST_NAME] or of.reference, length, digest, by)
    path(made.id).touch(mode=0o600)
    return made, True


def _check(of: Consolidation, length: int, digest: str) -> None:
    def wrong(where: str, label: str, hint: str, value: str = "") -> NotTaken:
        return NotTaken("input", Problem("InvalidInput", label, where, hint, value[:40]))

    if not 0 < len(of.reference) <= LONGEST_REFERENCE or not of.reference.isprintable():
        hint = (
            f"Give the consolidation 1 to {LONGEST_REFERENCE} printable characters, for instance the flight and its day"
        )
        raise wrong("reference", "The consolidation has no reference that can be taken", hint, of.reference)
    today = datetime.now(UTC).date()
    if of.office and of.office not in (known := lawbook.current(today).on(today).contents.offices):
        raise wrong("office", "There is no such customs office", f"Name one of {', '.join(sorted(known))}", of.office)
    if not re.fullmatch("[0-9]?", of.mode):
        raise wrong("mode", "A mode of transport is one digit", "4 by air, 5 by post, 3 by road", of.mode)
    if digest and not re.fullmatch("[0-9a-f]{64}", digest):
        raise wrong("sha256", "This is no SHA-256", "Send 64 hexadecimal digits, or leave it out", digest)
    if length <= 0:
        raise wrong("Upload-Length", "The file is empty", "Send a file with a parcel in every line")
    if length > settings.UPLOAD_MAX_BYTES:
        label = f"The file has {length} bytes; at most {settings.UPLOAD_MAX_BYTES} are taken"
        raise NotTaken("large", Problem("TooLarge", label, "Upload-Length", "Pack it with gzip, or send several files"))


def _is_other(of: Consolidation, digest: str) -> None:
    """Raises NotTaken where another file was cleared under this reference."""
    if uploads.digest_under(of.declarant, of.reference) not in ("", digest):
        label = f"{of.declarant} has handed in another file under the reference {of.reference}"
        raise NotTaken(
            "reference", Problem("DuplicateReference", label, "reference", "Give every file its own reference")
        )


def _no_room(wanted: int, room: int) -> Problem:
    label = f"There is no room for {wanted} bytes here; {room} are free"
    return Problem(
        "NoRoom", label, "", "What has come is kept. Come back later and go on, or tell the help desk of customs"
    )


def offset(one: Upload) -> int:
    """How many bytes of an upload have come. One whose last byte has come is handed to the worker now."""
    if one.state != "receiving":
        return one.length
    size = _come(one.id)
    if size == one.length:
        uploads.queue(one.id)
    return size


class Receiving:
    """An open upload that bytes are added to, by one sender at a time. Use in a `with` block: what was written stays."""

    def __init__(
        self, one: Upload, at: int, *, length: int | None = None, checksum: tuple[str, bytes] | None = None
    ) -> None:
        """`at` is where the sender believes to be, `length` how many bytes it will send, `checksum` their (algorithm, digest).

        Raises NotTaken.
        """
        self.of, self.checksum = one, checksum
        if one.state == "ended":
            hint = "Announce the file again"
            raise NotTaken("gone", Problem("UploadEnded", "This upload was ended", "", hint))
        if one.state != "receiving":
            raise NotTaken(
                "late", Problem("UploadDone", "The whole file is here already", "", "Read how far it is"), one.length
            )
        self._file = path(one.id).open("r+b" if path(one.id).exists() else "w+b", buffering=0)
        try:
            self._begin(at, length)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, at: int, length: int | None) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            busy = Problem(
                "UploadBusy", "Another request adds to this upload now", "", "Let it end, then ask how far it is"
            )
            raise NotTaken("busy", busy) from None
        self._file.truncate(_come(self.of.id))  # a portion that was not proved when its process was killed is forgotten
        self.first = self.offset = self._file.seek(0, os.SEEK_END)
        if at != self.offset:
            label = f"{self.offset} bytes have come; these would begin at {at}"
            raise NotTaken(
                "offset", Problem("OtherOffset", label, "Upload-Offset", f"Go on from byte {self.offset}"), self.offset
            )
        if length is not None and self.offset + length > self.of.length:
            raise self._too_many()
        self._digest = hashlib.new(self.checksum[0], usedforsecurity=False) if self.checksum else None
        if self.checksum:
            begun = _unproved(self.of.id)
            begun.with_suffix(".new").write_text(str(self.first))
            begun.with_suffix(".new").replace(begun)
        else:
            _unproved(self.of.id).unlink(missing_ok=True)

    def _too_many(self) -> NotTaken:
        label = f"The file was announced with {self.of.length} bytes, and more come"
        hint = "Nothing beyond is taken. Announce the file again with its true length"
        return NotTaken("large", Problem("TooManyBytes", label, "Upload-Length", hint), self.offset)

    def write(self, block: bytes) -> None:
        """Add a block. Raises NotTaken where the disk is full or more comes than was announced; what came before stays."""
        if self.offset + len(block) > self.of.length:
            raise self._too_many()
        try:
            rest = memoryview(block)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as fault:
            if fault.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            self._cut(self.offset)
            raise NotTaken("full", _no_room(self.of.length - self.offset, 0), self.offset) from fault
        self.offset += len(block)
        if self._digest is not None:
            self._digest.update(block)

    def _cut(self, at: int) -> None:
        try:
            self._file.truncate(at)
        finally:
            self.offset = at

    def __enter__(self) -> Receiving:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Put what came on the disk. A portion with a checksum is taken whole or not at all. Raises NotTaken."""
        try:
            wrong = self.checksum is not None and (kind is not None or self._digest.digest() != self.checksum[1])  # type: ignore[union-attr]
            if wrong:
                self._cut(self.first)
            os.fsync(self._file.fileno())
            _unproved(self.of.id).unlink(missing_ok=True)
        finally:
            self._file.close()
        if self.offset == self.of.length:
            uploads.queue(self.of.id)
        elif self.offset > self.first:
            uploads.touch(self.of.id)
        if wrong and kind is None:
            label = "The bytes that came are not those that the checksum speaks of"
            raise NotTaken(
                "checksum", Problem("OtherChecksum", label, "Upload-Checksum", "Send them again"), self.offset
            )


def end(one: Upload) -> None:
    """End an upload and forget its bytes. Raises NotTaken where the worker has it already."""
    if one.is_under_way and not uploads.end(one.id):
        label = "The file is being cleared, and cannot be taken back"
        raise NotTaken("late", Problem("UploadDone", label, "", "Read what became of it"))
    for file in (path(one.id), _unproved(one.id)):
        file.unlink(missing_ok=True)


def tidy() -> int:
    """Hand on what was whole when its process was killed, end what nobody adds to, and remove files that nobody needs."""
    for one in uploads.receiving():
        offset(one)
    ended = uploads.tidy(timedelta(days=settings.UPLOAD_DAYS))
    lying = [file for file in folder().iterdir() if file.name.startswith("up_")]
    needed = uploads.needed([file.stem for file in lying])
    for file in lying:
        if file.stem not in needed:
            file.unlink(missing_ok=True)
    return len(ended)


def pieces(read: Callable[[int], bytes], into: Receiving, size: int = 1 << 20) -> None:
    """Add everything that `read` gives, piece by piece."""
    while block := read(size):
        into.write(block)
