"""The ENS gate: entry summary declarations of ICS1 (IE315, IE313) in, the answers of customs out.

`table` maps every element to the record; `reader` checks structure against it; `rules` holds the rule files of a country
and evaluates them; `answers` writes IE328, IE316, IE304, IE305 and IE351; `schema` asks the official schemas too.
"""

from __future__ import annotations

from typing import IO

from customhouse.gates.ens import answers, reader, tree, writer
from customhouse.gates.ens.rules import RuleSet
from customhouse.gates.ens.tree import MAX_BYTES
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.ens import EntrySummary

__all__ = ["MAX_BYTES", "RuleSet", "answers", "examine", "read", "write"]


def examine(
    source: bytes | IO[bytes], rules: RuleSet | None = None, *, limit: int = MAX_BYTES
) -> tuple[EntrySummary, tuple[Problem, ...]]:
    """The declaration in a message whose structure holds, and every rule it breaks; for whoever answers it.

    Raises Refusal where the structure does not hold.
    """
    message = reader.message_of(tree.parse(source, limit=limit))
    summary = reader.summary(message)
    return summary, rules.problems(message) if rules is not None else ()


def read(source: bytes | IO[bytes], rules: RuleSet | None = None, *, limit: int = MAX_BYTES) -> EntrySummary:
    """The declaration in a message (bytes or a binary stream of at most `limit` bytes), alone or in an envelope.

    Raises Refusal with every problem found: those of `tree` and `reader`; where the structure holds, those of `rules`,
    each with the code of its rule and the XPath of the element.
    """
    summary, problems = examine(source, rules, limit=limit)
    if problems:
        raise Refusal(problems)
    return summary


def write(summary: EntrySummary) -> bytes:
    """The declaration as a message again."""
    return writer.write(summary)
