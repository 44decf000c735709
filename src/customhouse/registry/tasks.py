"""The jobs themselves, run by the worker."""

from __future__ import annotations

from datetime import date

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from customhouse.registry.jobs import NOTIFY, QUEUE


@app.task(name=NOTIFY, queue=QUEUE, retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def notify(declaration: int, act: int, declarant: str, text: str) -> None:
    """Put a notice into the declarant's inbox, once."""
    from customhouse.registry import supplementary
    from customhouse.registry.models import Notice

    kind, _sep, rest = text.partition(":")
    if kind == "owed":
        due, _sep, mrn = rest.partition(":")
        supplementary.owe(declaration, declarant, mrn, date.fromisoformat(due))
    elif kind == "completes":
        supplementary.hand_in(declaration, declarant, rest.split(","))

    Notice.objects.get_or_create(
        declaration=declaration, act=act, defaults={"declarant": declarant, "text": text[:500]}
    )
