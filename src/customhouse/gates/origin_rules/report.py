"""What the gate says about what it could not take: each thing once per place, with how often it was met."""

from __future__ import annotations

from customhouse.kernel.problem import Problem, Severity


class Report:
    """Collects findings; the same rule and label at the same place count together."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, Severity], list[str]] = {}

    def error(self, rule: str, label: str, where: str, value: str = "") -> None:
        """Something was left out of the law."""
        self._found.setdefault((rule, label, where, "error"), []).append(value)

    def warn(self, rule: str, label: str, where: str, value: str = "") -> None:
        """Something was taken, but a part of it has no place in the law or was read from its words."""
        self._found.setdefault((rule, label, where, "warning"), []).append(value)

    def problems(self) -> tuple[Problem, ...]:
        """Every finding, in the order met; `value` shows the first few of those counted together."""
        return tuple(
            Problem(
                rule,
                label if len(values) == 1 else f"{label} ({len(values)} times)",
                where,
                "",
                ", ".join(list(dict.fromkeys(filter(None, values)))[:5])[:200],
                severity,
            )
            for (rule, label, where, severity), values in self._found.items()
        )
