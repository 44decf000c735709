"""The guard at the TARIC3 gate: takes bytes that nobody has checked and hands on records, or says why not.

No entity is resolved, no document type is taken, nothing is fetched. Envelopes may be large (a yearly tariff), so they
are read record by record and never held as a tree.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from sys import intern

import msgspec
from lxml import etree

from customhouse.gates.taric3.table import ALIASES, KINDS, MONEY_AND_QUANTITY, OPTIONAL_KEYS, REQUIRED
from customhouse.kernel.problem import Problem, Refusal
from customhouse.law.loading import Findings, Source

MAX_BYTES = 512 * 1024 * 1024
NAMESPACES = "urn:publicid:-:DGTAXUD:"
HEAD = ("transaction.id", "record.code", "subrecord.code", "record.sequence.number", "update.type")
OPERATIONS = {"1": "update", "2": "delete", "3": "create"}
MEND = "Ask the sender for the envelope again, or load what is good of it with --skip-bad"


class Record(msgspec.Struct, frozen=True):
    """One record of an envelope: what is to be done with it, and its fields as transmitted (names with dots)."""

    name: str
    operation: str
    fields: dict[str, str]
    code: str
    where: str

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.fields.get(field, "") for field in KINDS[self.name].keys)


def number(source: Source) -> str:
    """The number of an envelope (YYNNNN), by which it has its place among others.

    Raises Refusal (EmptyFile, TooLarge, ForbiddenDoctype, MalformedXML, WrongEncoding, NotAnEnvelope) when it is none.
    """
    data = source.data
    if not data.strip():
        raise _refusal("EmptyFile", "The file is empty", source.name, "Check that it was written completely")
    if len(data) > MAX_BYTES:
        raise _refusal("TooLarge", f"The file is larger than {MAX_BYTES} bytes", source.name, "Load it in parts")
    return _root(source).get("id", "")


def parse(source: Source, findings: Findings) -> tuple[Record, ...]:
    """The records of an envelope; what is not understood goes to `findings`, all of it.

    Raises Refusal (MalformedXML, WrongEncoding) when the file breaks off or cannot be read.
    """
    records: list[Record] = []
    try:
        for element in _elements(source.data):
            record = _record(element, source.name, findings)
            if record is not None:
                records.append(record)
            _forget(element)
    except etree.XMLSyntaxError as fault:
        raise _malformed(fault, source.name) from None
    return tuple(records)


def _elements(data: bytes) -> Iterator[etree._Element]:
    """Every record as it closes."""
    reader = etree.iterparse(
        io.BytesIO(data),
        events=("end",),
        tag="{*}record",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in reader:
        yield element


def _forget(element: etree._Element) -> None:
    """Drop a record that has been read, so that a yearly tariff does not fill the memory."""
    message = element.getparent()
    element.clear(keep_tail=False)
    while message is not None and message.getparent() is not None:
        previous = message.getprevious()
        if previous is not None:
            message.getparent().remove(previous)
            return
        message = message.getparent()


def _root(source: Source) -> etree._Element:
    """The root element, without what is in it. Raises unless the file begins as an envelope, without a document type."""
    try:
        for event, element in etree.iterparse(
            io.BytesIO(source.data), events=("start",), resolve_entities=False, load_dtd=False, no_network=True
        ):
            assert event == "start"
            if element.getroottree().docinfo.internalDTD is not None:
                raise _refusal("ForbiddenDoctype", "The file brings a document type definition", source.name,
                               "Remove the <!DOCTYPE ...> part with its entities; an envelope needs none")  # fmt: skip
            name = etree.QName(element)
            if name.localname != "envelope" or not (name.namespace or "").startswith(NAMESPACES):
                shown = element.tag[:60]
                raise _refusal("NotAnEnvelope", "The file is no TARIC3 envelope", f"{source.name}: line 1",
                               f"Its root element is <envelope> in the namespace {NAMESPACES}GENERAL:ENVELOPE:1.0", shown)  # fmt: skip
            return element
    except etree.XMLSyntaxError as fault:
        raise _malformed(fault, source.name) from None
    raise AssertionError("a file without an element is malformed")


def _record(element: etree._Element, name: str, findings: Findings) -> Record | None:
    """The record in an element, or None with a problem."""
    head: dict[str, str] = {}
    payload: list[etree._Element] = []
    for child in element:
        local = _local(child)
        if local in HEAD and not len(child):
            head[local] = _text(child)
        else:
            payload.append(child)
    code = f"{head.get('record.code', '')}/{head.get('subrecord.code', '')}"
    where = f"{name}: line {element.sourceline}, record {code}"
    if len(payload) != 1:
        label = f"The record holds {len(payload)} contents instead of one"
        findings.refuse("MalformedRecord", label, where, MEND)
        return None
    kind = _local(payload[0])
    kind = ALIASES.get(kind, kind)
    operation = OPERATIONS.get(head.get("update.type", ""), "")
    fields, faults = _fields(payload[0])
    faults += _head_faults(kind, operation, code, head)
    faults += _field_faults(kind, fields) if kind in KINDS else []
    where += f" ({kind})"
    if faults:
        for rule, label, hint in faults[1:]:
            findings.found(rule, label, where, hint)
        findings.refuse(faults[0][0], faults[0][1], where, faults[0][2])
        return None
    return Record(kind, operation, fields, code, where)


Fault = tuple[str, str, str]


def _head_faults(kind: str, operation: str, code: str, head: dict[str, str]) -> list[Fault]:
    faults: list[Fault] = []
    if kind not in KINDS:
        faults.append(("UnknownRecord", f"There is no record <{kind}> (code {code}) in TARIC3", MEND))
    elif KINDS[kind].code and KINDS[kind].code != code:
        label = f"<{kind}> has the code {KINDS[kind].code}, not {code}"
        faults.append(("WrongRecordCode", label, MEND))
    if not operation:
        label = f"The update type {head.get('update.type', '') or 'none'} is not 1 (update), 2 (delete) or 3 (insert)"
        faults.append(("UnknownOperation", label, MEND))
    return faults


def _fields(payload: etree._Element) -> tuple[dict[str, str], list[Fault]]:
    fields: dict[str, str] = {}
    faults: list[Fault] = []
    for child in payload:
        local = _local(child)
        if len(child) or local in fields:
            told = "holds elements where a value belongs" if len(child) else "stands twice"
            faults.append(("MalformedRecord", f"The field {local} {told}", MEND))
        fields[local] = _text(child)
    if payload.text and payload.text.strip():
        faults.append(("MalformedRecord", "Text stands where fields belong", MEND))
    return fields, faults


def _field_faults(kind: str, fields: dict[str, str]) -> list[Fault]:
    needed = dict.fromkeys((*KINDS[kind].keys, *REQUIRED.get(kind, ())))
    optional = OPTIONAL_KEYS.get(kind, frozenset())
    lacking = [field for field in needed if not fields.get(field) and field not in optional]
    faults = [("MissingField", f"The field {field} is missing", MEND) for field in lacking]
    for field, value in fields.items():
        if value and (fault := _value_fault(field, value)):
            faults.append((fault, f"The field {field} cannot be read: {value[:40]!r}", MEND))
    start, end = fields.get("validity.start.date", ""), fields.get("validity.end.date", "")
    if not faults and start and end and end < start:
        faults.append(("InvalidValidity", f"The validity ends on {end}, before it begins on {start}", MEND))
    return faults


def _value_fault(field: str, value: str) -> str:
    """The name of what is wrong with a value; empty when nothing is."""
    try:
        if field.endswith(".date") or ".date." in field:
            date.fromisoformat(value)
        elif field == "occurrence.timestamp":
            datetime.fromisoformat(value)
        elif field in MONEY_AND_QUANTITY and not Decimal(value).is_finite():
            return "InvalidDecimal"
    except InvalidOperation:
        return "InvalidDecimal"
    except ValueError:
        return "InvalidDate"
    return ""


def _local(element: etree._Element) -> str:
    """The name of an element; some senders write underscores for dots."""
    return _name(element.tag)


@cache
def _name(tag: str) -> str:
    return etree.QName(tag).localname.replace("_", ".")


def _text(element: etree._Element) -> str:
    """The value of an element; blanks around it have no meaning (they pad keys)."""
    return intern((element.text or "").strip())


def _malformed(fault: etree.XMLSyntaxError, name: str) -> Refusal:
    line, column = fault.position
    rule = "WrongEncoding" if "ncoding" in fault.msg or "UTF-8" in fault.msg else "MalformedXML"
    hint = (
        "Save the file in the encoding its first line names"
        if rule == "WrongEncoding"
        else "Mend the file at that place"
    )
    label = " ".join((fault.msg or "the file cannot be read as XML").split())[:300]
    return _refusal(rule, label, f"{name}: line {line}, column {column}", hint)


def _refusal(rule: str, label: str, where: str, hint: str, value: str = "") -> Refusal:
    return Refusal([Problem(rule, label, where, hint, value)])
