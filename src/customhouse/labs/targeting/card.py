"""The model card: what a model was made from, what it knows, how good it is and where it should not be used."""

from __future__ import annotations

from customhouse.labs.targeting import actors
from customhouse.labs.targeting.board_c import OPENED, ORDERS, OURS, BoardC
from customhouse.labs.targeting.boards import Board
from customhouse.labs.targeting.features import LEVELS, PLAIN
from customhouse.labs.targeting.measures import SHARES
from customhouse.labs.targeting.model import Model
from customhouse.labs.targeting.moment import AROUND, HALF, MEMORY, SCENE, SINCE

LIMITS = (
    "It orders declarations for people who decide; it is no proof against anybody, and no decision rests on it alone.",
    "It has learned from examinations that were made. Where nobody looks it knows nothing: keep the random share.",
    "Past results of importers and declarants are features. Correct a wrong result at its source and train again.",
    "The expected revenue is the duty on the declared price; what an undervaluation hides beyond that is not in it.",
    "Goods, routes and tricks change: measure it on the last months before each use, and train again when it falls.",
)


def _actors(model: Model) -> tuple[str, ...]:
    if not model.past.actors:
        return ()
    return (f"Of the actors, as the house knew them when the lane was set: {', '.join(actors.NAMES)}.", "")


def card(model: Model, sha256: str, data: tuple[tuple[str, str], ...], board: Board) -> str:
    """The card as Markdown; `data` names the files it was made from with their SHA-256, `board` how it was measured."""
    names = ("auc", *(f"p@{s}" for s in SHARES), *(f"rev@{s}" for s in (1, 5, 10)), "brier", "ece")
    measured = [
        f"| {n} | {board.measured.values[n]:.4f} | {board.measured.intervals[n][0]:.4f} to {board.measured.intervals[n][1]:.4f} |"
        for n in names
    ]
    beside = [f"- {what}: {value:.4f}" for what, value in board.beside.items()]
    return "\n".join(
        (
            "# Model card",
            "",
            f"Model `{sha256}`, seed {model.seed}.",
            "",
            "## Data",
            "",
            f"{model.rows:,} examined goods items from {model.first} to {model.last}, {model.finds:,} with a find ({model.finds / model.rows:.2%}).",
            "",
            *(f"- `{name}`, SHA-256 `{digest}`" for name, digest in data),
            "",
            "## Features",
            "",
            f"Of the row itself: {', '.join(PLAIN)}.",
            "",
            *_actors(model),
            "Past results (rate and number of looks) by: " + "; ".join(level.name for level in LEVELS) + ".",
            "Goods are seen from outside their own fold, people as of the day before.",
            "",
            "## How good it is",
            "",
            f"Measured by a model of the same making that learned from {board.learned:,} rows and scored {board.scored:,} others "
            f"({board.rate:.2%} with a find); 95 % bootstrap intervals.",
            "",
            "| measure | value | interval |",
            "|---|---|---|",
            *measured,
            "",
            *beside,
            "",
            "## Limits",
            "",
            *(f"- {limit}" for limit in LIMITS),
            "",
        )
    )


LIMITS_C = (
    LIMITS[0],
    "It was measured in a made-up year (ADR 0024). The figures compare approaches there; they promise nothing for a country.",
    "It knows a habit from its first find on. Before that the price, the partners and the day speak alone; see the oracle's lead.",
    "Results must be told in the order of days. A result that comes late is known late, here too.",
    "In its own choices it cannot see that it has gone blind: keep the random floor, and watch what the floor finds that it thought unlikely.",
)


def card_c(board: BoardC, seed: int) -> str:
    """The card of the model with actors, as board C measured it."""
    ours = next(r for r in board.ranked if r.name == OURS)
    lines = []
    for what, order in (("p", ORDERS[0]), ("r", ORDERS[0]), ("rev", ORDERS[1])):
        for share in OPENED:
            name = f"{what}@{share}"
            low, high = ours.intervals[order][name]
            near = f"{board.near[name]:.1%}" if name in board.near else ""
            lines.append(f"| {name}, {order} | {ours.values[order][name]:.4f} | {low:.4f} to {high:.4f} | {near} |")
    return "\n".join(
        (
            "# Card of the model with actors",
            "",
            f"Probability of a find and expected revenue, two forests; board C, seed {seed}.",
            "",
            f"Learned from {board.learned:,} examined rows, scored on {board.scored:,} later ones ({board.rate:.2%} irregular). "
            f"AUC {board.auc:.4f}, calibration error {board.ece:.4f}.",
            "",
            "## Features, all as of earlier days",
            "",
            f"Without results: {', '.join(SCENE)}.",
            "",
            f"Rate and number of looks, fading by half in {HALF:g} days, by: {'; '.join('+'.join(k) for k in MEMORY)}.",
            "",
            f"Days since the last find by {'; '.join('+'.join(k) for k in SINCE)}; finds with others of the same {', '.join(k for k, _ in AROUND)}.",
            "",
            "## How good it is",
            "",
            "| measure | value | 95 % interval, days drawn again | part of the oracle's |",
            "|---|---|---|---|",
            *lines,
            "",
            *(f"- not reached: {m}" for m in board.misses()),
            "",
            "## Limits",
            "",
            *(f"- {limit}" for limit in LIMITS_C),
            "",
        )
    )
