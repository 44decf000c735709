"""Bytes into JSON documents: an archive (tar, gzipped or not), or one JSON document (gzipped or not)."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec

from customhouse.gates.origin_rules.report import Report
from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 256 * 1024 * 1024
"""Most that is unpacked; the 43 agreements of one country take 30 MB."""

Json = dict[str, Any]


class Source(NamedTuple):
    """The schemes, and the documents with rule sets by the code of their scheme."""

    schemes: tuple[Json, ...]
    rule_sets: dict[str, Json]


def members(data: bytes, report: Report) -> list[tuple[str, bytes]]:
    """(name, bytes) of the documents in a file. Raises Refusal when it cannot be unpacked."""
    return _members(_unzipped(data), report)


def documents(found_in: Iterable[tuple[str, bytes]], report: Report) -> Source:
    """Everything in these documents that is a scheme or a set of rules. Raises Refusal when nothing is."""
    schemes: list[Json] = []
    rule_sets: dict[str, Json] = {}
    for name, content in found_in:
        try:
            found = msgspec.json.decode(content)
        except msgspec.DecodeError as fault:
            report.error("MalformedJSON", f"cannot be read: {fault}", name)
            continue
        if isinstance(found, dict) and "rule_sets" in found:
            rule_sets[PurePosixPath(name).stem] = found
        elif isinstance(told := found.get("schemes") if isinstance(found, dict) else found, list):
            schemes.extend(s for s in told if isinstance(s, dict))
            _others(found, len(told), sum(isinstance(s, dict) for s in told), name, report)
        else:
            report.error("UnknownDocument", "this is neither a list of schemes nor a set of rules", name)
    if not schemes:
        hint = "Hand in the archive of schemes and rule sets, or the answer of the interface"
        raise Refusal([Problem("NoSchemes", "There is no scheme of origin in this file", "", hint), *report.problems()])
    return Source(tuple(schemes), rule_sets)


def _others(found: Any, all_: int, taken: int, name: str, report: Report) -> None:
    if all_ != taken:
        report.error("WrongType", "a scheme that is not an object is left out", name)
    for key in found.keys() - {"schemes"} if isinstance(found, dict) else ():
        report.warn("NotLaw", "has no place in the law", name, key)


def _unzipped(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            plain = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as fault:
        raise Refusal([Problem("BrokenArchive", f"The file cannot be unpacked: {fault}")]) from fault
    if len(plain) > MAX_BYTES:
        raise Refusal([Problem("TooLarge", f"The file unpacks to more than {MAX_BYTES} bytes")])
    return plain


def _members(data: bytes, report: Report) -> list[tuple[str, bytes]]:
    if data[257:262] != b"ustar":
        return [("the file", data)]
    members: list[tuple[str, bytes]] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                if not member.isfile():
                    continue
                content = archive.extractfile(member)
                if not member.name.endswith(".json") or content is None:
                    report.warn("NotLaw", "this member of the archive is no JSON", member.name)
                    continue
                members.append((member.name, content.read()))
    except tarfile.TarError as fault:
        raise Refusal([Problem("BrokenArchive", f"The archive cannot be unpacked: {fault}")]) from fault
    return sorted(members)
