"""What targeting says when it cannot go on: the place, what is wrong there, what to do next."""

from __future__ import annotations


class TargetingProblem(Exception):
    """Data, a model file or an estimator cannot be used; nothing was scored and nothing was written."""
