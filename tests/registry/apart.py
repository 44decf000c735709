"""What happens beside a test, on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from customhouse.registry import reader


def beside(work: Callable[[], Any]) -> threading.Thread:
    """Work in a thread with a connection of its own, as another process has."""

    def run() -> None:
        with reader.system():
            work()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
