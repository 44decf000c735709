"""The sizing page is what its command makes: its form, whatever the figures of the last bench are."""

from __future__ import annotations

import re

from bench.sizing import BEGIN, END, PAGE, Given, Measured, measured, need, tables, written


def form(text: str) -> str:
    return re.sub(r"[\d.,]*\d", "n", text)


def test_the_page_has_the_form_that_its_command_writes() -> None:
    page = PAGE.read_text("utf-8")
    assert form(written(page, tables(measured(), Given()))) == form(page)
    made = page.split(BEGIN)[1].split(END)[0]
    rows = [line.split("|")[1].strip() for line in made.splitlines() if line.startswith("|")]
    assert rows == ["", "---", "Island", "Country", "Union", "Continent"]


def test_machines_and_cost_follow_from_what_was_measured_and_assumed() -> None:
    one = Measured(20, 10, 0, 100, 5000, 0.02, "2026-01-01")
    assumed = Given(core_hour=1, gb_month=1, months=10, copies=1, peak_share=0.36, busy=0.5)
    small, large = need(1_000, one, assumed), need(50_000_000, one, assumed)
    # 50 M parcels of 20 µs, 36 % of them in one hour, at half load: 0.36 x 1000 s / 3600 s / 0.5
    assert (round(large.program_cores, 6), round(large.database_cores, 6)) == (0.2, 0.1)
    assert small.machines == large.machines == 1 and large.gb_year == 50 * 365 * 0.2
    # two cores all day over 50 million, and a fifth of a gigabyte a million for ten months
    assert large.cost == 2 * 24 / 50 + 0.2 * 10
    again = need(50_000_000, one._replace(day_us=1), assumed)
    # with half of the day counted before each 8,000: 3,125 µs more a parcel
    assert round(again.program_cores, 2) == 31.45 and again.machines == 5
