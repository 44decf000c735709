"""Hypothesis strategies for record types, to be shared by all tests.

`lodgements()` makes any Lodgement that the WCO message can carry: it follows the mapping table, so a new row is generated
as soon as it exists. Values are well-formed, not sensible.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from customhouse.gates.wco_xml.element import Class, Element
from customhouse.gates.wco_xml.table import DECLARATION, ITEM
from customhouse.record.lodgement import Amount, GoodsItem, Lodgement, Measure, Stamp

BLANK = " \t\r\n"
MAX_FIELDS = 5
MAX_REPEATS = 2

_characters = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
texts = st.text(_characters, min_size=1, max_size=20).map(lambda t: t.strip(BLANK)).filter(bool)
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=4)
identifiers = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/.&<>'\"", min_size=1, max_size=17)
decimals: st.SearchStrategy[Decimal] = st.integers(0, 6).flatmap(
    lambda places: st.decimals(Decimal(-(10**9)), Decimal(10**15), places=places)
)
integers = st.integers(0, 99_999)
currencies = st.sampled_from(("", "USD", "EUR", "GBP", "JPY", "KWD"))
units = st.sampled_from(("", "KGM", "GRM", "LTR", "NAR", "H87"))
stamps = st.builds(
    Stamp,
    st.dates().map(lambda day: f"20{day:%y%m%d}") | st.just("20261124101500Z") | st.just("20240229235959+01"),
    st.sampled_from(("102", "304")),
)

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "code": codes,
    "identifier": identifiers,
    "decimal": decimals,
    "integer": integers,
    "amount": st.builds(Amount, decimals, currencies),
    "measure": st.builds(Measure, decimals, units),
    "stamp": stamps,
}


@st.composite
def of_class(draw: st.DrawFn, table: Class) -> Any:
    """A record of one WCO class: what is required and a few of its other rows."""
    return table.record(**draw(_fields(table)))


@st.composite
def _fields(draw: st.DrawFn, table: Class) -> dict[str, Any]:
    chosen = draw(st.lists(st.sampled_from(table.rows), max_size=MAX_FIELDS, unique_by=lambda row: row.tag))
    fields: dict[str, Any] = {}
    for row in (*chosen, *(row for row in table.rows if row.required)):
        fields.update(draw(_row(row)))
    return fields


def _row(row: Element) -> st.SearchStrategy[dict[str, Any]]:
    if row.kind == "flat":
        assert row.of is not None
        return _fields(row.of)
    if row.kind == "class":
        assert row.of is not None
        inner = of_class(row.of)
        return (
            st.lists(inner, min_size=1, max_size=MAX_REPEATS).map(tuple).map(_as(row))
            if row.many
            else inner.map(_as(row))
        )
    return _VALUES[row.kind].map(_as(row))


def _as(row: Element) -> Any:
    return lambda value: {row.field: value}


def lodgements() -> st.SearchStrategy[Lodgement]:
    """Any Lodgement that a WCO message can carry."""
    return of_class(DECLARATION)


def goods_items() -> st.SearchStrategy[GoodsItem]:
    """Any goods item that a WCO message can carry."""
    return of_class(ITEM)
