"""The models on the line: what the live one finds of a declaration, and what those in the shadow would have found.

The models lie open in this process, each loaded and warmed before it is asked, and follow what is published. Nothing here raises
or reads the register while a lane is set: a model that cannot speak says why, and the risk office draws more at random.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from customhouse.clearance.line import Scorer
from customhouse.kernel.currency import minor_digits
from customhouse.offices.risk import Finding, Scored
from customhouse.record.access import office_of
from customhouse.record.declaration import Declaration, Reason
from customhouse.record.facts import assessed_facts
from customhouse.record.history import NO_HISTORY, HistoryFacts, named
from customhouse.record.lanes import Lane, stricter
from customhouse.record.targeting import Thresholds
from customhouse.registry import models_kept, reader
from customhouse.registry.decided import Decided
from customhouse.registry.models_kept import ModelFault, OnLine
from customhouse.registry.parcel_models import Asked
from customhouse.registry.published import Published

log = logging.getLogger(__name__)

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
AGAIN = 60.0  # seconds before a model that could not be opened is tried again
RULE = "model"
OPENING = "the model is being opened"


def opened(digest: str, data: bytes) -> Any:
    """The model in a file, warm. Raises ModelFault where it is not what its digest says, of another version, or cannot be used here."""
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelFault(f"the file of model {digest[:12]} was changed: its content has another hash")
    for name in THREADS:
        os.environ.setdefault(name, "1")
    try:
        from customhouse.labs.targeting import file
        from customhouse.labs.targeting.fault import TargetingProblem
        from customhouse.labs.targeting.judge import warm
    except ImportError as fault:
        raise ModelFault(
            f"the extra `targeting` is not installed here ({fault.name} is missing): ./customhouse install targeting, "
            "or pip install 'customhouse[targeting]'"
        ) from fault
    try:
        model = file.read(data)
    except TargetingProblem as fault:
        raise ModelFault(str(fault)) from fault
    warm(model)
    return model


class Held(NamedTuple):
    """Models on the line at one moment: which, those that are open, and why others are not."""

    on_line: tuple[OnLine, ...]
    models: dict[str, Any]
    faults: dict[str, str]

    def score(self, d: Declaration, header: Any, items: Sequence[Any]) -> Scored:
        return scored(d, header, items, self.on_line, self.models.get, self.faults)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The same in writing, for whoever goes on with it later or elsewhere (`held_again`)."""
        return tuple(
            Asked(one, "" if one.digest in self.models else self.faults.get(one.digest, OPENING))
            for one in self.on_line
        )

    @property
    def failed(self) -> str:
        """Why the last live model that is not open does not answer, as `scored` says it."""
        lacking = [one.digest for one in self.on_line if one.live and one.digest not in self.models]
        return _silent(lacking[-1], self.faults.get(lacking[-1], OPENING)) if lacking else ""


class Shelf(Published):
    """The models that a process holds open, and the scorer made from them."""

    channel = models_kept.CHANNEL

    def __init__(self) -> None:
        super().__init__()
        self.on_line: tuple[OnLine, ...] = ()
        self.faults: dict[str, str] = {}
        self.failed_at = 0.0
        self._models: dict[str, Any] = {}
        self._scorer: Scorer | None = None

    def scorer(self) -> Scorer | None:
        """Asks the models on the line; None where there are none."""
        return self._scorer

    def model(self, digest: str) -> Any:
        """The open model of this digest, or None."""
        return self._models.get(digest)

    def held(self) -> Held:
        """What is on the line at this moment, and stays so for whoever holds it."""
        return Held(self.on_line, dict(self._models), dict(self.faults))

    def read(self) -> None:
        """Open what was published since, and ask it from now on."""
        rows = models_kept.on_line()
        for digest in self.missing(rows):
            try:
                self.put(digest, models_kept.contents(digest))
            except ModelFault as fault:
                self.fault(digest, str(fault))
        self.line_up(rows)

    def missing(self, rows: Sequence[OnLine]) -> list[str]:
        """The models whose bytes are wanted; what failed is tried again once a minute."""
        if self.faults and time.monotonic() - self.failed_at > AGAIN:
            self.faults.clear()
        return [r.digest for r in rows if r.digest not in self._models and r.digest not in self.faults]

    def put(self, digest: str, data: bytes) -> None:
        """Open a model from its bytes; what is wrong with it is kept and told with every lane."""
        try:
            self._models[digest] = opened(digest, data)
            self.faults.pop(digest, None)
        except Exception as fault:
            self.fault(digest, str(fault))

    def fault(self, digest: str, why: str) -> None:
        log.error("model %s does not speak: %s", digest, why)
        self.faults[digest], self.failed_at = why, time.monotonic()

    def line_up(self, rows: Sequence[OnLine]) -> None:
        """Ask these from now on; what is not on the line any more is put away, and what failed may be tried again."""
        if tuple(rows) == self.on_line:
            return
        wanted = {r.digest for r in rows}
        for gone in set(self._models) - wanted:
            del self._models[gone]
        self.faults = {d: why for d, why in self.faults.items() if d in wanted}
        self.on_line = tuple(rows)
        self._scorer = self._made() if rows else None

    def _made(self) -> Scorer:
        def score(d: Declaration, header: Any, items: Sequence[Any]) -> Scored:
            return scored(d, header, items, self.on_line, self._models.get, self.faults)

        return score


shelf = Shelf()


def scored(
    d: Declaration,
    header: Any,
    items: Sequence[Any],
    on_line: Sequence[OnLine],
    model_of: Callable[[str], Any],
    faults: dict[str, str],
) -> Scored:
    """What the models say. Never raises."""
    findings: list[Finding] = []
    shadow: list[Finding] = []
    novelty, failed = 1_000_000, ""
    for one in on_line:
        try:
            model = model_of(one.digest)
            if model is None:
                raise ModelFault(faults.get(one.digest, OPENING))
            judged = judged_by(model, d, header, items)
            finding = _finding(judged, one, office_of(d), _digits(d))
        except Exception as fault:
            if one.live:
                failed = _silent(one.digest, fault)
            log.warning("model %s on %s: %s", one.digest[:12], d.mrn, fault)
            continue
        if one.live:
            findings.append(finding)
            novelty = judged.novelty_ppm
        else:
            shadow.append(finding)
    return Scored(tuple(findings), tuple(shadow), novelty, failed)


def _silent(digest: str, why: object) -> str:
    return f"The targeting model {digest[:12]} did not answer: {why}"[:400]


def judged_by(model: Any, d: Declaration, header: Any, items: Sequence[Any]) -> Any:
    """What a model says of a declaration, by its facts at targeting (`labs.targeting.judge.Judged`)."""
    from customhouse.labs.targeting.judge import judge

    return judge(model, rows_of(d, header, items))


def rows_of(d: Declaration, header: Any, items: Sequence[Any]) -> Any:
    """The goods items of a declaration as a model sees them."""
    from customhouse.labs.targeting import lodged

    if d.acceptance is None:
        raise ValueError(f"declaration {d.id} was not accepted, so no model speaks of it")
    return lodged.items(d.mrn, d.acceptance.tax_date, office_of(d), header, items, history_in(header), _digits(d))


def history_in(header: Any) -> HistoryFacts:
    """What is known of the actors, as it stands among the facts of a declaration."""
    return HistoryFacts(**{name: getattr(header, name) for name in named(NO_HISTORY)})


def _digits(d: Declaration) -> int:
    return minor_digits(d.assessed.payable.currency) if d.assessed else 2


def lane_of(thresholds: Thresholds, probability: float, revenue: float, office: str) -> Lane:
    """The strictest lane that a threshold of this office asks for; `revenue` in minor units."""
    lane = Lane.GREEN
    for t in thresholds:
        reached = probability if t.by == "probability" else revenue
        if t.office in ("", office) and reached >= t.at_least:
            lane = stricter(lane, t.lane)
    return lane


def _finding(judged: Any, one: OnLine, office: str, digits: int) -> Finding:
    lane = lane_of(one.thresholds, judged.probability, judged.revenue * 10**digits, office)
    reasons: tuple[Reason, ...] = ()
    if lane is not Lane.GREEN:
        head = f"By past results a find is likely to {judged.probability:.0%}, worth {judged.revenue:,.0f} on average"
        reasons = tuple(
            Reason(RULE, text, item, one.digest, confidential=True)
            for item, text in ((0, head), *((judged.item, text) for text in judged.reasons))
        )
    return Finding(judged.probability, lane, reasons, one.digest)


def explained_again(one: Decided) -> dict[str, Any]:
    """The score of a lane explained again, for an appeal or the consignment page: everything that was weighed, for and against.

    The same facts, the same history as recorded with the lane, the same model by its hash. Raises ModelFault where that model cannot
    be opened any more, ValueError where no model had spoken.
    """
    from customhouse.labs.targeting.judge import weighed

    digest = one.selection.model
    if not digest:
        raise ValueError(f"no model spoke of declaration {one.declaration.id}")
    model = kept_open(digest)
    header, items = assessed_facts(one.declaration, one.selection.history or NO_HISTORY)
    return weighed(model, rows_of(one.declaration, header, items)) | {"model": digest}


def held_again(asked: Sequence[Asked], model_of: Callable[[str], Any]) -> Held | None:
    """The models as they were asked then, each opened by `model_of`; None where none was. One that was silent then stays so.

    Raises ModelFault where one that spoke cannot be opened: neither may another speak for it, nor may it fall silent.
    """
    if not asked:
        return None
    models = {one.model.digest: model_of(one.model.digest) for one in asked if not one.silent}
    faults = {one.model.digest: one.silent for one in asked if one.silent}
    return Held(tuple(one.model for one in asked), models, faults)


def kept_open(digest: str) -> Any:
    """A model of the register, whether it is on the line or was once. Raises ModelFault where it cannot be opened."""
    return shelf.model(digest) or _earlier(digest)


@lru_cache(maxsize=4)
def _earlier(digest: str) -> Any:
    """A model that is not on the line any more, kept open for the next question about it."""
    with reader.system():
        return opened(digest, models_kept.contents(digest))
