"""The consignment page says why: origin, value, duty, securities, quota, each with its law, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from lxml import html
from tests.registry import papers

from customhouse.record.declaration import Declaration, HoldKind
from customhouse.registry import files

Typed = Callable[..., dict[str, str]]
CRATES = {
    "dispatch": "FJ",
    "exporter_country": "FJ",
    "item-1-code": "39269097",
    "item-1-description": "Plastic crates for fish",
    "item-1-origin": "FJ",
    "item-1-preference": "300",
    "item-1-doc-2-code": "",
    "item-1-doc-2-id": "",
}
SUGAR = {
    "dispatch": "BR",
    "exporter_country": "BR",
    "item-1-code": "17019900",
    "item-1-description": "Refined cane sugar in sacks",
    "item-1-origin": "BR",
    "item-1-preference": "120",
    "item-1-order": "094001",
    "item-1-gross": "6000",
    "item-1-net": "6000",
    "item-1-price": "3000",
    "item-1-doc-2-code": "",
    "item-1-doc-2-id": "",
}


def words_of(page: str, region: str) -> str:
    """What a region of the page says, in one line; `region` is the id of its heading."""
    section = html.fromstring(page).get_element_by_id(region).getparent()
    return " ".join(" ".join(section.itertext()).split())


@pytest.fixture
def lodged(desk: Callable[..., Client], typed: Typed) -> Callable[..., Declaration]:
    """A declaration typed by the broker; `changes` by the name of the field."""

    def lodge(changes: dict[str, str]) -> Declaration:
        form = typed(lodge="1", **changes)
        desk("broker").post("/lodge", form)
        found = files.by_lrn(papers.BROKER, form["lrn"])
        assert found is not None
        assert found.mrn, found.problems
        return found

    return lodge


def seen(desk: Callable[..., Client], d: Declaration, language: str = "en") -> str:
    answer = desk("officer", language).get(f"/declaration/{d.mrn}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_preference_refused_says_which_condition_fails_and_what_is_charged(
    desk: Callable[..., Client], lodged: Callable[..., Declaration]
) -> None:
    d = lodged(CRATES)
    told = words_of(seen(desk, d), "h-goods")
    for said in (
        "300 refused",
        "Preference 300 for goods of FJ: Atoll Community Trade Agreement AOC",
        "fails Proof of origin · proof of origin N954 or U110 is missing Atoll Community Trade Agreement 2018",
        "holds Way of the goods · dispatched from FJ",
        "3926 Other articles of plastics: Made of materials of any other heading",
        "Change of heading, a highest share of non-originating materials",
        "Rate that the preference would give: free",
        "Charged instead: 8 % = 992.00\u202fUSD".replace("\u202f", " "),
        "measure MD3926",
    ):
        assert said in told, said
    french = words_of(seen(desk, d, "fr"), "h-goods")
    for said in (
        "300 refusée",
        "Accord commercial de la Communauté des Atolls AOC",
        "en défaut Preuve d’origine · la preuve d’origine N954 ou U110 manque",
        "Accord commercial de la Communauté des Atolls accorde la préférence 300 aux marchandises de FJ",
        "Changement de position, part maximale de matières non originaires",
        "Perçu à la place",
    ):
        assert said in french, said


def test_a_preference_granted_names_its_proof_and_its_rate(
    desk: Callable[..., Client], lodged: Callable[..., Declaration]
) -> None:
    d = lodged({**CRATES, "item-1-doc-2-code": "U110", "item-1-doc-2-id": "SO-77"})
    told = words_of(seen(desk, d), "h-goods")
    assert "300 granted" in told
    assert "holds Proof of origin · proof of origin U110 SO-77 declared" in told
    assert "Rate under the preference: free" in told
    assert "Charged instead" not in told
    assert "fails" not in told


def test_what_claims_nothing_has_no_word_about_a_preference(desk: Callable[..., Client], yellow: Declaration) -> None:
    told = words_of(seen(desk, yellow), "h-goods")
    assert "Preference" not in told
    assert "Why the preference" not in told


def test_a_price_without_the_carriage_is_held_and_says_what_to_do(
    desk: Callable[..., Client], lodged: Callable[..., Declaration]
) -> None:
    d = lodged({"incoterm": "FOB"})
    assert d.hold(HoldKind.VALUE) is not None
    page = seen(desk, d)
    now, goods = words_of(page, "h-now"), words_of(page, "h-goods")
    assert "Customs value A price FOB does not include carriage to the place of import, and none is declared." in now
    assert "Declare it as an addition" in now
    assert "(AVI article 8.2)" in now
    assert "does not include insurance of the goods on the way, and none is declared" in goods
    assert goods.count("holds the goods") == 1  # carriage holds, insurance is a remark
    assert "Customs value" in desk("officer").get(f"/worklist?q={d.lrn}").content.decode()
    french = words_of(seen(desk, d, "fr"), "h-now")
    assert "Un prix FOB ne comprend pas ce coût : transport jusqu’au lieu d’importation" in french
    assert "Déclarez-le comme élément ajouté" in french


def test_a_value_shows_every_step_with_its_share_and_what_was_not_counted(
    desk: Callable[..., Client], lodged: Callable[..., Declaration]
) -> None:
    second = {k.replace("item-1", "item-2"): v for k, v in CRATES.items() if k.startswith("item-1")}
    charges = {"charge-1-code": "AK", "charge-1-amount": "900", "charge-1-currency": "USD"}
    two = {**second, "item-2-price": "6200", "item-2-currency": "USD", "item-2-preference": "100"}
    two |= {"item-2-procedure": "4000", "item-2-gross": "10", "item-2-net": "9", "item-2-packages": "1"}
    two |= {"item-2-package_type": "CT", "item-2-doc-1-code": "N935", "item-2-doc-1-id": "INV-88"}
    d = lodged({"incoterm": "FOB", **charges, **two})
    told = words_of(seen(desk, d), "h-goods")
    assert "AK Transport, loading, handling and insurance up to the place of import" in told
    assert "by 12,400.00 of 18,600.00 USD" in told
    assert "by 6,200.00 of 18,600.00 USD" in told
    assert "Checked: there is a price" in told
    assert "Every amount is rounded half up to the minor unit." in told
    included = lodged({"incoterm": "CIF", **charges})
    told = words_of(seen(desk, included), "h-goods")
    assert (
        "Not counted: Transport, loading, handling and insurance up to the place of import is in a price CIF already"
        in told
    )
    assert "Leave it out, or correct the delivery term" in told
    assert included.valued is not None
    assert str(included.valued.total.amount) == "12400.00"
    french = words_of(seen(desk, included, "fr"), "h-goods")
    assert "Non compté : Transport, chargement, manutention et assurance" in french
    assert "est déjà dans un prix CIF" in french


def test_suspended_duties_say_what_must_be_secured(
    desk: Callable[..., Client], lodged: Callable[..., Declaration]
) -> None:
    d = lodged({"item-1-procedure": "5100"})
    page = seen(desk, d)
    duties, now = words_of(page, "h-duties"), words_of(page, "h-now")
    assert "suspended 51" in duties
    assert "To be secured" in duties
    assert "covered by a guarantee" in duties
    assert "The declaration offers no guarantee." in duties
    assert "must be secured before release" in now
    french = words_of(seen(desk, d, "fr"), "h-now")
    assert "à garantir avant la mainlevée : les droits sont suspendus sous perfectionnement actif" in french


def test_a_relief_claimed_is_told_by_its_claim(desk: Callable[..., Client], lodged: Callable[..., Declaration]) -> None:
    d = lodged({"item-1-additional": "C08"})
    page = seen(desk, d)
    assert "C08 Consignment from one private person to another" in words_of(page, "h-goods")
    assert "relieved C08" in words_of(page, "h-duties")
    assert "Relieved by C08: Consignment from one private person to another" in words_of(page, "h-duties")
    french = words_of(seen(desk, d, "fr"), "h-duties")
    assert "Exonérés par C08 : Envoi de particulier à particulier" in french


def test_a_quota_says_what_it_granted(desk: Callable[..., Client], lodged: Callable[..., Declaration]) -> None:
    d = lodged(SUGAR)
    assert [(q.order, str(q.granted)) for q in d.quotas] == [("094001", "6")]
    told = words_of(seen(desk, d), "h-duties")
    assert "094001 Cane and beet sugar" in told
    assert "6 TNE granted of 6 TNE asked for" in told.replace("\u202f", " ")
    assert "Quota 094001 grants 6 of 6" in told
    french = words_of(seen(desk, d, "fr"), "h-duties").replace("\u202f", " ")
    assert "Sucres de canne et de betterave" in french
    assert "6 TNE accordés sur 6 TNE demandés" in french


def test_a_declaration_whose_law_is_on_no_shelf_is_told_all_the_same(
    desk: Callable[..., Client], lodged: Callable[..., Declaration], monkeypatch: pytest.MonkeyPatch
) -> None:
    from customhouse.registry import lawbook

    made = [lodged(CRATES), lodged({"incoterm": "FOB"}), lodged(SUGAR)]
    monkeypatch.setattr(lawbook, "by_hash", lambda digest: None)
    for d in made:
        assert seen(desk, d)
