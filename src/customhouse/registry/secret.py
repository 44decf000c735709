"""Keys of the register: handed in by the house at start, so that this floor knows no files."""

from __future__ import annotations

from collections.abc import Callable

_source: Callable[[str], bytes] | None = None


def use(source: Callable[[str], bytes]) -> None:
    """Say where keys come from: a function from a name to 32 secret bytes."""
    global _source
    _source = source


def key(name: str) -> bytes:
    """The key called `name`. Raises RuntimeError when the house has not said where keys come from."""
    if _source is None:
        raise RuntimeError("no source of keys: start through the house (customhouse.house.settings)")
    return _source(name)


def draw_key() -> bytes:
    """The key of the random share."""
    return key("draw")
