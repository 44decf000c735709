"""Numbers come from sequences: never a lock, gaps allowed."""

from __future__ import annotations

from django.db import connection


def declaration() -> int:
    """The next declaration number."""
    return _next("declaration_number")


def manifest() -> int:
    """The next cargo report."""
    return _next("manifest_number")


def entry_summary() -> int:
    """The next number of an entry summary declaration."""
    return _next("entry_summary_number")


def receipt() -> str:
    """The next receipt number, as printed."""
    return f"R{_next('receipt_number'):010d}"


def _next(sequence: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select nextval(%s)", [sequence])
        return int(cursor.fetchone()[0])
