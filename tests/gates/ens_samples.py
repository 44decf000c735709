"""Entry summary declarations for the tests, written for this project, and a short way to small trees."""

from __future__ import annotations

from pathlib import Path

from customhouse.gates.ens import reader, tree
from customhouse.gates.ens.tree import Node

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "ens"
SEA = (EXAMPLES / "good" / "01-sea-groupage.xml").read_bytes()
AIR = (EXAMPLES / "good" / "02-air.xml").read_bytes()
AMENDMENT = (EXAMPLES / "good" / "03-amendment.xml").read_bytes()


def message(data: bytes) -> Node:
    return reader.message_of(tree.parse(data))


def small(text: str) -> Node:
    """The root of a few elements, for rules that care for names only."""
    return tree.parse(f"<M>{text}</M>".encode())
