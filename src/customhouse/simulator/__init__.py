"""A border in a box: made-up but coherent trade into a country, with the truth kept beside what is claimed.

`World(seed, start)` holds traders with habits; `world.day(date)` gives the shipments of a day, `file(shipment)` what
is declared for one (a `Filing`: lodgement and truth); the same seed gives the same bytes. Read in this order: `world`
(who trades), `shipment` (what moves), `claim` (what is said), `fraud` and `mistake` (how far apart the two are),
`truth`. `stream` hands declarations in to a running house.
"""

from customhouse.simulator.filing import Filing, file
from customhouse.simulator.shipment import Shipment
from customhouse.simulator.truth import Truth
from customhouse.simulator.world import World

__all__ = ["Filing", "Shipment", "Truth", "World", "file"]
