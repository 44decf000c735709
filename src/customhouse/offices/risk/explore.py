"""How much should be explored next: a share of looks spent where little is known, so that selection never goes blind.

No fixed share is best everywhere (Kim et al., ADAPT, arXiv 2109.14155): it should follow how well selection does and whether trade is changing.
Here the shares of a short grid are the arms of a bandit with a discounted upper confidence bound, one step up or down at a time; trend and drift may
forbid the way down or force the way up. Exact whole numbers, no clock, no chance: the same past gives the same proposal, and says why. It
is a proposal: officers publish the policy, two of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

PPM = 1_000_000
GRID = (0, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000)
"""Shares that may be proposed, in parts per million of declarations."""
FADES = 9, 10
"""What a period counts for against the next one."""
DRIFT_PPM = 200_000
"""A population stability index above 0.2 is read as drift (the usual limit in credit scoring)."""
ENOUGH = 30
"""Looks without which a period says nothing."""


class Period(msgspec.Struct, frozen=True):
    """One period, a week say: the exploration share of its policy, looks and finds of what selection chose and of exploration."""

    share_ppm: int
    looks: int = 0
    finds: int = 0
    explored: int = 0
    explored_finds: int = 0


class Proposal(msgspec.Struct, frozen=True):
    """The next exploration share with what speaks for it: codes of `WHY`, in the order in which they were weighed."""

    share_ppm: int
    was_ppm: int
    why: tuple[str, ...]


WHY = {
    "too-little": "Too few looks were reported to judge: the share stays",
    "falling": "Selection finds clearly less than before: more is explored",
    "drift": "Trade is not what the models learned from: more is explored",
    "explored-finds": "Exploration finds at least half as often as selection: there is something out there, more is explored",
    "better-higher": "Periods with more exploration were followed by more finds",
    "better-lower": "Periods with less exploration were followed by as many finds or more",
    "steady": "Nothing speaks for another share",
    "floor": "It is never less than the floor",
    "ceiling": "It is never more than the ceiling",
}


def propose(
    past: Sequence[Period], *, floor_ppm: int = 2_500, ceiling_ppm: int = 80_000, drift_ppm: int = 0
) -> Proposal:
    """The share for the next period, from the periods so far (oldest first).

    `drift_ppm` is a population stability index of the models' inputs. Raises ValueError when no share lies between floor and ceiling.
    """
    open_ = [s for s in GRID if floor_ppm <= s <= ceiling_ppm]
    if not open_:
        raise ValueError(f"no share of {GRID} lies between {floor_ppm} and {ceiling_ppm}")
    was = past[-1].share_ppm if past else 0
    at = _nearest(open_, was)
    edge = ("floor",) if was < open_[at] else ("ceiling",) if was > open_[at] else ()
    forced = _forced(past, drift_ppm)
    if forced:
        up = min(at + 1, len(open_) - 1)
        return Proposal(open_[up], was, (*forced, *(("ceiling",) if up == at else ())))
    if sum(p.looks + p.explored for p in past) < ENOUGH:
        return Proposal(open_[at], was, ("too-little", *edge))
    step = _step(past, open_, at)
    why = ("better-higher" if step > at else "better-lower") if step != at else "steady"
    return Proposal(open_[step], was, (why, *edge))


def _nearest(shares: Sequence[int], share: int) -> int:
    return min(range(len(shares)), key=lambda n: (abs(shares[n] - share), n))


def _forced(past: Sequence[Period], drift_ppm: int) -> tuple[str, ...]:
    """What asks for more exploration whatever the bandit says."""
    why = ["drift"] if drift_ppm > DRIFT_PPM else []
    if _falls(past):
        why.append("falling")
    recent = past[-4:]
    explored, finds = sum(p.explored for p in recent), sum(p.explored_finds for p in recent)
    looks, chosen = sum(p.looks for p in recent), sum(p.finds for p in recent)
    if explored >= ENOUGH and looks >= ENOUGH and finds >= 3 and 2 * finds * looks >= chosen * explored:
        why.append("explored-finds")
    return tuple(why)


def _falls(past: Sequence[Period]) -> bool:
    """Whether the last four periods found less often than the eight before, by more than chance: z > 2, in whole numbers."""
    new, old = past[-4:], past[-12:-4]
    n, m = sum(p.looks for p in new), sum(p.looks for p in old)
    x, y = sum(p.finds for p in new), sum(p.finds for p in old)
    if n < ENOUGH or m < ENOUGH:
        return False
    gap = y * n - x * m  # of y/m - x/n, times n m
    # z^2 = gap^2 / (q (1 - q) n m (n + m)), q = (x + y) / (n + m)
    together, missed = x + y, n + m - x - y
    return gap > 0 and gap * gap * (n + m) > 4 * together * missed * n * m


def _step(past: Sequence[Period], open_: Sequence[int], at: int) -> int:
    """The arm next to the present one, or that itself, with the highest bound of what came after it."""
    worth, counted = [0] * len(open_), [0] * len(open_)  # finds and looks, thousandths, faded
    keep, of = FADES
    for n, period in enumerate(past):
        after = past[n : n + 2]  # what a share brings shows in its own period and the next
        worth, counted = [w * keep // of for w in worth], [c * keep // of for c in counted]
        arm = _nearest(open_, period.share_ppm)
        worth[arm] += 1000 * sum(p.finds + p.explored_finds for p in after)
        counted[arm] += 1000 * sum(p.looks + p.explored for p in after)
    if not counted[at]:
        return at
    mean = {n: worth[n] * PPM // counted[n] for n in range(len(open_)) if counted[n]}
    spare = {n: _root(PPM * PPM // max(1, counted[n] // 1000)) for n in mean}  # one over the root of the looks
    best = at
    for n in (at - 1, at + 1):
        if n in mean and mean[n] - spare[n] // 2 > mean[best] + spare[best] // 2:
            best = n
    if best != at or not at or len(past) < 4 or not _calm(past):
        return best
    down = at - 1  # calm: less is tried again, unless it is known to be worse
    worse = down in mean and mean[down] + spare[down] // 2 < mean[at] - spare[at] // 2
    return at if worse else down


def _calm(past: Sequence[Period]) -> bool:
    """Whether exploration found next to nothing lately: less than a quarter as often as selection."""
    recent = past[-4:]
    explored, finds = sum(p.explored for p in recent), sum(p.explored_finds for p in recent)
    looks, chosen = sum(p.looks for p in recent), sum(p.finds for p in recent)
    return explored >= ENOUGH and looks >= ENOUGH and 4 * finds * looks < chosen * explored


def _root(n: int) -> int:
    """The whole part of the square root."""
    if n < 2:
        return n
    x = 1 << (n.bit_length() + 1) // 2
    while (y := (x + n // x) // 2) < x:
        x = y
    return x
