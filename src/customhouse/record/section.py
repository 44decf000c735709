"""What every part of the record that customs makes has in common."""

from __future__ import annotations

import msgspec


class Section(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A part of the record made by customs."""
