"""Postal items as the customs declaration CN 23 describes them (UPU Convention Regulations; its electronic form is ITMATT, UPU
standard M33): one item a line as JSON, with the words of the form, taken apart to the columns of parcels.

The structure of ITMATT itself is licensed by the UPU, so the words here are those printed on CN 22 and CN 23, which an ITMATT
of any version fills. An item with several content pieces is several goods in one consignment, which a parcel cannot say: it is
put aside for a full declaration, neither split (its parts would each be below what the whole is not) nor added up.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from customhouse.record.parcel import NAMES
from customhouse.stream.parcels import decode
from customhouse.stream.parcels.decode import Broken
from customhouse.stream.parcels.lines import Lines
from customhouse.stream.parcels.rows import SHOWN, Table

ITEM = {
    "item_id": "reference",
    "gross_weight": "gross_mass",
    "postal_charges": "freight",
    "invoice": "invoice",
    "posted": "posted",
    "sender_customs_reference": "scheme",
}
SENDER = {
    "country": "consignor_country",
    "address": "consignor_address",
    "postcode": "consignor_postcode",
    "city": "consignor_city",
}
ADDRESSEE = {"customs_reference": "consignee_id", "address": "address", "postcode": "postcode", "city": "city"}
PIECE = {
    "description": "description",
    "net_weight": "net_mass",
    "value": "price",
    "currency": "currency",
    "hs_code": "code",
    "origin": "origin",
}
"""Words of the form and the fields of parcels that they say, one to one."""
FURTHER = ("category", "sender", "addressee", "content_pieces", "procedures")
CATEGORIES = ("gift", "documents", "commercial_sample", "returned_goods", "sale_of_goods", "other")
"""Categories of item, as CN 22 and CN 23 print them."""
PRIVATE_GIFT = "C08"
"""Additional procedure: from one private person to another."""
PAPERS = ("licence", "certificate")
FULL_HINT = "hand it in as a full declaration, with one goods item for each content piece"
_S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_COUNT = re.compile(r"[1-9]\d{0,5}")


def lines(chunk: Lines) -> Table:
    """Each line one postal item."""
    return decode.row_by_row(chunk, row)


def row(line: bytes) -> list[str]:
    """The fields of a parcel, in the order of NAMES. Raises Broken."""
    item = decode.json_object(line)
    for name in PAPERS:
        if item.get(name):
            raise _full(f"a {name} is named", "its document is declared in full")
    _known(item, "", (*ITEM, *FURTHER, *PAPERS))
    found = dict.fromkeys(NAMES, "") | {field: _text(item, name) for name, field in ITEM.items()}
    _check_digit(found["reference"])
    sender, addressee = _party(item, "sender", tuple(SENDER)), _party(item, "addressee", tuple(ADDRESSEE))
    found["consignor"], found["consignee"] = _name(sender), _name(addressee)
    found |= {field: _text(sender, name) for name, field in SENDER.items()}
    found |= {field: _text(addressee, name) for name, field in ADDRESSEE.items()}
    piece = _piece(item)
    found |= {field: _text(piece, name) for name, field in PIECE.items()}
    found["description"] = _counted(piece, found["description"])
    found["procedures"] = _procedures(item, sender, addressee)
    return [found[name] for name in NAMES]


def check_digit(serial: str) -> int:
    """The ninth digit of an S10 identifier after its eight digits (UPU standard S10)."""
    made = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(made, made)


def _check_digit(reference: str) -> None:
    match = _S10.fullmatch(reference)
    if match and int(match[2]) != (right := check_digit(match[1])):
        why = f"{reference} is no S10 identifier: its check digit would be {right}"
        raise Broken("CheckDigit", why, "read it again from the label")


def _piece(item: dict[str, Any]) -> dict[str, Any]:
    pieces = item.get("content_pieces")
    if not isinstance(pieces, list) or not pieces or not all(isinstance(piece, dict) for piece in pieces):
        raise Broken("MissingField", "content_pieces is no list of content pieces", "an item has one or more: [{...}]")
    if len(pieces) > 1:
        raise _full(f"the item has {len(pieces)} content pieces", "a parcel is one")
    _known(pieces[0], "content_pieces[1]/", (*PIECE, "quantity"))
    return dict(pieces[0])


def _counted(piece: dict[str, Any], description: str) -> str:
    """The description with the number of articles before it where there are several: a parcel has no other place for it."""
    quantity = _text(piece, "quantity") or "1"
    if not _COUNT.fullmatch(quantity):
        raise Broken("InvalidNumber", "quantity is no number of articles", "a whole number from 1")
    return description if quantity == "1" or not description else f"{quantity} x {description}"


def _procedures(item: dict[str, Any], sender: dict[str, Any], addressee: dict[str, Any]) -> str:
    """What the item claims, and C08 for a gift where neither side is a business. Other categories relieve of nothing."""
    category = _text(item, "category")
    if category not in CATEGORIES:
        near = difflib.get_close_matches(category.lower().replace(" ", "_"), CATEGORIES, 1, 0.5)
        hint = f"Did you mean {near[0]}?" if near else f"it is one of {', '.join(CATEGORIES)}"
        raise Broken("UnknownCategory", f"{category[:SHOWN]!r} is no category of items", hint)
    if category == "returned_goods":
        raise _full("returned goods", "relief for them is asked for in full")
    claimed = _text(item, "procedures").split()
    gift = category == "gift" and not sender.get("business") and not addressee.get("business")
    if gift and PRIVATE_GIFT not in claimed:
        claimed.append(PRIVATE_GIFT)
    if PRIVATE_GIFT in claimed and not gift:
        why = f"{PRIVATE_GIFT} is claimed, and the item is no gift from one private person to another"
        raise Broken("NoPrivateGift", why, f"leave out {PRIVATE_GIFT}, or the business")
    return " ".join(claimed)


def _party(item: dict[str, Any], name: str, more: tuple[str, ...]) -> dict[str, Any]:
    party = item.get(name)
    if not isinstance(party, dict):
        raise Broken("MissingField", f"{name} is missing", 'every item says it: {"name": ...}')
    _known(party, f"{name}/", ("name", "business", *more))
    return party


def _name(party: dict[str, Any]) -> str:
    return ", ".join(part for part in (_text(party, "name"), _text(party, "business")) if part)


def _text(of: dict[str, Any], name: str) -> str:
    return decode.plain(name, of.get(name)).strip()


def _known(told: dict[str, Any], where: str, names: tuple[str, ...]) -> None:
    for name in told:
        if name not in names:
            near = difflib.get_close_matches(name.lower(), names, 1, 0.5)
            hint = f"Did you mean {near[0]}?" if near else f"the fields here are {', '.join(names)}"
            raise Broken("UnknownField", f"there is no field {where}{name[:SHOWN]!r}", hint)


def _full(what: str, why: str) -> Broken:
    return Broken("NeedsFullDeclaration", f"{what}: {why}, so it needs a full declaration", FULL_HINT)
