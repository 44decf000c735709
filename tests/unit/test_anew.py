"""What a record asks for under another law: known reasons fall away with their criteria, what only the record knows stays."""

from __future__ import annotations

from itertools import combinations

import pytest

from customhouse.offices.risk.anew import floor, staying

GREEN, BLUE, YELLOW, RED = range(4)
THEN = {"B": BLUE, "Y": YELLOW, "R": RED}


@pytest.mark.parametrize(
    ("fired", "lane", "stays", "expected"),
    [
        (("no-finding",), GREEN, THEN, GREEN),
        (("Y",), YELLOW, {}, GREEN),  # its criterion is gone
        (("R", "Y"), RED, {"Y": YELLOW}, YELLOW),
        (("R",), RED, {"R": BLUE}, BLUE),  # it asks for less now
        (("random",), YELLOW, THEN, GREEN),  # drawn again by whoever asks
        (("explore", "R"), RED, {}, YELLOW),
        (("model",), RED, {}, RED),  # nothing else asked for so much
        (("model", "R"), RED, {}, YELLOW),  # it may have asked for less than the criterion
        (("model", "B"), BLUE, {}, BLUE),  # and never for more than the lane
        (("earlier-lane", "B"), RED, {"B": BLUE}, RED),
        (("targeted", "random"), YELLOW, THEN, YELLOW),
    ],
)
def test_the_lane_that_stays(fired: tuple[str, ...], lane: int, stays: dict[str, int], expected: int) -> None:
    assert staying(fired, lane, THEN, stays) == expected


def test_where_every_criterion_stays_the_lane_does() -> None:
    names = ("B", "Y", "R", "model", "earlier-lane", "explore")
    asked = {**THEN, "explore": YELLOW}
    for count in range(len(names) + 1):
        for fired in combinations(names, count):
            least = max((asked[name] for name in fired if name in asked), default=GREEN)
            unknown = {"model", "earlier-lane"} & set(fired)
            for lane in range(least, RED + 1 if unknown else least + 1):
                assert staying(fired, lane, THEN, THEN) == lane, (fired, lane)
                assert floor(fired, lane, THEN) <= lane
