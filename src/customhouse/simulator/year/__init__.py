"""A whole year of made-up trade in columns: hundreds of thousands of goods items in seconds, with the truth kept apart.

`make(Plan(seed=1))` gives a `Year`: `declared` is what customs is told, `truth` what was so. It needs numpy; the simulator's other
rooms do not. It shares the catalogue of goods and the preferences with the small world (`World`), not its people: there a
shipment is a file with papers, here it is a row. Read in this order: `tariff` (goods, duties, usual prices), `lanes` (firms and
what they trade), `deceit` (who cheats, how, from when to when), `rows` (what is declared), `oracle` (what could be known at best).
Choices and their limits: docs/adr/0024.
"""

from customhouse.simulator.year.plan import KINDS, Plan
from customhouse.simulator.year.rows import Year, make

__all__ = ["KINDS", "Plan", "Year", "make"]
