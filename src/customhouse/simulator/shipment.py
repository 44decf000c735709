"""What really moves: a shipment as it would be seen by someone who could open every box and read every contract.

Nothing here has been said to customs. What is claimed about a shipment is made from it by `claim`, truthfully or not;
papers, scans and tracks of a shipment can be drawn from the same facts.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

from customhouse.record.lodgement import Address


class Firm(msgspec.Struct, frozen=True):
    """A firm as it appears on papers; `id` is its identification number where it has one here."""

    id: str
    name: str
    address: Address


class Paper(msgspec.Struct, frozen=True):
    """A paper that accompanies the goods: document code, number, issuer and day; `item` 0 covers the whole."""

    code: str
    id: str
    issuer: str
    issued: date
    item: int = 0


class Line(msgspec.Struct, frozen=True):
    """Goods of one kind in the shipment: masses in kilograms, price in the currency of the invoice."""

    goods: str
    code: str
    text: str
    origin: str
    net: Decimal
    gross: Decimal
    price: Decimal
    packages: int
    package_type: str
    marks: str
    unit: str = ""
    quantity: Decimal | None = None
    preference: str = ""


class Container(msgspec.Struct, frozen=True):
    number: str
    seal: str


class Journey(msgspec.Struct, frozen=True):
    """How the goods travel: mode (1 sea, 3 road, 4 air), the means with its identity, places, days, transport document.

    `master` is the carrier's document where `document` is one of several house documents under it.
    """

    mode: str
    carrier: str
    means: str
    means_id: str
    means_type: str
    nationality: str
    voyage: str
    loading: str
    unloading: str
    document: str
    departed: date
    arrived: date
    containers: tuple[Container, ...] = ()
    master: str = ""


class Carriage(msgspec.Struct, frozen=True):
    """How the carrier tells of a shipment under its own `reference`, and what is done `before` and `after` the declaration.

    Steps are summary, report, houses and arrive. `prelodged`: declared before the goods are there. `houses`: how many
    others stand under the same master (0: a bill of its own), `others`: bills of others on board. `fault`: what goes
    wrong (short, over, overdue).
    """

    reference: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    prelodged: bool
    houses: int
    others: int
    fault: str


class Shipment(msgspec.Struct, frozen=True):
    """One movement of goods between two firms, with the intent behind its declaration.

    `frauds` and `mistakes` name what will go wrong on the way to the declaration; `network` names the group of traders
    that acts together. `reference` becomes the LRN. `seed` makes everything drawn from the shipment repeatable.
    `pays_after`: hours that the trader takes to pay. `deferred`: its deferment account, if it has one. `carriage`: how it
    is reported as cargo; `permit_faults`: what is wrong with the permits it names.
    """

    reference: str
    seed: str
    at: datetime
    direction: str
    trader: str
    procedure: str
    home: Firm
    abroad: Firm
    broker: Firm
    office: str
    location: str
    lines: tuple[Line, ...]
    journey: Journey
    currency: str
    incoterm: str
    freight: Decimal
    insurance: Decimal
    papers: tuple[Paper, ...]
    pays_after: float = 0.0
    deferred: str = ""
    parcel: bool = False
    frauds: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    network: str = ""
    carriage: Carriage | None = None
    permit_faults: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def is_import(self) -> bool:
        return self.direction == "import"

    @property
    def price(self) -> Decimal:
        """What is really paid for all lines."""
        return sum((line.price for line in self.lines), Decimal(0))
