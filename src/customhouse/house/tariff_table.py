"""Kind tariff-csv: a table of commodities with their rates in words, through the gate that knows how rates are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from customhouse.kernel.problem import Problem, Refusal
from customhouse.law.layer import Layer
from customhouse.law.loading import Account, Findings, Reading, Setting, Source, Tick, named, standing

GATE = "customhouse.gates.tariff_csv"
CUSTOMS_DUTY = "A00"


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """A line for every row, and its third country duty by the column of rates that is asked for, or the only one."""
    if find_spec(GATE) is None:
        raise Refusal(
            [Problem("NoGate", "This program has no gate for tariff tables", named(sources), "Load another kind")]
        )
    gate: Any = import_module(GATE)
    findings = Findings()
    lines: list[Any] = []
    measures: list[Any] = []
    rows = refused = 0
    cited = setting.source or f"Tariff table {named(sources)}"
    for number, source in enumerate(sources, 1):
        try:
            table = gate.read(source.data, source.name)
        except Refusal as refusal:
            findings.problems.extend(refusal.problems)
            continue
        column = _column(table, source, setting.column, findings)
        told = [p for p in table.problems if p.rule != "UnknownRate" or p.label.startswith(f"{column}:")]
        findings.problems.extend(told)
        refused += sum(1 for p in told if p.rule == "InvalidCode")
        rows += len(table.rows)
        lines += gate.lines(table.rows, cited, setting.since)
        measures += gate.measures(table.rows, column, CUSTOMS_DUTY, cited, setting.since) if column else ()
        if tick is not None:
            tick(number, len(sources))
    layer = Layer(lines=standing(lines, "lines", findings), measures=standing(measures, "measures", findings))
    account = Account(rows + refused, rows, 0, refused)
    wholes = (("lines", "*"), ("measures", "*"))
    return Reading(layer=layer, account=account, problems=tuple(findings.problems), wholes=wholes)


def _column(table: Any, source: Source, wanted: str, findings: Findings) -> str:
    """The column of rates to load; empty, with a problem, when it is not clear which."""
    if wanted in table.columns:
        return wanted
    if not wanted and len(table.columns) == 1:
        return str(table.columns[0])
    label = f"The table has no column {wanted}" if wanted else "The table has several columns of rates"
    hint = f"Name one with --column: {', '.join(table.columns)}"
    findings.found("WhichColumn", label, f"{source.name}:1", hint)
    return ""
