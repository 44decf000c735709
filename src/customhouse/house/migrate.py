"""Bring the tables up to date, run as the owner: `python -m customhouse.house.migrate`."""

from __future__ import annotations

from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    import customhouse.registry
    from customhouse.registry import reader

    reader.serve_as(reader.SYSTEM)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("select ensure_entry_partitions(3)")
        cursor.execute((Path(customhouse.registry.__file__).parent / "grants.sql").read_text())


if __name__ == "__main__":
    main()
