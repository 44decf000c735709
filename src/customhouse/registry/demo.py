"""What a demo house begins with: the law of its country, traders, and an account for every role. Idempotent."""

from __future__ import annotations

from datetime import date

from customhouse.law.book import compile_pack
from customhouse.law.pack import country_directory
from customhouse.record.declaration import Role
from customhouse.registry import lawbook, people
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
AGENCIES = {"vet": "AGR", "health": "MOH"}


def seed_law(country: str = "meridia") -> None:
    """Publish the country's pack when no law has been published yet, or when the pack has changed since."""
    lawbook.publish(compile_pack(country_directory(country)), by="customhouse", in_force=SINCE)


def seed(country: str = "meridia") -> None:
    """Law, traders and accounts of the demo."""
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


def simulator_token(label: str = "simulated trade") -> str:
    """A fresh token for the simulated trade; the one before under the same label is forgotten."""
    ApiToken.objects.filter(label=label).delete()
    return people.issue_token(BROKER, label)
