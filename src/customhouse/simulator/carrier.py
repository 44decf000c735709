"""A carrier at work in a running house: it lodges entry summaries, reports cargo, has houses told, and arrives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from customhouse.gates import ens
from customhouse.simulator.carriage import encode, expected_at, houses, reported
from customhouse.simulator.client import Answer, House
from customhouse.simulator.entry_summary import entry_summary
from customhouse.simulator.shipment import Shipment


class Carrier:
    """The software of a carrier: `house` is met with the carrier's token, `now` gives the time of day (UTC)."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self.house, self._now = house, now
        self._numbers: dict[str, str] = {}

    def take(self, shipment: Shipment, step: str) -> Answer | None:
        """One step for a shipment that is reported as cargo; None where there is nothing to do. Raises as `House` does."""
        told, now = shipment.carriage, self._now()
        if told is None:
            return None
        if step == "summary":
            return self.house.summarise(ens.write(entry_summary(shipment, told, now, expected_at(told, now))))
        if step == "report":
            answer = self.house.report(encode(reported(shipment, told, expected_at(told, now))))
            self._numbers[told.reference] = str(answer.body.get("number") or "")
            return answer
        number = self._numbers.get(told.reference, "")
        if not number:
            return None
        if step == "houses":
            under = houses(shipment, told, number)
            return self.house.degroup(number, encode(under)) if under else None
        del self._numbers[told.reference]
        return self.house.arrive(number, {"arrived": now.isoformat(timespec="seconds"), "place": shipment.location})
