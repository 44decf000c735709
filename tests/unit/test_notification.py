"""What is told about each act: the worked examples walked through acceptance, amendment, control, payment and release."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from customhouse.clearance.line import Context, proceed, walk
from customhouse.clearance.lodge import GATES, sniff
from customhouse.clearance.notification import NAMES, TABLE, Notification, notifications
from customhouse.gates.wco_xml import response as gate
from customhouse.house.lawbooks import embedded_book
from customhouse.record import acts as a
from customhouse.record.acts import Act, Entry
from customhouse.record.declaration import Declaration, Discrepancy, Examination, Hold, HoldKind, Reason, Receipt, Role
from customhouse.record.flow import MAY, NotPermitted, fold
from customhouse.record.lodgement import Lodgement, Party

EXAMPLES = Path(__file__).parents[2] / "examples"
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def read(name: str) -> Lodgement:
    data = (EXAMPLES / name).read_bytes()
    return GATES[sniff(data)](data)


class Life:
    """A declaration lived through by hand: the same walks as in the register, without one."""

    def __init__(self, lodged: Lodgement) -> None:
        book = embedded_book()
        self.context = Context(book.on(AT.date()), AT, b"key")
        walked = walk(lodged, self.context, number=1, by="x", format="json", digest="")
        assert walked.entry is not None
        self.d: Declaration = walked.declaration
        self.entries: list[Entry] = [walked.entry]

    def go(self, role: Role, *acts: Act) -> Life:
        entry = Entry(1, self.d.acts + 1, "p", role, AT, AT.date(), "", acts)
        self.d = fold(self.d, entry)
        self.entries.append(entry)
        walked = proceed(self.d, self.context)
        self.d = walked.declaration
        if walked.entry is not None:
            self.entries.append(walked.entry)
        return self

    def finish(self) -> Life:
        for hold in self.d.holds:
            if hold.kind is not HoldKind.PAYMENT:
                self.go(Role.SYSTEM, a.Lifted(hold.kind, "seen", hold.ref))
        if self.d.settled is not None and self.d.settled.outstanding.minor and not self.d.released:
            self.go(Role.CASHIER, a.Paid(Receipt("R1", self.d.settled.outstanding, "cash")))
        return self

    @property
    def told(self) -> tuple[Notification, ...]:
        return notifications(self.entries)

    @property
    def names(self) -> str:
        return " ".join(n.name.removeprefix("DMS") for n in self.told)


IMPORT, EXPORT = "good/02-preference-three-items.xml", "good/03-export.xml"
PARCEL, RED = "good/08-small-parcel.json", "good/07-footwear-undervalued.json"


def test_every_act_has_its_line_and_every_answer_a_name() -> None:
    assert set(TABLE) == set(MAY)
    assert all(len(code) == 2 and name.startswith("DMS") for code, name in NAMES.items())


def test_an_import_is_accepted_taxed_and_cleared() -> None:
    life = Life(read(PARCEL))
    assert life.names == "ACC TAX"
    life.finish()
    assert life.names == "ACC TAX TAX CLE"
    accepted, provisional, final, cleared = (n.response for n in life.told)
    assert accepted.declaration.mrn == life.d.mrn
    assert [s.code for s in (*provisional.statuses, *final.statuses)] == ["67", "4"]
    assessed = life.d.assessed
    assert assessed is not None
    taxes = [t for item in final.declaration.items for t in item.taxes]
    assert sum(t.payment.amount.value for t in taxes if t.payment and t.payment.amount) == assessed.payable.amount
    (total,) = final.declaration.totals
    assert total.payment is not None
    assert total.payment.amount is not None
    assert total.payment.amount.value == assessed.payable.amount
    relieved = next(t for t in taxes if t.type == "A00")
    assert relieved.deduct is not None
    assert relieved.base is not None
    assert (str(relieved.deduct.value), str(relieved.base.value), str(relieved.rate)) == ("8.65", "86.50", "10")
    assert [s.code for s in cleared.information] == ["A2"]


def test_a_refusal_points_at_every_place() -> None:
    life = Life(read("bad/05-many-problems.json"))
    (rejected,) = (n.response for n in life.told)
    assert rejected.function == "03"
    assert len(rejected.errors) == len(life.d.problems) > 3
    assert rejected.declaration.rejected is not None
    items = [[p.section for p in e.pointers] for e in rejected.errors]
    assert ["42A", "67A", "68A"] in [path[:3] for path in items]
    assert all(e.code or ":" in e.text for e in rejected.errors)


def test_goods_that_come_later() -> None:
    life = Life(replace(read(PARCEL), type="IMD"))
    assert life.names == "RCV TAX"
    assert life.d.mrn
    assert life.d.acceptance is None
    life.go(Role.CARRIER, a.Presented("XM000010", "", "MANIFEST-7")).finish()
    assert life.names == "RCV TAX RCV ACC TAX TAX CLE"
    arrival = life.told[2].response
    assert (arrival.information[0].text, arrival.declaration.version) == ("MANIFEST-7", "")


def test_customs_own_record_of_an_arrival_is_told_by_the_acceptance_and_a_place_by_the_result() -> None:
    life = Life(replace(read(EXPORT), type="EXD"))
    life.go(Role.OFFICER, a.Presented("XM000010", "XMPMEQ9")).finish()
    assert [n.name for n in life.told if n.name in ("DMSRCV", "DMSACC", "DMSRES", "DMSCLE")] == [
        "DMSRCV", "DMSACC", "DMSRES", "DMSCLE",
    ]  # fmt: skip
    result = next(n.response for n in life.told if n.code == "07")
    assert result.changed is not None
    transport = result.changed.goods_shipment.consignment
    assert transport is not None
    assert transport.goods_location is not None
    assert transport.goods_location.name == "XMPMEQ9"
    assert [(p.section, p.tag) for p in result.amendments[0].pointers][-1] == ("64A", "L016")
    life.go(Role.CARRIER, a.Exited("XM000030", AT.date()))
    assert life.told[-1].name == "DMSEOG"
    assert life.told[-1].response.information[0].text == "XM000030"


def test_an_amendment_has_a_reference_of_its_own_and_the_declaration_keeps_its_first() -> None:
    lodged = read(PARCEL)
    life = Life(lodged).go(Role.BROKER, a.Amended(replace(lodged, lrn="CHANGE-1", mrn="x"), "json", "", "a typo"))
    life.finish()
    assert life.names == "ACC TAX RCV REQ TAX TAX RES CLE"
    assert life.d.lodged.lrn == lodged.lrn
    by_name = {n.name: n.response for n in life.told}
    assert by_name["DMSREQ"].declaration.lrn == by_name["DMSRCV"].declaration.lrn == "CHANGE-1"
    assert by_name["DMSREQ"].statuses[0].code == "39"
    assert (by_name["DMSACC"].declaration.lrn, by_name["DMSCLE"].declaration.lrn) == (lodged.lrn, lodged.lrn)
    assert by_name["DMSCLE"].declaration.version == "2"


def test_an_amendment_never_changes_the_declarant() -> None:
    lodged = read(PARCEL)
    life = Life(lodged)
    with pytest.raises(NotPermitted, match="never changes the declarant"):
        life.go(Role.BROKER, a.Amended(replace(lodged, declarant=Party(id="XM100000025")), "json", ""))
    life.go(Role.BROKER, a.Amended(replace(lodged, declarant=None), "json", ""))
    assert life.d.lodged.declarant == lodged.declarant


def test_a_control_its_result_and_a_question() -> None:
    life = Life(read(RED))
    assert "CTL" in life.names
    life.go(Role.EXAMINER, a.Queried("Which model?", date(2026, 11, 9)))
    asked = life.told[-1]
    assert (asked.name, asked.response.information[0].text) == ("DMSQRY", "Which model?")
    assert asked.response.information[0].limit is not None
    life.go(Role.EXAMINER, a.Examined(Examination("discrepancy", "short", (Discrepancy(1, "two pairs lack"),))))
    result = life.told[-1]
    assert (result.name, result.response.errors[0].text) == ("DMSRES", "two pairs lack")
    assert [p.section for p in result.response.errors[0].pointers] == ["42A", "67A", "68A"]


def test_an_account_that_does_not_suffice() -> None:
    life = Life(read(PARCEL))
    life.go(Role.OFFICER, a.Held(Hold(HoldKind.PAYMENT, "ACC-77", (Role.CASHIER,), (Reason("r", "too little"),))))
    (total,) = life.told[-1].response.declaration.totals
    assert life.told[-1].name == "DMSCPI"
    assert total.payment is not None
    assert total.payment.guarantees[0].reference == "ACC-77"


@pytest.mark.parametrize(
    ("type", "role", "names"),
    [
        ("IMA", Role.BROKER, "ACC TAX RCV REQ INV"),
        ("IMA", Role.OFFICER, "ACC TAX INV"),
        ("IMD", Role.BROKER, "RCV TAX RCV REQ REJ"),
    ],
)
def test_a_withdrawal_is_granted_and_what_was_never_accepted_is_rejected(type: str, role: Role, names: str) -> None:
    life = Life(replace(read(PARCEL), type=type)).go(role, a.Invalidated("sent twice"))
    assert life.names == names
    assert life.told[-1].response.information[0].text == "sent twice"


def test_what_people_type_never_breaks_the_message() -> None:
    life = Life(read(PARCEL)).go(Role.OFFICER, a.Queried("bell \x07 & <tag> " + "x" * 600))
    text = gate.read(gate.write([n.response for n in life.told])).responses[-1].information[0].text
    assert text.startswith("bell   & <tag> x")
    assert len(text) == 512


def test_a_declaration_presented_under_a_law_it_breaks_is_refused_with_its_number() -> None:
    life = Life(replace(read(PARCEL), type="IMD"))
    mrn = life.d.mrn
    contents = life.context.law.book.contents
    broken = replace(contents, lists={**contents.lists, "types": ()})
    from customhouse.law.book import Book

    life.context = replace(life.context, law=Book.of(broken).on(AT.date()))
    life.go(Role.SYSTEM, a.Presented("XM000010"))
    assert (life.d.stage.value, life.d.mrn) == ("REFUSED", mrn)
    assert life.told[-1].name == "DMSREJ"
