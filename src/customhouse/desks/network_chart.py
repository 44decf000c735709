"""A network of past declarations as an SVG: where each node lies, how it is marked, and the same content as a table.

Everything lies where it lies for a reason, so that the same network is always the same picture: the middle, around it what the
middle names in the order of its kinds, outside what hangs on that, each beside the inner node that it shares most with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customhouse.desks import targeting_words
from customhouse.offices.risk.network import KINDS
from customhouse.registry.links import Network, Node

MIDDLE, INNER, OUTER = 455, 130, 274
SIZE = 2 * MIDDLE
INNER_LABEL, LABEL = 13, 18  # letters of a label; the whole name stands in the title and in the table
THICKEST = 5.0


class Placed(msgspec.Struct, frozen=True):
    """A node on the picture: where it lies, how far its label is turned and on which side it ends, what is said of it."""

    node: Node
    x: float
    y: float
    turn: float
    is_left: bool
    label: str
    title: str
    kind: str
    address: str


class Line(msgspec.Struct, frozen=True):
    """An edge on the picture; `is_bad` where a declaration that names both ends brought a find."""

    x1: float
    y1: float
    x2: float
    y2: float
    thick: float
    is_bad: bool


class Picture(msgspec.Struct, frozen=True):
    nodes: tuple[Placed, ...]
    lines: tuple[Line, ...]
    spokes: tuple[Line, ...]
    legend: tuple[tuple[str, Any, int], ...]
    size: int = SIZE
    middle: int = MIDDLE
    has_middle: bool = True


def draw(network: Network, *, is_actor: bool = False) -> Picture:
    """Lay a network out; the only seed of an actor's network is itself the middle. The same is always laid out the same."""
    angles = _angles(network)
    places = [_place(angles[n], node, is_actor) for n, node in enumerate(network.nodes)]
    placed = tuple(_placed(node, angles[n], places[n]) for n, node in enumerate(network.nodes))
    most = max((edge.n for edge in network.edges), default=1)
    lines = tuple(
        Line(*places[e.one], *places[e.other], round(1 + (THICKEST - 1) * e.n / most, 1), bool(e.finds))
        for e in network.edges
    )
    spokes = [Line(MIDDLE, MIDDLE, p.x, p.y, 1.5, False) for p in placed if p.node.is_seed and not is_actor]
    counts = [(kind, sum(node.kind == kind for node in network.nodes)) for kind in KINDS]
    legend = tuple((kind, targeting_words.KINDS[kind], n) for kind, n in counts if n)
    return Picture(placed, lines, tuple(spokes), legend, has_middle=not is_actor)


def _angles(network: Network) -> dict[int, float]:
    """The angle of each node: the inner ones evenly by kind, the outer ones evenly in the order of their inner neighbour."""
    nodes = network.nodes
    inner = sorted((n for n, node in enumerate(nodes) if node.is_seed), key=lambda n: (_rank(nodes[n]), nodes[n].key))
    found = {n: 2 * math.pi * place / max(1, len(inner)) for place, n in enumerate(inner)}
    parents = {n: (0.0, 0) for n, node in enumerate(nodes) if not node.is_seed}
    for edge in network.edges:  # the strongest first
        for outer, other in ((edge.one, edge.other), (edge.other, edge.one)):
            if outer in parents and other in found and not parents[outer][1]:
                parents[outer] = (found[other], edge.n)
    outer_ones = sorted(parents, key=lambda n: (parents[n][0], _rank(nodes[n]), nodes[n].key))
    shift = _shift([parents[n][0] for n in outer_ones])
    return found | {n: shift + 2 * math.pi * place / max(1, len(outer_ones)) for place, n in enumerate(outer_ones)}


def _shift(wanted: Sequence[float]) -> float:
    """By how much an even ring is turned so that its nodes lie nearest to where they want to lie."""
    if not wanted:
        return 0.0
    off = [angle - 2 * math.pi * place / len(wanted) for place, angle in enumerate(wanted)]
    return math.atan2(sum(map(math.sin, off)), sum(map(math.cos, off)))


def _rank(node: Node) -> int:
    return KINDS.index(node.kind) if node.kind in KINDS else len(KINDS)


def _place(angle: float, node: Node, is_actor: bool) -> tuple[float, float]:
    far = OUTER if not node.is_seed else 0 if is_actor else INNER
    return round(MIDDLE + far * math.cos(angle), 1), round(MIDDLE + far * math.sin(angle), 1)


def _placed(node: Node, angle: float, place: tuple[float, float]) -> Placed:
    degrees = math.degrees(angle) % 360
    is_left = 90 < degrees < 270
    turn = round(degrees - 180 if is_left else degrees, 1)
    kind = targeting_words.KINDS.get(node.kind, node.kind)
    return Placed(node, *place, turn, is_left, _short(node), title(node), kind, address(node.kind, node.key))


def _short(node: Node) -> str:
    text, longest = node.name or node.key, INNER_LABEL if node.is_seed else LABEL
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def title(node: Node) -> str:
    """What is said of a node in one line."""
    said = [f"{targeting_words.KINDS.get(node.kind, node.kind)}: {node.name or node.key}"]
    if node.is_hub:
        said.append(_("so many declarations that they were not followed"))
    elif node.n:
        said.append(ngettext("%(n)d past declaration", "%(n)d past declarations", node.n) % {"n": node.n})
    else:
        said.append(_("nothing else in this time"))
    if node.finds:
        said.append(ngettext("%(n)d find", "%(n)d finds", node.finds) % {"n": node.finds})
    return ", ".join(map(str, said))


def address(kind: str, key: str) -> str:
    """The page of an actor."""
    return reverse("risk-actor", args=[kind, key])
