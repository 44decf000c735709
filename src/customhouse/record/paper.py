"""A paper: a supporting document as a file, named by what it holds."""

from __future__ import annotations

from customhouse.record.section import Section


class Paper(Section, frozen=True):
    """A file that was attached to a declaration.

    `digest` is the SHA-256 (hex) of its bytes, `type` its media type as found out from them, `size` in bytes; `about` says
    what it answers (``query 2``), empty for one of the declaration itself.
    """

    digest: str
    name: str
    type: str
    size: int
    about: str = ""

    @property
    def reference(self) -> str:
        """How other acts name it."""
        return f"sha256:{self.digest}"
