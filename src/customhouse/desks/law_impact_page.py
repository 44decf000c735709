"""What the page of a draft law shows: revenue, lanes, refusals, holds and looks before and after, drawn beside the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from customhouse.clearance.impact import Change, Impact
from customhouse.desks import explain, rule_page, rule_words
from customhouse.desks.law_impact import Answer
from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.record.lanes import Lane

MOST = 12
FILLED = re.compile(r"\{\w+\}")


def shown(answer: Answer, law: Law) -> dict[str, Any]:
    """The answer for the page; `law` is the draft, whose words the parts of the tariff and the rules have."""
    found = answer.found
    lanes = found.lanes
    return {
        "a": answer, "found": found, "total": _change(found.total, found.currency),
        "sides": [_side(side, found.currency) for side in (*found.beside, found)] if found.beside else [],
        "by": [group for group in _groups(found, law) if group["rows"]],
        "refused": _counted(found.refused, {rule.id: rule.text for rule in law.contents.rules}),
        "refusals": sum(found.refused.values()), "holds": _holds(found),
        "t": lanes, "lanes": rule_page.lanes(lanes) if lanes else [],
        "moves": _moves(found), "workload": rule_page.workload(lanes.workload) if lanes else [],
        "more": rule_page.more(sum(w.minutes for w in lanes.workload)) if lanes else "",
        "work": rule_page.more(lanes.work) if lanes else "",
        "left_out": [(mrn, explain.told(why)) for mrn, why in found.unjudged], "more_left_out": answer.left_out - len(found.unjudged),
        "is_same": not (found.changed or found.refused or found.holds or (lanes and lanes.hits)),
    }  # fmt: skip


def _change(change: Change, currency: str) -> dict[str, Any]:
    """Amounts before and after with the difference, in words of money."""
    share = change.difference * 100 / change.before if change.before else None
    return {
        "of": change,
        "before": explain.amount(Money(change.before, currency)),
        "after": explain.amount(Money(change.after, currency)),
        "difference": signed(change.difference, currency),
        "share": share,
    }


def signed(minor: int, currency: str) -> str:
    """An amount that says whether it is more or less."""
    said = explain.amount(Money(abs(minor), currency))
    return f"+{said}" if minor > 0 else f"−{said}" if minor < 0 else said


def _groups(found: Impact, law: Law) -> Iterable[dict[str, Any]]:
    """Who pays more or less, by tax, chapter and origin: the greatest differences, with bars to the left (less) and right (more)."""
    for key, heading, word, changes in (
        ("tax", _("By tax"), _("Tax"), found.taxes),
        ("chapter", _("By chapter"), _("Chapter"), found.chapters),
        ("origin", _("By origin"), _("Origin"), found.origins),
    ):
        moved = [(name, c) for name, c in changes.items() if c.before != c.after or c.more or c.less]
        first = sorted(moved, key=lambda one: (-abs(one[1].difference), one[0]))[:MOST]
        most = max((abs(c.difference) for _name, c in first), default=0) or 1
        middle = 50 if any(c.difference < 0 for _name, c in first) else 0
        rows = [
            {"name": name, "text": _text(key, name, law), "length": (length := round(abs(c.difference) * (99 - middle) / most, 1)),
             "x": middle if c.difference > 0 else round(middle - length, 1), "is_more": c.difference > 0, **_change(c, found.currency)}
            for name, c in sorted(first, key=lambda one: (-one[1].difference, one[0]))
        ]  # fmt: skip
        yield {
            "key": key,
            "heading": heading,
            "word": word,
            "middle": middle,
            "rows": rows,
            "more": len(moved) - len(first),
            "counted": key != "tax",
        }


def _text(key: str, name: str, law: Law) -> str:
    if key == "tax":
        return explain.tax_name(name, law)
    line = law.line(name) if key == "chapter" else None
    return explain.in_language(line.text) if line is not None else ""


def _counted(counts: Mapping[str, int], texts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rules with what they say and how many break them, the most first."""
    most = max(counts.values(), default=0) or 1
    return [
        {"rule": rule, "n": n, "length": round(n * 100 / most, 1),
         "text": FILLED.sub("…", explain.in_language(texts[rule])) if rule in texts else ""}
        for rule, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]  # fmt: skip


def _holds(found: Impact) -> list[tuple[str, int, int]]:
    words = {"documents": _("for a document that the law asks for"), "agency": _("to be seen by another agency")}
    return [(words[kind], more, less) for kind, (more, less) in sorted(found.holds.items())]


def _moves(found: Impact) -> list[dict[str, Any]]:
    """From which lane to which, the most first."""
    moves = sorted(found.lanes.moves if found.lanes else (), key=lambda m: -m.declarations)
    most = max((m.declarations for m in moves), default=0) or 1
    return [
        {"before": m.before.value, "after": m.after.value, "n": m.declarations, "length": round(m.declarations * 100 / most, 1)}
        for m in moves
    ]  # fmt: skip


def _side(side: Impact, currency: str) -> dict[str, Any]:
    """One past beside the other."""
    lanes = side.lanes
    return {
        "word": rule_words.PASTS[side.of] if side.of != "both" else _("Together"), "found": side, "lanes": lanes,
        "total": _change(side.total, currency), "refused": sum(side.refused.values()),
        "looked": sum(lanes.after.get(lane.value, 0) for lane in (Lane.YELLOW, Lane.RED)) if lanes else 0,
    }  # fmt: skip
