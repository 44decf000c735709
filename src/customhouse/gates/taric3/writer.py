"""Writing records as a TARIC3 envelope: every record of a store as an insert, or records with their operations."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from customhouse.gates.taric3.table import KINDS

ENV = "urn:publicid:-:DGTAXUD:GENERAL:ENVELOPE:1.0"
OUB = "urn:publicid:-:DGTAXUD:TARIC:MESSAGE:1.0"
CODES = {"update": "1", "delete": "2", "create": "3"}


def write(records: Iterable[tuple[str, str, dict[str, str]]], envelope: str = "000001") -> bytes:
    """An envelope with these records: (name of the record, operation, fields)."""
    root = etree.Element(f"{{{ENV}}}envelope", {"id": envelope}, nsmap={"env": ENV, "oub": OUB})
    transaction = etree.SubElement(root, f"{{{ENV}}}transaction", {"id": "1"})
    for number, (name, operation, fields) in enumerate(records, 1):
        message = etree.SubElement(transaction, f"{{{ENV}}}app.message", {"id": str(number)})
        record = etree.SubElement(etree.SubElement(message, f"{{{OUB}}}transmission"), f"{{{OUB}}}record")
        code, _, subcode = (KINDS[name].code or "000/00").partition("/")
        head = {
            "transaction.id": "1",
            "record.code": code,
            "subrecord.code": subcode,
            "record.sequence.number": str(number),
            "update.type": CODES[operation],
        }
        for field, value in head.items():
            etree.SubElement(record, f"{{{OUB}}}{field}").text = value
        payload = etree.SubElement(record, f"{{{OUB}}}{name}")
        for field, value in fields.items():
            etree.SubElement(payload, f"{{{OUB}}}{field}").text = value
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
