"""Origin: conditions one by one under a small law of its own, groups in groups, what is wrong in a pack, what is written."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from customhouse.house.commands.report import origin_why
from customhouse.kernel.money import Money
from customhouse.kernel.validity import Validity
from customhouse.law import preference
from customhouse.law.agreement_write import AGREEMENTS, agreements_file
from customhouse.law.book import Book, Contents, Law, compile_pack
from customhouse.law.expression import parse
from customhouse.law.layer import Layer
from customhouse.law.measure import Condition, Measure
from customhouse.law.pack import PackError, country_directory
from customhouse.law.pack_write import write_layer
from customhouse.law.terms import Agreement, Line, Membership, ProductRule
from customhouse.offices.duty import assess_item
from customhouse.offices.origin import determine_item
from customhouse.record import lodgement as r
from customhouse.record.declaration import Declaration
from customhouse.record.facts import assessed_facts
from customhouse.record.origin import ItemOrigin, OriginDetermination, Verdict

DAY = date(2026, 11, 24)
EVER = Validity(date(2020, 1, 1))
PACT = Agreement(
    id="PACT",
    text={"en": "The Pact"},
    areas=("PCT",),
    preferences=("3",),
    proofs=("U", "N954"),
    rules="PACT",
    validity=EVER,
    source="Pact, article 1",
)
GENERAL = Measure("G", "0304", "A00", "*", EVER, "Tariff", expression=parse("10 %"), expression_text="10 %")
PREFERRED = replace(
    GENERAL,
    id="P",
    area="PCT",
    preference="300",
    source="Pact, annex",
    expression_text="free",
    expression=parse("free"),
)


def law(
    *measures: Measure,
    agreements: tuple[Agreement, ...] = (PACT,),
    rules: tuple[ProductRule, ...] = (),
    members: tuple[tuple[str, str], ...] = (("PCT", "FJ"), ("PCT", "WS")),
) -> Law:
    contents = Contents(
        country="XM",
        title={"en": "t"},
        version="1",
        currency="USD",
        languages=("en",),
        lines=(Line(code="03", text={"en": "Fish"}, validity=EVER),),
        measures=measures or (GENERAL, PREFERRED),
        agreements=agreements,
        product_rules=rules,
        memberships=tuple(Membership(group=g, country=c, validity=EVER) for g, c in members),
    )
    return Book.of(contents).on(DAY)


def item(
    *papers: r.AdditionalDocument,
    preference: str = "300",
    origin: str = "FJ",
    preferential: str = "FJ",
    dispatch: str = "",
) -> r.GoodsItem:
    origins = tuple(r.Origin(c, t) for c, t in ((origin, "1"), (preferential, "2")) if c)
    return r.GoodsItem(
        sequence=1,
        commodity=r.Commodity(
            classifications=(r.Classification("0304890000", "TSP"),),
            duties=(r.DeclaredDuty(type="A00", regime=preference),),
            net_mass=r.Measure(Decimal(10)),
        ),
        documents=papers,
        procedures=(r.Procedure("40", "00"),),
        origins=origins,
        export_country=dispatch,
    )


def paper(code: str, id: str = "1", exemption: str = "") -> r.AdditionalDocument:
    return r.AdditionalDocument(category=code[:1], type=code[1:], id=id, exemption=exemption)


def judged(goods: r.GoodsItem, under: Law, *common: r.AdditionalDocument) -> ItemOrigin:
    return determine_item(goods, r.Lodgement(type="IMA", documents=common), under)


def failing(origin: ItemOrigin) -> list[str]:
    return [c.rule for c in origin.failing]


# --- the claim --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["", "100", "120", "140"])
def test_a_tariff_for_every_origin_is_no_claim(code: str) -> None:
    assert judged(item(preference=code), law()).verdict is Verdict.NONE


def test_a_proof_by_its_beginning_a_waiver_and_one_for_all_items_count() -> None:
    assert judged(item(paper("U110")), law()).granted
    assert judged(item(paper("N954", id="", exemption="XB")), law()).proof == "N954 waived XB"
    assert judged(item(), law(), paper("N954")).granted
    assert judged(item(paper("N954", id="")), law(), paper("N954", id="7")).proof == "N954 7"
    assert failing(judged(item(paper("N935")), law())) == ["proof"]


def test_the_documents_of_the_measure_go_before_those_of_the_agreement() -> None:
    strict = replace(PREFERRED, documents=("9001",))
    assert failing(judged(item(paper("U110")), law(GENERAL, strict))) == ["proof"]
    assert judged(item(paper("9001")), law(GENERAL, strict)).granted


def test_lines_of_a_condition_are_tried_in_order_and_every_group_must_pass() -> None:
    first = (Condition("P", "apply", "U110"), Condition("P", "apply", "U112"), Condition("P", "void"))
    second = (Condition("B", "forbid", "9999"), Condition("B", "apply"))
    under = law(GENERAL, replace(PREFERRED, conditions=(*first, *second)))
    assert judged(item(paper("U112")), under).granted
    refused = judged(item(), under)
    assert [c.text for c in refused.failing] == ["proof of origin U110 or U112 is missing"]
    assert failing(judged(item(paper("U110"), paper("9999")), under)) == ["proof"]


def test_a_threshold_is_left_to_the_duty_office() -> None:
    priced = replace(
        PREFERRED, conditions=(Condition("V", "apply", "Y1", threshold=Decimal(5)), Condition("V", "void"))
    )
    assert judged(item(paper("U110")), law(GENERAL, priced)).granted


# --- the agreement ----------------------------------------------------------------------------------------------------


def test_an_agreement_that_has_ended_or_not_begun_says_when() -> None:
    ended = replace(PACT, validity=Validity(date(2020, 1, 1), date(2026, 6, 1)))
    coming = replace(PACT, validity=Validity(date(2027, 1, 1)))
    told = judged(item(paper("U110")), law(agreements=(ended,)))
    assert told.remark == "preference 300 refused: agreement PACT ended on 2026-06-01; general rate applied"
    assert "begins on 2027-01-01" in judged(item(paper("U110")), law(agreements=(coming,))).remark
    assert judged(
        item(paper("U110")), law(agreements=(ended, replace(PACT, validity=Validity(date(2026, 6, 1)))))
    ).granted


def test_without_any_agreement_the_tariff_itself_may_give_a_preference() -> None:
    alone = replace(PREFERRED, documents=("U110",))
    told = judged(item(paper("U110")), law(GENERAL, alone, agreements=()))
    assert told.granted and told.agreement == "" and told.proof == "U110 1"


def test_of_two_agreements_the_one_whose_proof_was_declared_is_taken() -> None:
    other = replace(PACT, id="WIDE", proofs=("9U01",), rules="")
    assert judged(item(paper("9U01")), law(agreements=(PACT, other))).agreement == "WIDE"
    assert judged(item(paper("U110")), law(agreements=(other, PACT))).agreement == "PACT"


def test_the_agreement_that_names_the_area_of_the_measure_goes_before_another() -> None:
    wide = replace(PACT, id="WIDE", areas=("FJ",), proofs=())
    assert judged(item(), law(agreements=(wide, PACT))).agreement == "PACT"


def test_a_group_may_be_the_preferential_origin() -> None:
    assert judged(item(paper("U110"), preferential="PCT", origin="WS"), law()).granted


def test_a_more_specific_code_of_an_area_takes_the_place_of_the_wider() -> None:
    narrow = replace(PREFERRED, id="N", code="030489", documents=("U999",))
    told = judged(item(paper("U110")), law(GENERAL, PREFERRED, narrow))
    assert failing(told) == ["proof"] and told.rate is not None and told.rate.measure == "N"


# --- product rules and transport --------------------------------------------------------------------------------------

WHOLE = ProductRule("PACT", "0300000000", "0399999999", "Chapter 3", "Fish", ("WO",), "Wholly obtained")
NARROW = ProductRule(
    "PACT", "0304000000", "0304999999", "0304", "Fillets", ("CTH",), "Cut from whole fish", "Protocol 3"
)


def test_product_rules_are_shown_narrowest_first_with_their_source() -> None:
    rules = judged(item(paper("U110")), law(rules=(WHOLE, NARROW))).rules
    assert [(x.heading, x.source) for x in rules] == [("0304", "Protocol 3"), ("Chapter 3", "Pact, article 1")]


def test_goods_that_must_be_wholly_obtained_cannot_be_of_another_country() -> None:
    taken = item(paper("U110"), origin="CN")
    assert failing(judged(taken, law(rules=(WHOLE,)))) == ["product-rule"]
    assert judged(taken, law(rules=(WHOLE, NARROW))).granted
    assert judged(item(paper("U110"), origin="WS"), law(rules=(WHOLE,))).granted


def test_a_code_without_a_rule_is_not_refused_for_it() -> None:
    told = judged(item(paper("U110")), law(rules=(replace(WHOLE, low="0100000000", high="0199999999"),)))
    assert told.granted and any("lists no rule" in c.text for c in told.conditions)


def test_transport_is_held_against_a_claim_only_where_the_agreement_names_its_proof() -> None:
    noted = judged(item(paper("U110"), dispatch="SG"), law())
    assert noted.granted and not noted.direct
    strict = law(agreements=(replace(PACT, transit_proofs=("C1",)),))
    assert failing(judged(item(paper("U110"), dispatch="SG"), strict)) == ["transport"]
    assert judged(item(paper("U110"), paper("C1"), dispatch="SG"), strict).granted
    for place in ("", "FJ", "WS", "XM"):
        assert judged(item(paper("U110"), dispatch=place), strict).direct


# --- what others make of it -------------------------------------------------------------------------------------------


def test_duty_charges_the_rate_of_the_preferential_origin_when_it_was_granted() -> None:
    goods, under = item(paper("U110"), origin="CN"), law()
    value = Money(10_000, "USD")
    assert [d.measure for d in assess_item(goods, value, under, origin=judged(goods, under)).duties] == ["P"]
    bare = item(origin="CN")
    (due,) = assess_item(bare, value, under, origin=judged(bare, under)).duties
    assert (due.measure, due.amount.minor) == ("G", 1000) and "proof of origin" in due.note


def test_facts_and_report_tell_the_verdict() -> None:
    goods = item(dispatch="SG")
    lodged = r.Lodgement(type="IMA", goods_shipment=r.GoodsShipment(items=(goods,)))
    origin = determine_item(goods, lodged, law())
    declaration = Declaration(1, lodged, origin=OriginDetermination((origin,)))
    _, (facts,) = assessed_facts(declaration)
    told = (facts.preference_granted, facts.preference_refused, facts.agreement, facts.indirect_transport)
    assert told == (False, True, "PACT", True)
    lines = origin_why(origin, declaration)
    assert "refused" in lines[0] and "The Pact" in lines[0]
    assert any(line.startswith("FAILS proof") for line in lines)
    assert lines[-1] == "charged without it: 10 % [G, Tariff]"


# --- groups in groups -------------------------------------------------------------------------------------------------


def test_a_member_of_a_group_in_a_group_may_claim() -> None:
    nested = law(members=(("ISLES", "FJ"), ("PCT", "ISLES")))
    assert judged(item(paper("U110")), nested).granted


def member(group: str, country: str, start: int = 2020, until: int | None = None) -> Membership:
    end = date(until, 1, 1) if until else None
    return Membership(group=group, country=country, validity=Validity(date(start, 1, 1), end))


def test_a_circle_of_groups_is_named_as_a_chain() -> None:
    wrong = (member("B", "A"), member("C", "B"), member("A", "C"), member("A", "FJ"))
    assert preference.circles(wrong) == [("A", "B", "C", "A")]
    assert preference.circles((member("A", "A"),)) == [("A", "A")]
    assert preference.circles((member("B", "A"), member("C", "A"), member("D", "B"), member("D", "C"))) == []


def test_a_circle_must_be_closed_on_one_day() -> None:
    assert preference.circles((member("B", "A", 2020, 2023), member("A", "B", 2023))) == []
    assert preference.circles((member("B", "A", 2020, 2024), member("A", "B", 2023))) == [("A", "B", "A")]


def test_a_law_with_a_circle_still_ends() -> None:
    assert preference.with_outer_groups({"FJ": {"A"}, "A": {"B"}, "B": {"A"}})["FJ"] == {"A", "B"}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(country_directory("meridia"), tmp_path / "pack"))


def test_everything_wrong_in_a_pack_is_told_with_its_place(pack: Path) -> None:
    with (pack / "areas.csv").open("a") as areas:
        areas.write("AOC,LDC,,,x\nLDC,AOC,,,x\n")
    with (pack / "agreements.toml").open("a") as agreements:
        agreements.write('[[agreement]]\nid = "X"\nareas = ["NOWHERE"]\nrules = "NONE"\ntext = { en = "x" }\n')
        agreements.write('[[agreement]]\nid = "AOC"\nareas = ["AOC"]\nsource = "s"\ntext = { en = "x" }\n')
    with (pack / "product_rules.csv").open("a") as rules:
        rules.write("AOC,01,02,h,g,WO,t,s\nAOC,0200000000,0100000000,h,g,MAGIC,t,s\n")
    with pytest.raises(PackError) as caught:
        compile_pack(pack)
    told = {(p.rule, p.where, p.value) for p in caught.value.problems}
    assert ("CircularGroup", "areas.csv", "AOC in LDC in AOC") in told
    assert {("InvalidLaw", "agreements.toml:X", "NOWHERE"), ("InvalidLaw", "agreements.toml:X", "NONE")} <= told
    assert ("InvalidLaw", "product_rules.csv:AOC h", "01-02") in told
    assert ("InvalidLaw", "product_rules.csv:AOC h", "MAGIC") in told
    labels = "\n".join(map(str, caught.value.problems))
    assert "ends before it begins" in labels and "stands twice" in labels and "legal source" in labels


# --- what is written --------------------------------------------------------------------------------------------------


def test_a_layer_reads_back_as_written_and_the_same_again_leaves_the_same_bytes(pack: Path) -> None:
    agreement = replace(
        PACT,
        id="q'\"\\ü",
        text={"en": 'A "quoted" \\ title\twith\x7fsigns'},
        areas=("FJ", "AOC"),
        transport="direct",
        transit_proofs=("C1",),
        cumulation=("bilateral",),
        validity=Validity(date(2021, 1, 1), date(2030, 1, 1)),
    )
    rule = replace(WHOLE, goods='Fish, "fresh"', classes=("WO", "CTH"), text="a, b or c")
    head = (
        (pack / "country.toml").read_text().replace('languages = ["en", "fr"]', 'languages = ["en"]\nlayers = ["more"]')
    )
    (pack / "country.toml").write_text(head)
    write_layer(pack / "more", Layer(product_rules=(rule,)), ("en",), {AGREEMENTS: agreements_file([agreement])})
    first = {p.name: p.read_bytes() for p in (pack / "more").iterdir()}
    contents = Book.open(compile_pack(pack)).contents
    assert agreement in contents.agreements and rule in contents.product_rules
    again = agreements_file(a for a in contents.agreements if a.id == agreement.id)
    assert write_layer(pack / "more", Layer(product_rules=(rule,)), ("en",), {AGREEMENTS: again}) is False
    assert {p.name: p.read_bytes() for p in (pack / "more").iterdir()} == first
