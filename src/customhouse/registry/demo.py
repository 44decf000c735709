"""What a demo house begins with: the law of its country, traders, and an account for every role. Idempotent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from customhouse.kernel.money import Money
from customhouse.law.book import compile_pack
from customhouse.law.pack import country_directory
from customhouse.record.account import AccountKind
from customhouse.record.declaration import Role
from customhouse.registry import demo_permits, lawbook, people, treasury
from customhouse.registry.models import ApiToken, Trader, User

PASSWORD = "meridia-demo-2026"  # noqa: S105 - printed at start; CUSTOMHOUSE_DEMO=off makes no such accounts
BROKER, TRADER, CARRIER = "XM100000009", "XM100000017", "XM100000058"
SINCE = date(2020, 1, 1)
TRADERS = (
    (BROKER, "Harbour Brokers Ltd", "1 Customs Quay, Port Meridia"),
    ("XM100000017", "Island Foods Import", "14 Market Street, Port Meridia"),
    ("XM100000025", "Meridia Motors", "3 Airport Road, Port Meridia"),
    ("XM100000033", "Lagoon Pharma", "22 Hill Street, Port Meridia"),
    ("XM100000041", "Northern Builders Supply", "9 Dock Road, North Harbour"),
    (CARRIER, "Blue Meridian Lines", "2 Pilot Wharf, Port Meridia"),
)
ACCOUNTS = (
    ("broker", Role.BROKER, "Bea", "Brooks", "en"),
    ("officer", Role.OFFICER, "Oscar", "Ofei", "en"),
    ("agent", Role.OFFICER, "Aline", "Dubois", "fr"),
    ("examiner", Role.EXAMINER, "Emma", "Eze", "en"),
    ("cashier", Role.CASHIER, "Carl", "Castro", "en"),
    ("supervisor", Role.SUPERVISOR, "Sita", "Singh", "en"),
    ("auditor", Role.AUDITOR, "Abe", "Anders", "en"),
    ("trader", Role.TRADER, "Tess", "Tan", "en"),
    ("carrier", Role.CARRIER, "Cora", "Costa", "en"),
    ("vet", Role.AGENCY, "Vera", "Valdez", "en"),
    ("health", Role.AGENCY, "Hana", "Haddad", "en"),
    ("administrator", Role.ADMINISTRATOR, "Ada", "Adeyemi", "en"),
)
ACTS_FOR = {Role.BROKER: BROKER, Role.TRADER: TRADER, Role.CARRIER: CARRIER}
# Accounts that traders may draw on: (kind, number, trader, limit in minor units). The numbers are those that the examples name.
FACILITIES = (
    (AccountKind.DEFERMENT, "XMDPO00017", TRADER, 5_000_000_00),
    (AccountKind.DEFERMENT, "XMDPO00009", BROKER, 1_000_000_00),
    (AccountKind.GUARANTEE, "26XM0001000000173", TRADER, 2_000_000_00),
    (AccountKind.DEFERMENT, "XMDPO00019", "XM101811506", 5_000_000_00),
    (AccountKind.GUARANTEE, "26XM0001047009311", "XM104700931", 2_000_000_00),
)
AGENCIES = {"vet": "AGR", "health": "MOH"}


def seed_law(country: str = "meridia") -> None:
    """Publish the country's pack when no law has been published yet, or when the pack has changed since."""
    lawbook.publish(compile_pack(country_directory(country)), by="customhouse", in_force=SINCE)


def seed(country: str = "meridia") -> None:
    """Law, traders, accounts and permits of the demo."""
    seed_law(country)
    seed_people()


def seed_people() -> None:
    """Traders and accounts of the demo."""
    for number, name, address in TRADERS:
        Trader.objects.get_or_create(number=number, defaults={"name": name, "address": address, "country": "XM"})
    acts_for = {role: Trader.objects.get(number=number) for role, number in ACTS_FOR.items()}
    for username, role, first, last, language in ACCOUNTS:
        if User.objects.filter(username=username).exists():
            continue
        User.objects.create_user(
            username=username,
            password=PASSWORD,
            first_name=first,
            last_name=last,
            role=role.value,
            language=language,
            trader=acts_for.get(role),
            agency=AGENCIES.get(username, ""),
        )
    seed_accounts()
    demo_permits.seed(datetime.now(UTC))


def seed_accounts(accounts: Iterable[tuple[AccountKind, str, str, int]] = FACILITIES) -> None:
    """The deferment and guarantee accounts of the demo, opened where they are not yet."""
    at = datetime.now(UTC)
    currency = lawbook.current(at.date()).on(at.date()).currency
    for kind, number, trader, ceiling in accounts:
        if not any(f.number == number for f in treasury.facilities(kind, [trader])):
            limit = Money(ceiling, currency)
            treasury.open_facility(kind, number, trader, limit, by="customhouse", at=at, reason="demo")


def simulator_token(label: str = "simulated trade") -> str:
    """A fresh token for the simulated trade; the one before under the same label is forgotten."""
    return _token(BROKER, label)


def carrier_token(label: str = "simulated carrier") -> str:
    """The same for the simulated carrier."""
    return _token(CARRIER, label)


def _token(trader: str, label: str) -> str:
    ApiToken.objects.filter(label=label).delete()
    return people.issue_token(trader, label)
