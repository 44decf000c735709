"""Drafts tried on stored parcels: a law (what they owe, form, lanes, files) and a model of 500 trees, on 1 million of them.

`python -m bench.drafts [--rows 1000000] [--rounds 3] [--trees 500]`. The parcels are those of `bench.whatif`. `law` is all that
`customhouse law impact` tells of a law without the relief of small parcels, with a criterion and a form rule more; `law in force`
the same of the law that they were judged under. `model, first time` asks the model about every parcel and keeps what it says;
`model, other thresholds` is the back-test from what is kept; `moves` only the lanes before and after, office by office, and `polars`
the same from the very same files by a query written by hand. Medians of wall and CPU.
"""

from __future__ import annotations

import bench.whatif as whatif  # first: it sets one thread each

import argparse  # isort: skip
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import write
from customhouse.house.lawbooks import embedded_book
from customhouse.labs.targeting.model import Model, train_model
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.law.selectivity import NO_SELECTIVITY
from customhouse.offices.risk.backtest import Limits, Trial, concluded
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.targeting import Threshold, Thresholds
from customhouse.stream.backtest import STAKE, tallied
from customhouse.stream.parcels import scored, scores
from customhouse.stream.parcels.again import Draft, Then
from customhouse.stream.parcels.impact import moved, sums
from customhouse.stream.parcels.past import Outcomes, columns, lanes
from customhouse.stream.trials import WHOM, Asks, Candidate

WHO = frozenset({*WHOM, *STAKE})
NOTHING = Outcomes.read(iter(()))
FIRST = (Threshold(Lane.YELLOW, 0.4),)
OTHER = (Threshold(Lane.YELLOW, 0.35), Threshold(Lane.RED, 0.5))


def drafted(folder: Path) -> Book:
    """A law without the relief of small parcels, with a criterion and a form rule more."""
    pack = folder / "draft"
    shutil.copytree(country_directory("meridia"), pack)
    reliefs = (pack / "reliefs.csv").read_text().splitlines(keepends=True)
    (pack / "reliefs.csv").write_text("".join(line for line in reliefs if not line.startswith("C07,")))
    more = 'source = "Bench"\ntext = { en = "Bench", fr = "Bench" }\n'
    with (pack / "criteria.toml").open("a") as file:
        file.write(f'\n[[criterion]]\nid = "SX01"\nlane = "RED"\nowner = "B"\nexpression = "duty > 2000"\n{more}')
    with (pack / "rules.toml").open("a") as file:
        file.write(
            f"""\n[[rule]]\nid = "XX01"\nexpression = "not starts(code, '6109')"\nwhere = "GoodsShipment"\n{more}hint = {{ en = "B", fr = "B" }}\n"""
        )
    return Book.open(compile_pack(pack))


def trained(made: whatif.Made, trees: int) -> Model:
    """A model of so many trees of depth 6, from results that are made up."""
    from catboost import CatBoostClassifier

    stored = next(made.stored())
    past = columns(stored, scored.FACTS, NOTHING, waiting=True).take(np.arange(20_000))
    law = embedded_book().on(whatif.FIRST)
    facts: Any = scored._Items(past.facts, law)
    declared = scores.rows(facts, whatif.OF.office)
    declared.found = (np.random.default_rng(3).random(len(declared)) < 0.3).astype(float)
    declared.day = declared.day - np.arange(len(declared))[::-1] // 500
    settings = {"iterations": trees, "depth": 6, "thread_count": 1, "verbose": 0, "allow_writing_files": False}
    return train_model(declared, make=lambda seed: CatBoostClassifier(random_seed=seed, **settings))


class Drafts:
    """What is measured."""

    def __init__(self, made: whatif.Made, draft: Book, model: Model) -> None:
        self.made, self.model = made, model
        law = embedded_book().on(whatif.FIRST)
        self.then = lambda of: Then(embedded_book().on(of.day), NO_SELECTIVITY)
        self.books = {"law": draft, "law in force": law.book}
        self.currency = str(law.currency)

    def law(self, name: str) -> dict[str, Any]:
        """All that the impact of a law tells."""
        draft, told = Draft(self.books[name], self.then, b"b" * 32), {"changed": 0, "refused": 0, "left": 0}

        def parts() -> Any:
            for stored in self.made.stored():
                found = draft.judged(stored, NOTHING)
                counted = sums(stored, found)
                told["changed"] += counted.changed
                told["left"] += len(counted.left)
                told["refused"] += sum(counted.refused.values())
                part, chosen = moved(stored, found, ~found.left & (found.refused < 0), WHO, NOTHING)
                yield part, [chosen]

        trial = Trial("draft", "", Lane.GREEN)
        (answer,) = concluded([trial], [Asks()], tallied([trial], parts(), {}), Limits(), "parcels")
        return told | {"lanes that change": answer.hits}

    def model_at(self, thresholds: Thresholds) -> dict[str, Any]:
        """The back-test of a model."""
        trial = Trial("model", "", Lane.RED, "model", "m" * 64)
        found = (self._chosen(stored, thresholds) for stored in self.made.stored())
        (answer,) = concluded([trial], [Asks()], tallied([trial], found, {}), Limits(), "parcels")
        return {"hits": answer.hits, "asked": answer.asked}

    def _chosen(self, stored: Any, thresholds: Thresholds) -> Any:
        said = scored.kept(Candidate("m" * 64, self.model, thresholds), stored)
        part = columns(stored, WHO, NOTHING)
        return part, [scored.chosen(part, thresholds, said)]

    def moves(self) -> dict[str, int]:
        """Lanes before and after, nothing else."""
        told: dict[str, int] = {}
        for stored in self.made.stored():
            said = scored.kept(Candidate("m" * 64, self.model, OTHER), stored)
            office = columns(stored, frozenset(), NOTHING).office
            before = lanes(stored.part)
            pairs = np.bincount(before * 4 + np.maximum(before, scored.asks(OTHER, said, office)), minlength=16)
            for n in np.flatnonzero(pairs).tolist():
                told[f"{n // 4} {n % 4}"] = told.get(f"{n // 4} {n % 4}", 0) + int(pairs[n])
        return told

    def polars(self) -> dict[str, int]:
        """The same by hand."""
        import polars as pl

        strict = (
            pl.col("lane")
            .cast(pl.String)
            .replace_strict({k.value: v for k, v in STRICTNESS.items()}, return_dtype=pl.Int64)
        )
        asks = pl.when(pl.col("probability") >= 0.5).then(3).when(pl.col("probability") >= 0.35).then(2).otherwise(0)
        whole = sorted(p for p in self.made.folder.glob("*.arrow") if p.name.count(".") == 2)
        parts = [
            pl.concat(
                [pl.scan_ipc(p).select("lane"), pl.scan_ipc(p.with_suffix(f".{scored.name_of('m' * 64)}.arrow"))],
                how="horizontal",
            )
            for p in whole
        ]
        found = (
            pl.concat(parts).select(strict.alias("b"), pl.max_horizontal(strict, asks).alias("a"))
            .group_by("b", "a").agg(pl.len().alias("n")).collect()
        )  # fmt: skip
        return {f"{b} {a}": int(n) for b, a, n in found.iter_rows()}


def measure(
    rows: int, rounds: int, trees: int, packs: Sequence[tuple[bytes, bytes]], *, against: bool
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        made = whatif.Made(Path(folder) / "shelf", rows, packs)
        kept = sum(len(one.part) for one in made.stored())
        of = Drafts(made, drafted(Path(folder)), trained(made, trees))
        told: dict[str, Any] = {"parcels": kept}
        first = whatif.timed(lambda: of.model_at(FIRST))
        told |= {"model, first time s": round(first[0], 2), "model, first time CPU s": round(first[1], 2)}
        told["most memory MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        ways: dict[str, Callable[[], Any]] = {name: lambda name=name: of.law(name) for name in of.books}  # type: ignore[misc]
        ways |= {"model, other thresholds": lambda: of.model_at(OTHER), "moves": of.moves}
        ways |= {"polars": of.polars} if against else {}
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        found: dict[str, Any] = {}
        for number in range(rounds + 1):  # the first one warms up
            for name, work in ways.items():
                wall, cpu, found[name] = whatif.timed(work)
                if number:
                    spent[name].append((wall, cpu))
        if against:
            assert found["moves"] == found["polars"], (found["moves"], found["polars"])
        told["law in force"] = found["law in force"]
        # the segments are repeated under other numbers, and so under other draws: lanes move by these alone
        assert not any(n for name, n in told["law in force"].items() if name != "lanes that change"), told[
            "law in force"
        ]
        told |= {"law": found["law"], "model": found["model, other thresholds"]}
        for name, both in spent.items():
            wall, cpu = (statistics.median(one[n] for one in both) for n in (0, 1))
            told |= {f"{name} s": round(wall, 4), f"{name} CPU s": round(cpu, 4)}
        if against:
            told["moves, share of polars, CPU"] = round(told["polars CPU s"] / told["moves CPU s"], 2)
        return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trees", type=int, default=500)
    given = parser.parse_args()
    version = whatif.polars_here()
    packs = whatif.seeds()
    figures = {
        f"{rows:,}": measure(rows, given.rounds, given.trees, packs, against=bool(version)) for rows in given.rows
    }
    whatif.show(figures)
    write("drafts", {"trees": given.trees, "polars": version, "figures": figures})


if __name__ == "__main__":
    main()
