"""The board of names: pairs with their truth, and the screening of long lists, measured and drawn.

Files are found by what they hold, whatever they are called, except that of the tables of people those are the asked-for
whose names begin `positives_` and of a list in question (`positives_un_...`), and the others begin `negatives_`.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from customhouse.clearance.screen import Screen
from customhouse.gates import watch_list
from customhouse.house.fault import HouseProblem
from customhouse.kernel.problem import Refusal
from customhouse.labs.identity import MATCH, Index, Kind, compare
from customhouse.labs.identity.fit import fit, unseen
from customhouse.labs.identity.score import CLEAR
from customhouse.record.watch_list import ListedParty
from customhouse.simulator import people

Floats = NDArray[np.float64]
KINDS = {"person": Kind.PERSON, "company": Kind.COMPANY, "organization": Kind.COMPANY, "vessel": Kind.SHIP}
FALSE_POSITIVES = 0.005
BARS = {"f1": 0.80, "strong_right": 1.0, "recall": 0.996, "us_median": 300.0}
BOOTSTRAPS = 400
MADE_UP, HALF = (11, 600), 0.5
"""Seed and number of the made-up pairs of people that `score.py` was fitted with besides, and how much each counts."""
LEAST = 40
"""So many pairs a group has at least to be left out and judged."""
STRONG = 4.0
"""How often a STRONG pair counts when weights are fitted for the unseen score; as it did for those in `score.py`."""


class Pair(msgspec.Struct, frozen=True):
    """Two names, whether they are one party's, and how sure that is."""

    first: str
    second: str
    kind: Kind
    match: bool
    quality: str
    group: str = ""


class Material(msgspec.Struct):
    """What was found in a directory."""

    pairs: list[Pair]
    parties: list[ListedParty]
    asked: dict[str, list[str]]
    others: list[str]
    told: list[str]


def gather(*directories: Path) -> Material:
    """Everything that can be judged below directories. Raises HouseProblem when there is nothing."""
    found = Material([], [], {}, [], [])
    sdn: bytes | None = None
    alt: bytes | None = None
    for path in sorted(p for directory in directories for p in directory.rglob("*") if p.is_file()):
        name = path.name.lower()
        data = _bytes(path)
        if data.lstrip()[:1] == b"<" and b"CONSOLIDATED_LIST" in data[:2000]:
            _take(found, path, data, None)
        elif "sdn" in name:
            sdn = data
        elif "alt" in name and data[:1].isdigit():
            alt = data
        elif name.endswith((".csv", ".csv.gz")):
            _table(found, path, data)
    if sdn is not None:
        _take(found, Path("sdn"), sdn, alt)
    if not found.pairs and not (found.parties and found.asked and found.others):
        raise HouseProblem(
            f"{directories[0]} holds neither pairs of names (name1, name2, is_match) nor lists with names to screen. Name the folder of the material"
        )
    return found


def _bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _take(found: Material, path: Path, data: bytes, aliases: bytes | None) -> None:
    try:
        listed = watch_list.read(data, aliases, skip_bad=True)
    except Refusal as refusal:
        found.told.append(f"{path.name}: {refusal.problems[0]}")
        return
    found.parties += listed.parties
    found.told += [f"{path.name}: {problem}" for problem in listed.skipped]


def _table(found: Material, path: Path, data: bytes) -> None:
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"))))
    heading = set(rows[0]) if rows else set()
    if {"name1", "name2", "is_match"} <= heading:
        for line, row in enumerate(rows, 2):
            truth = {"true": True, "false": False}.get((row["is_match"] or "").strip().lower())
            if truth is None or not row["name1"] or not row["name2"]:
                found.told.append(f"{path.name}:line {line}: no pair with its truth; left out")
                continue
            kind = KINDS.get((row.get("schema") or "").lower(), Kind.ANY)
            quality, group = row.get("quality") or "", row.get("case_group") or ""
            found.pairs.append(Pair(row["name1"], row["name2"], kind, truth, quality, group))
    elif "full_name" in heading:
        names = [row["full_name"] for row in rows if row["full_name"]]
        if path.name.startswith("negatives_"):
            found.others += names
        elif path.name.startswith("positives_un_"):
            found.asked[path.name.partition(".")[0]] = names


# --- pairs -----------------------------------------------------------------------------------------------------------


def _f1(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    both = int((said & truth).sum())
    return 2 * both / max(1, int(said.sum()) + int(truth.sum()))


def pairs(found: Sequence[Pair]) -> dict[str, Any]:
    """F1, precision and recall at the house's threshold with bootstrap intervals; with weights that did not see the pair, too."""
    began = time.thread_time()
    compared = [compare(pair.first, pair.second, pair.kind) for pair in found]
    spent = time.thread_time() - began
    score = np.array([one.score for one in compared])
    truth = np.array([pair.match for pair in found])
    strong = np.array([pair.quality == "STRONG" for pair in found])
    values = np.array([list(one.measures.values()) for one in compared])
    said = score >= MATCH
    told: dict[str, Any] = {
        "pairs": len(found),
        "threshold": MATCH,
        "f1": round(_f1(said, truth), 4),
        "f1_95": _interval(score, truth),
        "precision": round(float((said & truth).sum() / max(1, said.sum())), 4),
        "recall": round(float((said & truth).sum() / max(1, truth.sum())), 4),
        "strong": int(strong.sum()),
        "strong_right": round(float((said == truth)[strong].mean()), 4) if strong.any() else None,
        "brier": round(float(((score - truth) ** 2).mean()), 4),
        "ece": round(_ece(score, truth), 4),
        "us_per_pair": round(spent / len(found) * 1e6, 1),
        "curve": _curve(score, truth),
    }
    if min(truth.sum(), (~truth).sum()) >= 20:
        apart = unseen(values, truth.astype(float), np.where(strong, STRONG, 1.0))
        told["unseen"] = {
            "how": "5-fold cross-validation, 5 turns: weights fitted without the pair, same threshold",
            "f1": round(float(np.mean([_f1(one >= MATCH, truth) for one in apart])), 4),
            "strong_right": round(float(np.mean([((one >= MATCH) == truth)[strong].mean() for one in apart])), 4)
            if strong.any()
            else None,
            "ece": round(_ece(apart.mean(0), truth), 4),
        }
        groups = np.array([pair.group for pair in found])
        told["left_out"] = _left_out(values, truth, np.where(strong, STRONG, 1.0), groups)
    return told


def _left_out(
    values: Floats, truth: NDArray[np.bool_], importance: Floats, groups: NDArray[np.str_]
) -> dict[str, dict[str, Any]]:
    """F1 on each group of the material with weights that saw none of its pairs: the other groups and the made-up people only."""
    made_up = people.pairs(*MADE_UP)
    more = np.array([list(compare(p.first, p.second, Kind.PERSON).measures.values()) for p in made_up])
    same = np.array([p.same for p in made_up])
    told = {}
    for group in sorted(set(groups)):
        out = groups == group
        if out.sum() < LEAST or not truth[out].any() or not truth[~out].any():
            continue
        weights, start = fit(
            np.r_[values[~out], more],
            np.r_[truth[~out], same].astype(float),
            np.r_[importance[~out], np.full(len(same), HALF)],
        )
        said = 1 / (1 + np.exp(-(values[out] @ weights + start))) >= MATCH
        told[str(group)] = {"pairs": int(out.sum()), "f1": round(_f1(said, truth[out]), 4)}
    return told


def _interval(score: Floats, truth: NDArray[np.bool_]) -> list[float]:
    chance = np.random.default_rng(0)
    drawn = [chance.integers(0, len(truth), len(truth)) for _ in range(BOOTSTRAPS)]
    low, high = np.quantile([_f1(score[one] >= MATCH, truth[one]) for one in drawn], (0.025, 0.975))
    return [round(float(low), 4), round(float(high), 4)]


def _ece(score: Floats, truth: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten equal steps of the score."""
    step = np.minimum((score * 10).astype(int), 9)
    return float(
        sum(
            abs(score[step == k].mean() - truth[step == k].mean()) * (step == k).mean()
            for k in range(10)
            if (step == k).any()
        )
    )


def _curve(score: Floats, truth: NDArray[np.bool_]) -> list[list[float]]:
    """[threshold, precision, recall, F1] from 0.05 to 0.95."""
    rows = []
    for percent in range(5, 100, 5):
        said = score >= percent / 100
        both = float((said & truth).sum())
        rows.append(
            [
                percent / 100,
                round(both / max(1, said.sum()), 4),
                round(both / max(1, truth.sum()), 4),
                round(_f1(said, truth), 4),
            ]
        )
    return rows


# --- lists -----------------------------------------------------------------------------------------------------------


def screening(found: Material, tick: Callable[[str], None] = lambda what: None) -> dict[str, Any]:
    """Recall of listed names (plain, and with typos and reordering) at a share of false alarms, and the time of a query."""
    names = [name for party in found.parties for name in party.names]
    tick(f"Indexing {len(names)} names")
    began = time.thread_time()
    index = Index(names)
    built = time.thread_time() - began
    tick(f"Screening {len(found.others)} names that are not listed")
    quiet, _, spent = _ask(index, found.others)
    ordered = np.sort(quiet)[::-1]
    threshold = float(ordered[int(FALSE_POSITIVES * len(ordered))])
    told: dict[str, Any] = {
        "names": len(names),
        "parties": len(found.parties),
        "not_listed": len(found.others),
        "false_positives": round(float((quiet > threshold).mean()), 5),
        "above": round(threshold, 4),
        "build_s": round(built, 2),
        "sets": {},
    }
    every = [spent]
    for label, asked in found.asked.items():
        tick(f"Screening {label}")
        score, hits, took = _ask(index, asked)
        every.append(took)
        plain = found.asked.get(label.replace("_treated", "_untreated"), asked)
        told["sets"][label] = {
            "asked": len(asked),
            "recall": round(float((score > threshold).mean()), 4),
            "right_name": _right(names, hits, plain) if len(plain) == len(asked) else None,
            "curve": [
                [share, round(float((score > ordered[int(share * len(ordered))]).mean()), 4)] for share in SHARES
            ],
            "us_median": round(float(np.median(took)), 1),
        }
    tick("Comparing what the index found")
    told["alarms"] = _alarms(found)
    took = np.concatenate(every)
    told |= {
        "us_median": round(float(np.median(took)), 1),
        "us_p95": round(float(np.quantile(took, 0.95)), 1),
        "us_p99": round(float(np.quantile(took, 0.99)), 1),
    }
    return told


def _alarms(found: Material) -> dict[str, dict[str, float]]:
    """What a clerk would see with every hit compared: the share of names with an alarm, by set and by least score."""
    screen = Screen([("", party) for party in found.parties])
    told = {}
    for label, asked in {"not_listed": found.others, **found.asked}.items():
        score = np.array([max((one.comparison.score for one in screen.alarms(name)), default=0.0) for name in asked])
        told[label] = {f"{least:.2f}": round(float((score >= least).mean()), 4) for least in (CLEAR, MATCH, 0.7, 0.9)}
    return told


SHARES = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


def _ask(index: Index, asked: Sequence[str]) -> tuple[Floats, list[list[int]], Floats]:
    """Of each name the nearness of the nearest listed one, the places of the hits, and the CPU time in microseconds."""
    score, hits, took = [], [], []
    for name in asked:
        began = time.thread_time_ns()
        near = index.near(name)
        took.append((time.thread_time_ns() - began) / 1000)
        score.append(near[0].nearness if near else 0.0)
        hits.append([one.at for one in near])
    return np.array(score), hits, np.array(took)


def _right(names: Sequence[str], hits: Sequence[Sequence[int]], plain: Sequence[str]) -> float:
    """The share whose five nearest have the listed name itself, as it stands in the untreated set."""
    folded = [name.casefold().split() for name in names]
    right = [
        any(sorted(folded[at]) == sorted(true.casefold().split()) for at in places)
        for places, true in zip(hits, plain, strict=True)
    ]
    return round(float(np.mean(right)), 4)


def board(directories: Sequence[Path], tick: Callable[[str], None] = lambda what: None) -> dict[str, Any]:
    """Both boards, what could not be read, the bars and whether they are met, and the machine."""
    found = gather(*directories)
    told: dict[str, Any] = {"machine": machine(), "not_read": found.told}
    if found.pairs:
        tick(f"Comparing {len(found.pairs)} pairs")
        told["pairs"] = pairs(found.pairs)
    if found.parties and found.asked and found.others:
        told["screening"] = screening(found, tick)
    told["bars"] = BARS
    told["missed"] = missed(told)
    return told


def missed(told: dict[str, Any]) -> list[str]:
    """The bars that are not met, in words; the figures of what was run only."""
    out = []
    if one := told.get("pairs"):
        out += [f"pair F1 {one['f1']} is below {BARS['f1']}"] if one["f1"] < BARS["f1"] else []
        out += [f"STRONG pairs right: {one['strong_right']}"] if one["strong_right"] not in (None, 1.0) else []
    if one := told.get("screening"):
        out += [
            f"{label}: recall {row['recall']} is below {BARS['recall']}"
            for label, row in one["sets"].items()
            if row["recall"] < BARS["recall"]
        ]
        out += (
            [f"a query takes {one['us_median']} us, more than {BARS['us_median']:.0f}"]
            if one["us_median"] > BARS["us_median"]
            else []
        )
    return out


def machine() -> dict[str, Any]:
    """The machine that figures come from."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    cpu = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), platform.processor())
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": [round(x, 2) for x in os.getloadavg()],
        "time": "CPU time of one thread",
    }
