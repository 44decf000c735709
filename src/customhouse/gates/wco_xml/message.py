"""The envelope around a declaration: WCO MetaData, and whatever a national interface wraps around that."""

from __future__ import annotations

import msgspec
from lxml import etree

from customhouse.gates.wco_xml.element import Class, code, text
from customhouse.gates.wco_xml.pointer import local
from customhouse.gates.wco_xml.schema import DECLARATION_NS
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement, Notation

MAX_WRAPPERS = 8
"""Envelopes looked into around a declaration."""


class Metadata(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The WCO class MetaData: which version of which message, for which country and agency."""

    model_version: str = ""
    type: str = ""
    country: str = ""
    agency: str = ""
    customization: str = ""
    customization_version: str = ""
    notations: tuple[Notation, ...] = ()


STANDARD = Metadata(model_version="3.6", type="DEC")
"""What we write where nothing else is asked for."""

METADATA = Class(
    "MetaData",
    Metadata,
    (
        code("WCODataModelVersionCode", "9010", "model_version"),
        text("WCOTypeName", "9013", "type"),
        code("ResponsibleCountryCode", "9014", "country"),
        text("ResponsibleAgencyName", "9016", "agency"),
        code("AgencyAssignedCustomizationCode", "9000", "customization"),
        code("AgencyAssignedCustomizationVersionCode", "9017", "customization_version"),
    ),
)


class Message(msgspec.Struct, frozen=True, gc=False):
    """A declaration with its envelope; `metadata` is None where it came bare."""

    lodgement: Lodgement
    metadata: Metadata | None = None


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """The elements of a parsed message that matter: `declaration`, and the MetaData around it, if any."""

    declaration: etree._Element
    metadata: etree._Element | None = None

    @property
    def outer(self) -> etree._Element:
        """What a schema is asked about: the MetaData, or the bare Declaration."""
        return self.declaration if self.metadata is None else self.metadata


def find(root: etree._Element) -> Envelope:
    """The one Declaration of a message, whatever its prefixes and envelope. Raises Refusal (NotADeclaration)."""
    if local(root.tag) == "MetaData" and sum(1 for _ in root.iterchildren("{*}Declaration")) == 1:
        return Envelope(next(root.iterchildren("{*}Declaration")), root)
    found = _candidates(root, 0)
    if len(found) == 1:
        parent = found[0].getparent()
        inside = parent is not None and local(parent.tag) == "MetaData"
        return Envelope(found[0], parent if inside else None)
    name = local(root.tag)
    if found:
        label, hint = (
            f"The message holds {len(found)} declarations",
            "Hand in each declaration as a file of its own",
        )
    else:
        label, hint = f"The message {name} holds no declaration", "The element Declaration is looked for"
    raise Refusal([Problem("NotADeclaration", label, name, hint)])


def _candidates(element: etree._Element, depth: int) -> list[etree._Element]:
    """Declarations at or below `element`; answers of customs, which only quote declarations, are not looked into."""
    name = local(element.tag)
    if name == "Declaration":
        return [element]
    if depth >= MAX_WRAPPERS or name.endswith("Response"):
        return []
    inside = [e for child in element for e in _candidates(child, depth + 1)]
    ours = [e for e in inside if etree.QName(e).namespace == DECLARATION_NS]
    return ours or inside
