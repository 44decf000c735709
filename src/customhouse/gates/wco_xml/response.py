"""Answers of customs at the XML gate: the message RES with one or more Responses, read and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

import msgspec
from lxml import etree

from customhouse.gates.wco_xml import reader, writer
from customhouse.gates.wco_xml.message import Metadata
from customhouse.gates.wco_xml.parser import MAX_BYTES, parse
from customhouse.gates.wco_xml.pointer import local
from customhouse.gates.wco_xml.schema import DECLARATION_NS, METADATA_NS, RESPONSE_NS, Schema
from customhouse.gates.wco_xml.writer import ANSWER_STAMP_NS, STAMP_NS
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.response import Response

__all__ = ["STANDARD", "Answers", "is_answer", "namespaced", "read", "write"]

STANDARD = Metadata(model_version="3.6", type="RES")


class Answers(msgspec.Struct, frozen=True, gc=False):
    """The Responses of a message with the MetaData around them; `metadata` is None where they came bare."""

    responses: tuple[Response, ...]
    metadata: Metadata | None = None


def is_answer(root: etree._Element) -> bool:
    """Whether a parsed message is one of answers: a Response, or MetaData with Responses."""
    return local(root.tag) == "Response" or (local(root.tag) == "MetaData" and bool(root.findall("{*}Response")))


def read(source: bytes | IO[bytes], schema: Schema | None = None, *, limit: int = MAX_BYTES) -> Answers:
    """The answers in a message (bytes or a binary stream of at most `limit` bytes).

    Messages without namespaces are taken too. With `schema` (that of Response) the message is validated first. Raises
    Refusal with every problem found.
    """
    root = parse(source, limit=limit)
    if not is_answer(root):
        name = local(root.tag)
        hint = "MetaData with the element Response is looked for"
        raise Refusal([Problem("NotAnAnswer", f"The message {name} holds no answer of customs", name, hint)])
    if schema and (invalid := schema.problems(root)):
        raise Refusal(invalid)
    bare = local(root.tag) == "Response"
    metadata = None if bare else reader.metadata(root)
    found = [root] if bare else root.findall("{*}Response")
    return Answers(tuple(reader.response(one) for one in found), metadata)


def write(responses: Sequence[Response], metadata: Metadata | None = None) -> bytes:
    """The answers as a message in UTF-8. Raises Refusal for content that XML cannot carry."""
    return writer.write_responses(responses, metadata or STANDARD)


def namespaced(root: etree._Element) -> etree._Element:
    """A message that came without namespaces with those of the schemas put in, so that it can be validated.

    Nothing is changed where any element has a namespace already.
    """
    if any(etree.QName(e).namespace for e in _elements(root)):
        return root
    for element in _elements(root):
        element.tag = f"{{{_namespace(element)}}}{element.tag}"
    return root


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return (e for e in root.iter() if isinstance(e.tag, str))


def _namespace(element: etree._Element) -> str:
    """By where the element stands: an answer, the declaration changed (the second one in it), the dates of either."""
    chain = [element, *element.iterancestors()]
    names = [local(e.tag) for e in chain]
    if "Response" not in names:
        return METADATA_NS
    within = chain[: names.index("Response")]
    outer = within[-1] if within else element
    before = (e for e in outer.itersiblings(preceding=True) if isinstance(e.tag, str))
    changed = names[len(within) - 1] == "Declaration" and within and any(local(e.tag) == "Declaration" for e in before)
    if names[0] == "DateTimeString":
        return STAMP_NS if changed else ANSWER_STAMP_NS
    return DECLARATION_NS if changed else RESPONSE_NS
