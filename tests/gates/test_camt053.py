"""The gate of bank statements: every version gives the same entries, and what is wrong is refused with its place."""

from __future__ import annotations

import pytest

from camt_samples import IBAN, E, statement
from customhouse.gates.camt053 import read
from customhouse.kernel.money import Money
from customhouse.kernel.number import InvalidNumber
from customhouse.kernel.problem import Refusal
from customhouse.kernel.reference import CreditorReference


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.mark.parametrize("version", ["02", "04", "06", "08", "10", "13"])
def test_every_version_gives_the_same_entries(version):
    data = statement(
        E("120.50", reference="RF18 5390 0754 7034", text="for november"),
        E("3.00", side="DBIT", party="The bank"),
        version=version,
        name="S1",
    )
    (made,) = read(data)
    assert (made.account, made.name, made.currency) == (IBAN, "S1/1", "USD")
    assert (made.opening, made.closing, made.moved) == (100_000, 111_750, 11_750)
    credit, debit = made.entries
    assert (credit.credit, credit.amount, credit.reference) == (True, usd(12050), "RF18539007547034")
    assert (credit.party, credit.text) == ("Island Foods Import", "for november")
    assert (debit.credit, debit.amount, debit.party) == (False, usd(300), "The bank")


def test_a_batch_is_taken_apart_when_its_parts_make_it_up():
    batch = E("30.00", batch=(("10.00", "RF18539007547034"), ("20.00", "RF712348231")))
    assert [e.amount for e in read(statement(batch))[0].entries] == [usd(1000), usd(2000)]
    other = E("35.00", batch=(("10.00", "A"), ("20.00", "B")))
    assert [e.amount for e in read(statement(other))[0].entries] == [usd(3500)]


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_charge_that_was_kept_back_stands_beside_what_the_payer_paid(version):
    (made,) = read(statement(E("95.00", charge="5.00"), version=version))
    assert [(e.amount, e.credit, e.charge) for e in made.entries] == [
        (usd(10000), True, False),
        (usd(500), False, True),
    ]


def test_entries_that_are_not_booked_yet_are_counted_and_left_out():
    (made,) = read(statement(E("5.00"), E("7.00", status="PDNG")))
    assert len(made.entries) == 1 and made.pending == 1


def test_entries_without_a_name_of_the_bank_are_told_apart_by_what_they_say():
    data = statement(E("5.00", name="x", text="a"), E("5.00", name="x", text="a"))
    data = data.replace(b"<AcctSvcrRef>x</AcctSvcrRef>", b"").replace(b"<NtryRef>1</NtryRef>", b"")
    names = [e.name for e in read(data)[0].entries]
    assert len(set(names)) == 2 and all(n.startswith("content ") for n in names) and names[1].endswith(" no 2")


GOOD = statement(E("5.00"))
BAD = {
    "EmptyFile": b"  ",
    "NotXML": b"HD;IBAN;Amount",
    "MalformedXML": GOOD[:-30],
    "ForbiddenDoctype": GOOD.replace(b"<Document", b'<!DOCTYPE d [<!ENTITY e "x">]><Document', 1),
    "TooDeep": GOOD.replace(b"<BkTxCd/>", b"<BkTxCd>" + b"<a>" * 50 + b"</a>" * 50 + b"</BkTxCd>"),
    "NotAStatement": GOOD.replace(b"camt.053.001.08", b"camt.054.001.08"),
    "NoStatement": GOOD.replace(b"<Stmt>", b"<Stm>").replace(b"</Stmt>", b"</Stm>"),
    "NoAccount": GOOD.replace(b"IBAN", b"IBAM"),
    "InvalidAmount": GOOD.replace(b'"USD">5.00', b'"USD">5.001'),
    "MissingAmount": GOOD.replace(b'<Amt Ccy="USD">5.00</Amt>', b""),
    "NoSide": GOOD.replace(b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<Sts>"),
    "NoDay": GOOD.replace(b"<BookgDt><Dt>2026-11-25</Dt></BookgDt>", b""),
    "StatementDoesNotAddUp": statement(E("5.00"), closing="1006.00"),
    "MixedCurrencies": statement(E("5.00", currency="EUR")),
}


@pytest.mark.parametrize("rule", BAD)
def test_what_is_wrong_is_refused_by_name(rule):
    with pytest.raises(Refusal) as caught:
        read(BAD[rule])
    assert rule in {p.rule for p in caught.value.problems}
    assert all(p.hint for p in caught.value.problems)


def test_an_entity_bomb_is_refused_at_once():
    bomb = b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % ((98 + n, *[97 + n] * 8)) for n in range(12)
    )
    with pytest.raises(Refusal):
        read(bomb + b"]><Document>&m;</Document>")


def test_a_creditor_reference_has_check_digits():
    assert CreditorReference.parse("rf18 5390 0754 7034") == "RF18539007547034"
    made = CreditorReference.build("26000000001")
    assert CreditorReference.parse(made) == made and made.grouped.startswith(made[:4] + " ")
    for wrong in ("RF19539007547034", "RF18", "XX18539007547034", "RF18" + "1" * 22):
        with pytest.raises(InvalidNumber):
            CreditorReference.parse(wrong)
