"""The model card: what a model was made from, what it knows, how good it is and where it should not be used."""

from __future__ import annotations

from customhouse.labs.targeting import actors
from customhouse.labs.targeting.boards import Board
from customhouse.labs.targeting.features import LEVELS, PLAIN
from customhouse.labs.targeting.measures import SHARES
from customhouse.labs.targeting.model import Model

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
