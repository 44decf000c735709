"""What is published and asked for every declaration (Books, criteria, models, watch lists, looks asked for ahead), held by a process.

One rule for all of it: what is held is read again when it is news. A process that watches (`registry.watch`) is told; any other looks
when it has not for FRESH seconds. Whoever publishes in this process calls `forget`, and the next question looks at once.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod

from customhouse.registry import reader

FRESH = 0.5
"""Seconds for which a process believes what it holds without looking; also the poll that stands behind a watch."""
NEVER = float("-inf")


class Published(ABC):
    """What a process holds of one thing that is published; `channel` is where its publication is notified.

    A room says how it is read (`read`), and what of that takes its time and may come later (`prepare`).
    """

    channel: str

    def __init__(self) -> None:
        self.is_watched = False
        self._looked = NEVER
        self._looking = threading.RLock()

    @abstractmethod
    def read(self) -> None:
        """See whether there is news, and put it up. Raises what the register raises."""

    def prepare(self) -> None:  # noqa: B027 - most rooms are ready when they are read
        """Make ready what was read, where that takes long. Until then the room says that it is not ready."""

    def renew(self) -> None:
        """Look for news where nobody tells this process and it has not looked for a while. Called before every question."""
        looked = self._looked
        if looked == NEVER or (not self.is_watched and time.monotonic() - looked > FRESH):
            self.look(patient=not self.is_watched)

    def look(self, *, patient: bool = True) -> None:
        """Look for news now, as the house: whoever asks need not be shown it. `patient` waits until it is ready as well."""
        with self._looking, reader.system():
            self.read()
            self._looked = time.monotonic()
            if patient:
                self.prepare()

    def forget(self) -> None:
        """Look again at the next question: something was published here."""
        self._looked = NEVER
