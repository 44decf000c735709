"""`customhouse offline-form`: the lodging form as one HTML file that works without a network."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from customhouse.house.lawbooks import DEMO_COUNTRY, open_law
from customhouse.house.start import setup_django


def offline_form(
    law: Annotated[
        str, typer.Option(help="A pack, a compiled Book, or the name of a pack that travels with the program")
    ] = DEMO_COUNTRY,
) -> None:
    """Print the form; needs no database. `customhouse offline-form > form.html`"""
    setup_django()
    from customhouse.desks.offline import html

    sys.stdout.write(html(open_law(law).on(datetime.now(UTC).date())))
