"""The consolidated list of the United Nations Security Council (sanctions.xsd): INDIVIDUAL and ENTITY with their aliases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from lxml import etree

from customhouse.gates.watch_list.rows import FIELD, Rows
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.watch_list import ListedParty, PartyKind

NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
KINDS = {"INDIVIDUAL": PartyKind.PERSON, "ENTITY": PartyKind.ORGANISATION}
NONE = frozenset({"na", "n/a", "none", "-"})


def read(data: bytes, rows: Rows) -> tuple[list[ListedParty], date | None]:
    """The parties, and the day on which the list was made. Raises Refusal when it is not this list, or not sound XML."""
    root = _root(data)
    found: list[ListedParty] = []
    known: set[str] = set()
    for element in root.iter("INDIVIDUAL", "ENTITY"):
        where = f"line {element.sourceline}"
        reference = _text(element, "REFERENCE_NUMBER") or _text(element, "DATAID")
        if not reference or reference in known:
            label = "The number of the entry stands twice" if reference else "The entry has no reference number"
            rows.bad("BadReference", label, where, "Fetch the file again", reference)
            continue
        party = _party(element, reference, where, rows)
        if party is not None:
            known.add(reference)
            found.append(party)
    return found, _day(root.get("dateGenerated", ""))


def _root(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        line = f"line {fault.lineno}"
        raise Refusal(
            [Problem("NotXml", "The file is no sound XML", line, "Fetch it again", str(fault)[:60])]
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refusal(
            [
                Problem(
                    "DoctypeNotAllowed",
                    "The file brings a document type of its own",
                    "",
                    "Take the list as it is published",
                )
            ]
        )
    if root.tag != "CONSOLIDATED_LIST":
        raise Refusal(
            [
                Problem(
                    "NotThisList",
                    "This is not the consolidated list",
                    "/",
                    "The root must be CONSOLIDATED_LIST",
                    str(root.tag)[:60],
                )
            ]
        )
    return root


def _text(element: etree._Element, tag: str) -> str:
    return " ".join((element.findtext(tag) or "").split())


def _names(element: etree._Element) -> Iterator[str]:
    yield " ".join(filter(None, (_text(element, tag) for tag in NAMES)))
    if original := _text(element, "NAME_ORIGINAL_SCRIPT"):
        yield original
    for alias in element.iter("INDIVIDUAL_ALIAS", "ENTITY_ALIAS"):
        if (text := _text(alias, "ALIAS_NAME")) and text.lower() not in NONE:
            yield text


def _party(element: etree._Element, reference: str, where: str, rows: Rows) -> ListedParty | None:
    texts = _names(element)
    if (first := rows.name(next(texts), where)) is None:
        return None
    # A damaged alias is told like every bad row, yet the party stays listed under its other names.
    names = [first, *filter(None, (rows.name(text, where) for text in texts))]
    return ListedParty(
        reference,
        tuple(dict.fromkeys(names)),
        KINDS[str(element.tag)],
        _text(element, "UN_LIST_TYPE"),
        _day(_text(element, "LISTED_ON")),
        _text(element, "COMMENTS1")[:FIELD],
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
