"""The law that travels with the program: the demo country's pack, compiled on first use."""

from __future__ import annotations

from functools import lru_cache

from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory

DEMO_COUNTRY = "meridia"


@lru_cache(maxsize=4)
def embedded_book(country: str = DEMO_COUNTRY) -> Book:
    """The Book of a country pack that ships with the program."""
    return Book.open(compile_pack(country_directory(country)))
