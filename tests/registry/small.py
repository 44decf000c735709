"""A model that is quickly trained."""

from __future__ import annotations

from typing import Any


def small_trees(seed: int) -> Any:
    """Fewer and smaller trees, so that a test need not wait."""
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        iterations=40,
        depth=3,
        learning_rate=0.2,
        thread_count=1,
        verbose=0,
        allow_writing_files=False,
        random_seed=seed,
    )
