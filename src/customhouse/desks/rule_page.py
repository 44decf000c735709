"""What the pages of the risk office show: a rule with its figures, a back-test side by side with today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from customhouse.clearance import criterion as office
from customhouse.desks import rule_words, words
from customhouse.kernel.currency import minor_digits
from customhouse.kernel.money import Money
from customhouse.offices.risk.backtest import BackTest, Month
from customhouse.offices.risk.figures import Figures, Standing, standing
from customhouse.offices.risk.share import Share
from customhouse.offices.risk.workload import Workload
from customhouse.record.criterion import Kind, RuleContent, Step, Version, in_force, status
from customhouse.record.lanes import Lane
from customhouse.record.parcel import is_parcel
from customhouse.registry import courses, criteria, lawbook, outcomes, people, reader

PAST = timedelta(days=365)
WIDE, TALL = 30, 90


def today() -> date:
    return datetime.now(UTC).date()


def currency() -> str:
    """The national currency."""
    return lawbook.current(today()).on(today()).currency


def digits() -> int:
    """How many decimals it has."""
    return minor_digits(currency())


def measured() -> Standing:
    """How all rules did in the last year. Sums over all of customs, whoever asks: they name no declaration."""
    with reader.system():
        courses.read_on()
        return standing(outcomes.between(today() - PAST, today() + timedelta(1)))


def listed(found: dict[tuple[Kind, str], tuple[Version, ...]], told: Standing) -> list[dict[str, Any]]:
    """One row for each rule: the version that counts, what is being done with it, and its figures."""
    day, rows = today(), []
    left_out = dict(criteria.composed(datetime.now(UTC)).left_out)
    for (kind, id), versions in sorted(found.items(), key=lambda pair: pair[0][1]):
        if kind is not Kind.RULE:
            continue
        counting = in_force(versions, day)
        newest = versions[-1]
        shown = counting or newest
        stands = [(v, status(v, versions, day)) for v in {shown.number: shown, newest.number: newest}.values()]
        live = counting.latest(Step.LIVE) if counting else None
        rows.append(
            {
                "id": id,
                "version": shown,
                "text": text_of(shown),
                "lane": shown.content.lane if isinstance(shown.content, RuleContent) else "",
                "owner": shown.content.owner,
                "stands": [(v.number, s, rule_words.STATUS[s], rule_words.TONES.get(s, "")) for v, s in stands],
                "statuses": {s for _v, s in stands},
                "until": shown.content.until if isinstance(shown.content, RuleContent) else None,
                "figures": told.of(id),
                "precision": percent(told.of(id).precision),
                "noisy": counting is not None and told.is_noisy(id),
                "dead": live is not None and told.is_dead(id, live.at.date(), day),
                "broken": left_out.get(id, ""),
            }
        )
    return rows


def text_of(version: Version) -> str:
    """What a version says of itself in the reader's language."""
    if isinstance(version.content, RuleContent):
        from customhouse.desks.explain import in_language

        text = version.content.text
        return in_language(text) or next(iter(text.values()), version.id)
    return str(getattr(version.content, "text", "") or rule_words.KINDS[version.kind])


def percent(share: Share) -> dict[str, Any] | None:
    """A share for the page: per cent with its interval and what it was counted among."""
    if share.ppm is None or share.low is None or share.high is None:
        return None
    return {
        "count": share.count, "of": share.of, "at": share.ppm / 10_000, "low": share.low / 10_000, "high": share.high / 10_000,
    }  # fmt: skip


def months(found: Iterable[Month]) -> dict[str, Any]:
    """Hits and finds of each month as columns."""
    those = list(found)[-12:]
    most = max((m.hits for m in those), default=0) or 1
    columns = [
        {
            "x": n * WIDE + 3, "middle": n * WIDE + WIDE // 2, "month": m.month, "short": m.month[5:], "hits": m.hits,
            "finds": m.finds, "y": TALL - round(m.hits * TALL / most), "tall": round(m.hits * TALL / most),
            "finds_y": TALL - round(m.finds * TALL / most), "finds_tall": round(m.finds * TALL / most),
        }
        for n, m in enumerate(those)
    ]  # fmt: skip
    return {
        "columns": columns,
        "most": most,
        "box": f"-28 -8 {12 * WIDE + 34} {TALL + 28}",
        "width": 12 * WIDE,
        "tall": TALL,
    }


def hours(minutes: int) -> str:
    """A time that people wait, told in hours or days."""
    if minutes < 120:
        return _("%(n)d minutes") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)d hours") % {"n": minutes // 60}
    return _("%(n)d days") % {"n": minutes // 1440}


def figures(found: Figures, told: Standing) -> dict[str, Any]:
    """The figures of a rule for its page."""
    return {
        "f": found,
        "precision": percent(found.precision),
        "random": percent(told.random),
        "looked": percent(told.looked),
        "trial": percent(found.trial_precision),
        "revenue": Money(found.revenue, currency()),
        "delay": hours(found.delay),
        "work": hours(found.work),
        "months": months(found.months),
        "overlaps": [(o, o.jaccard / 10_000) for o in found.overlaps],
    }


def back_test(test: BackTest) -> dict[str, Any]:
    """A back-test side by side with today."""
    money = currency()
    names = people.names([g.name for g in (*test.importers, *test.declarants)])
    sides = (*test.beside, test) if test.beside else (test,)
    widest = max((side.hit_share.ppm or 0 for side in sides), default=0) or 1
    return {
        "t": test,
        "lanes": lanes(test),
        "hit_share": percent(test.hit_share), "precision": percent(test.precision), "today": percent(test.today),
        "random": percent(test.random), "random_today": percent(test.random_today),
        "revenue": Money(test.revenue, money), "revenue_today": Money(test.revenue_today, money),
        "delay": hours(test.delay), "months": months(test.months),
        "unmoved": percent(test.unmoved) if test.days else None, "asked": list(test.asked.items()) if test.model else [],
        "workload": workload(test.workload), "more": more(sum(w.minutes for w in test.workload)),
        "offices": [(o, o.after - o.before) for o in test.offices[:12]],
        "who": [
            (_("Importers"), [(g, names.get(g.name, "")) for g in test.importers[:6]]),
            (_("Declarants"), [(g, names.get(g.name, "")) for g in test.declarants[:6]]),
            (_("Chapters of the tariff"), [(g, "") for g in test.chapters[:6]]),
            (_("Headings of the tariff"), [(g, "") for g in test.headings[:6]]),
            (_("Origins"), [(g, "") for g in test.origins[:6]]),
        ],
        "sides": [_side(side, widest, money) for side in sides],
        "sample": [(h, Money(h.value, money), h.lane is not Lane.GREEN or not is_parcel(h.number)) for h in test.sample],
        "overlaps": [(o, o.jaccard / 10_000) for o in test.overlaps[:8]],
    }  # fmt: skip


def lanes(test: BackTest) -> list[dict[str, Any]]:
    """How many were and would be in each lane, with the lengths of their bars."""
    most = max([*test.before.values(), *test.after.values()], default=0) or 1
    return [
        {
            "lane": lane.value, "before": test.before.get(lane.value, 0), "after": test.after.get(lane.value, 0),
            "more": test.after.get(lane.value, 0) - test.before.get(lane.value, 0),
            "before_length": round(test.before.get(lane.value, 0) * 100 / most, 1),
            "after_length": round(test.after.get(lane.value, 0) * 100 / most, 1),
        }
        for lane in (Lane.RED, Lane.YELLOW, Lane.BLUE, Lane.GREEN)
    ]  # fmt: skip


def more(minutes: int) -> str:
    """So much more work, or less."""
    return f"{'+' if minutes > 0 else '−' if minutes < 0 else ''}{hours(abs(minutes))}"


def workload(found: Sequence[Workload]) -> list[dict[str, Any]]:
    """The looks a day of the busiest offices, with the lengths of their bars and where the stroke of what they can do stands."""
    shown = found[:12]
    most = max((n for w in shown for n in (w.before_a_day, w.after_a_day, w.capacity)), default=0) or 1

    def length(a_day: Decimal | int) -> float:
        return round(float(a_day * 99 / most), 1)

    return [
        {"of": w, "before": length(w.before_a_day), "after": length(w.after_a_day), "can": length(w.capacity)} for w in shown
    ]  # fmt: skip


def _side(test: BackTest, widest: int, money: str) -> dict[str, Any]:
    """One past beside the others: what the rule would hit, catch and cost; the bar is the share of its hits with the interval."""
    found = test.hit_share

    def length(ppm: int | None) -> float:
        return round(min(ppm or 0, widest) * 100 / widest, 1)

    return {
        "word": rule_words.PASTS[test.of] if test.of != "both" else _("Together"), "t": test, "hit_share": percent(found),
        "caught": percent(test.caught), "value": Money(test.value, money), "payable": Money(test.payable, money),
        "work": hours(test.work), "length": length(found.ppm),
    }  # fmt: skip


def warnings(version: Version) -> list[dict[str, Any]]:
    """The warnings of the last back-test, and whether the author took responsibility for them."""
    tested, handed = office.result_of(version), version.latest(Step.SUBMITTED)
    confirmed = set(handed.detail.get("confirmed", ())) if handed else set()
    return [
        {
            "code": w.code,
            "text": rule_words.caution(w.code, w.text),
            "must": w.confirmed,
            "confirmed": w.code in confirmed,
        }
        for w in (tested.cautions if tested else ())
    ]


def history(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """All that happened to all versions, newest first."""
    told: list[dict[str, Any]] = []
    for version in versions:
        told.append({"at": version.at, "number": version.number, "word": _("Written"), "by": version.author})
        told += [
            {
                "at": e.at, "number": version.number, "word": rule_words.STEPS[e.step], "by": e.by, "reason": e.reason,
                "more": rule_words.event(e.step, e.detail), "role": words.ROLES[e.role],
            }
            for e in version.events
        ]  # fmt: skip
    return sorted(told, key=lambda one: one["at"])[::-1]
