"""Tariff tables in CSV: rates in words become expressions, seasons and units with qualifiers; what is not understood is told."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from customhouse.gates import tariff_csv
from customhouse.gates.tariff_csv.rate import UnknownRate, parts
from customhouse.kernel.problem import Refusal
from customhouse.law import expression

WORDS = {
    "0.0%": "0.0 %",
    "free": "free",
    "10.20% + 93.10 EUR / 100 kg": "10.20 % + 93.10 EUR / 100 KGM",
    "12.00% + 147.00 GBP/100kg": "12.00 % + 147.00 GBP / 100 KGM",
    "52.00 EUR / 1,000 items": "52.00 EUR / 1000 NAR",
    "127.00 GBP/ 1000 items": "127.00 GBP / 1000 NAR",
    "1,024.00 EUR / tonne": "1024.00 EUR / TNE",
    "32.00 EUR / hl": "32.00 EUR / HLT",
    "1.00 GBP/%vol/hl": "1.00 GBP / ASV#X",
    "1.30 EUR / % vol / hl MIN 7.20 EUR / hl": "1.30 EUR / ASV#X MIN 7.20 EUR / HLT",
    "1.19 EUR / kg / lactic matter + 27.50 EUR / 100 kg": "1.19 EUR / KGM#P + 27.50 EUR / 100 KGM",
    "0.07 EUR / kg / dry lactic matter": "0.07 EUR / KGM#T",
    "0.40 EUR / 100 kg /net/ % sacchar.": "0.40 EUR / DTN#Z",
    "0.30 GBP/100kg/net/%sacchar.": "0.30 GBP / DTN#Z",
    "5.10% + 9.40 EUR / 100 kg / net drained wt": "5.10 % + 9.40 EUR / DTN#E",
    "8.3 + 3.8 EUR/100 kg eda": "8.3 % + 3.8 EUR / DTN#E",
    "42.00 GBP/100kg mas": "42.00 GBP / DTN#M",
    "33.90 EUR / 100 kg / std qual": "33.90 EUR / DTN#R",
    "3.80% MIN 0.60 EUR / 100 kg / gross": "3.80 % MIN 0.60 EUR / DTN#G",
    "1.62 EUR / kg / tot alc": "1.62 EUR / KGM#A",
    "9.00% +  EA MAX 18.70%  + ADSZ": "9.00 % + EA MAX 18.70 % + ADSZ",
    "0.50 EUR / item MIN 2.70% MAX 4.60%": "0.50 EUR / NAR MIN 2.70 % MAX 4.60 %",
    "6.50% MAX 5.00 EUR / 100 m": "6.50 % MAX 5.00 EUR / 100 MTR",
    "8.00% MAX 2.80 EUR / m2": "8.00 % MAX 2.80 EUR / MTK",
    "5% MIN 1.3\u20ac/100\u00a0kg/net": "5 % MIN 1.3 EUR / 100 KGM",
}


@pytest.mark.parametrize("words", WORDS)
def test_rates_in_words(words: str) -> None:
    (part,) = parts(words)
    assert str(part.expression) == WORDS[words]
    assert expression.parse(str(part.expression)) == part.expression
    assert part.season is None


@pytest.mark.parametrize(
    "words", ["", "Entry Price", "5", "12 GBP / furlong", "5% (01 JAN - 31 APR)", "5% (May)", "5% (1 JAN - 2 FEB), 6%"]
)
def test_words_that_say_nothing(words: str) -> None:
    if words == "5":
        assert str(parts(words)[0].expression) == "5 %"
        return
    with pytest.raises(UnknownRate):
        parts(words)


def test_every_day_of_the_year_has_one_rate() -> None:
    rates = parts("4.00% (01 JAN - 31 MAR), 0.00% (01 APR - 31 JUL), 8.00% (01 AUG - 31 DEC)")
    for ordinal in range(date(2027, 1, 1).toordinal(), date(2029, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        assert sum(p.season is not None and p.season.contains(day) for p in rates) == 1, day
    winter, summer = parts("14.00% (01 JUL - 31 JAN), 0.00% (01 FEB - 30 JUN)")
    assert winter.season and summer.season
    assert winter.season.contains(date(2027, 1, 31)) and not winter.season.contains(date(2027, 2, 1))
    assert summer.season.contains(date(2028, 2, 29))


def test_several_spans_share_a_rate() -> None:
    first, second, third = parts("15.00% (01 JAN-14 FEB, 16 JUN-31 DEC), 0.00% (15 FEB-15 JUN)")
    assert str(first.expression) == str(second.expression) == "15.00 %"
    assert str(third.expression) == "0.00 %"


TABLE = """commodity,description,cet_duty_rate,ukgt_duty_rate,trade_remedy_applies,suspension_applies,atq_applies
01012100,Horses,0.0%,free,False,False,False
0302410000,Herrings,15.00%,"14.00% (01 JUL - 31 JAN), 0.00% (01 FEB - 30 JUN)",True,False,True
07020000,Tomatoes,Entry Price,8.00%,False,False,False
lemon,No code,1%,1%,False,False,False
"""


@pytest.mark.parametrize("data", [TABLE.encode(), b"\xef\xbb\xbf" + TABLE.encode(), gzip.compress(TABLE.encode())])
def test_a_table(data: bytes) -> None:
    assert tariff_csv.is_table(data)
    table = tariff_csv.read(data, "t.csv")
    assert table.columns == ("cet_duty_rate", "ukgt_duty_rate")
    assert [r.code for r in table.rows] == ["01012100", "0302410000", "07020000"]
    assert {(p.rule, p.where, p.value) for p in table.problems} == {
        ("UnknownRate", "t.csv:4", "Entry Price"),
        ("InvalidCode", "t.csv:5", "lemon"),
    }
    assert table.rows[1].flags == {"trade_remedy_applies", "atq_applies"}


def test_lines_and_measures_of_a_table() -> None:
    rows = tariff_csv.read(TABLE.encode()).rows
    start = date(2021, 1, 1)
    made = list(tariff_csv.measures(rows, "ukgt_duty_rate", "A00", "Tariff", start))
    assert [m.id for m in made] == ["A00-01012100", "A00-0302410000-1", "A00-0302410000-2", "A00-07020000"]
    assert made[1].in_force(date(2026, 12, 1)) and not made[2].in_force(date(2026, 12, 1))
    assert [line.code for line in tariff_csv.lines(rows, "Tariff", start)] == [r.code for r in rows]
    assert [m.code for m in tariff_csv.measures(rows, "cet_duty_rate", "A50", "Tariff", start)] == [
        "01012100",
        "0302410000",
    ]


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\x1f\x8bnonsense", b"<xml/>", b"commodity,price\n1,2\n"])
def test_what_is_no_table(data: bytes) -> None:
    assert not tariff_csv.is_table(data)
    with pytest.raises(Refusal, match="NotATariff"):
        tariff_csv.read(data)


@pytest.mark.conformance
def test_the_open_tariff_is_understood(shared_data: Path) -> None:
    file = shared_data / "customs" / "reference" / "uk_global_tariff_2021.csv.gz"
    table = tariff_csv.read(file.read_bytes())
    assert len(table.rows) == 11_830
    assert not [p for p in table.problems if p.label.startswith("ukgt")], "every UK rate is understood"
    unknown = [p for p in table.problems if p.value != "Entry Price"]
    assert len(unknown) <= 2
