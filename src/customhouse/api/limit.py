"""How often a client may ask: a bucket of tokens for each client, in each web process.

The bucket holds two seconds' worth of requests and fills at the client's rate; personal tokens (rate 0) are not limited.
"""

from __future__ import annotations

import time

from customhouse.registry.clients import Access

BURST = 2.0
MOST = 10_000


class Limit:
    """The buckets of one process. `wait` is safe to call from several threads: a lost update gives one request too many."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, access: Access) -> int:
        """Seconds this client must wait before it is answered; 0 when it need not."""
        if not access.rate:
            return 0
        now, full = time.monotonic(), access.rate * BURST
        left, since = self._buckets.get(access.client, (full, now))
        left = min(full, left + (now - since) * access.rate)
        if left < 1:
            return max(1, round((1 - left) / access.rate))
        if len(self._buckets) >= MOST:
            self._buckets.clear()
        self._buckets[access.client] = (left - 1, now)
        return 0


limit = Limit()
"""The one of this process: the intake and Django's side count together."""
