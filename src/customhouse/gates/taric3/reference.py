"""Areas, quotas, footnotes, exchange rates and code lists of TARIC3 in our words."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from typing import NamedTuple

from customhouse.gates.taric3.derive import Derivation, cut
from customhouse.gates.taric3.store import Fields
from customhouse.law import taric
from customhouse.law.layer import circle
from customhouse.law.terms import Footnote, ListEntry, Membership, Quota, Rate

GROUP = "1"


class Named(NamedTuple):
    """A code list of TARIC: the fields that make its code, and whether its descriptions come in periods."""

    list: str
    code: tuple[str, ...]
    periods: str = ""


LISTS: dict[str, Named] = {
    "certificate": Named("documents", ("certificate.type.code", "certificate.code"), "certificate.type.code"),
    "additional.code": Named("additional_codes", ("additional.code.type.id", "additional.code"), "additional.code.sid"),
    "geographical.area": Named("geographical_areas", ("geographical.area.id",), "geographical.area.sid"),
    "measurement.unit": Named("measurement_units", ("measurement.unit.code",)),
    "measurement.unit.qualifier": Named("measurement_unit_qualifiers", ("measurement.unit.qualifier.code",)),
    "monetary.unit": Named("monetary_units", ("monetary.unit.code",)),
    "measure.type": Named("measure_types", ("measure.type.id",)),
    "measure.type.series": Named("measure_type_series", ("measure.type.series.id",)),
    "measure.condition.code": Named("condition_codes", ("condition.code",)),
    "measure.action": Named("action_codes", ("action.code",)),
    "duty.expression": Named("duty_expressions", ("duty.expression.id",)),
    "footnote.type": Named("footnote_types", ("footnote.type.id",)),
    "certificate.type": Named("certificate_types", ("certificate.type.code",)),
    "additional.code.type": Named("additional_code_types", ("additional.code.type.id",)),
    "regulation.group": Named("regulation_groups", ("regulation.group.id",)),
    "regulation.role.type": Named("regulation_roles", ("regulation.role.type.id",)),
}


def entries(d: Derivation) -> tuple[ListEntry, ...]:
    """Every coded thing with its description, as entries of named code lists."""
    made: list[ListEntry] = []
    for name, named in LISTS.items():
        for key, fields in d.store.all(name):
            code = "".join(fields.get(part, "") for part in named.code)
            validity = d.validity(fields, f"{name} {code}")
            if validity is None or not code:
                continue
            d.used.add(key)
            source = d.setting.source or f"TARIC {name.replace('.', ' ')}"
            if named.periods:
                match = {part: fields.get(part, "") for part in named.code}
                texts = d.periods(name, named.periods, fields.get(named.periods, ""), match)
            else:
                field = named.code[0]
                texts = [("1900-01-01", d.texts(d.index(f"{name}.description", field).get(fields[field])))]
            for piece, text in cut(validity, texts):
                made.append(ListEntry(list=named.list, code=code, text=text, validity=piece, source=source))
    return d.standing(made, "entries", "The code")


def footnotes(d: Derivation) -> tuple[Footnote, ...]:
    made: list[Footnote] = []
    for key, fields in d.store.all("footnote"):
        code = "".join(key[1])
        validity = d.validity(fields, f"footnote {code}")
        if validity is None:
            continue
        d.used.add(key)
        match = {part: fields[part] for part in ("footnote.type.id", "footnote.id")}
        texts = d.periods("footnote", "footnote.type.id", fields["footnote.type.id"], match)
        source = d.setting.source or f"TARIC footnote {code}"
        made += (Footnote(code=code, text=t, validity=piece, source=source) for piece, t in cut(validity, texts))
    return d.standing(made, "footnotes", "The footnote")


def memberships(d: Derivation) -> tuple[Membership, ...]:
    """Countries in groups of origins. A circle of groups is told, and the groups of it are left out."""
    made: list[Membership] = []
    for key, fields in d.store.all("geographical.area.membership"):
        country = d.store.get("geographical.area", fields["geographical.area.sid"])
        group = d.store.get("geographical.area", fields["geographical.area.group.sid"])
        where = "geographical.area.membership " + " ".join(key[1][:2])
        if country is None or group is None:
            label = "Of a membership the country or the group is not there"
            d.unsaid("UnknownArea", label, where, "Load the envelopes with its geographical areas")
            continue
        validity = d.validity(fields, where)
        if validity is None:
            continue
        d.used.add(key)
        if group["geographical.area.id"] == taric.ERGA_OMNES:
            continue  # every origin belongs to it; our law says * without a list
        names = group["geographical.area.id"], country["geographical.area.id"]
        source = d.setting.source or f"TARIC geographical area {names[0]}"
        made.append(Membership(group=names[0], country=names[1], validity=validity, source=source))
    made = _without_circles(d, made)
    return d.standing(made, "memberships", "The membership")


def _without_circles(d: Derivation, made: list[Membership]) -> list[Membership]:
    groups: dict[str, list[str]] = {}
    for member in made:
        groups.setdefault(member.group, []).append(member.country)
    parents = {
        fields["geographical.area.sid"]: [fields["parent.geographical.area.group.sid"]]
        for _, fields in d.store.all("geographical.area")
        if fields.get("parent.geographical.area.group.sid")
    }
    if ring := circle(parents):
        label = "Geographical areas are parents of one another in a circle"
        d.unsaid("CircularGroup", label, " > ".join(ring), "Ask the sender which of them is the parent")
    while ring := circle(groups):
        label = "Groups of origins contain one another in a circle; these memberships are left out"
        d.unsaid("CircularGroup", label, " > ".join(ring), "Ask the sender which group contains which")
        pairs = set(pairwise(ring))
        made = [m for m in made if (m.group, m.country) not in pairs]
        groups = {g: [c for c in countries if (g, c) not in pairs] for g, countries in groups.items()}
    return made


def quotas(d: Derivation) -> tuple[Quota, ...]:
    made: list[Quota] = []
    for key, fields in d.store.all("quota.definition"):
        order, where = fields["quota.order.number.id"], f"quota.definition {key[1][0]}"
        validity = d.validity(fields, where)
        threshold = fields.get("critical.threshold", "") or "90"
        if validity is None:
            continue
        if not threshold.isdigit():
            d.unsaid("InvalidDecimal", f"The critical threshold {threshold!r} is no percentage", where, "", threshold)
            continue
        d.used.add(key)
        d.used.update(other for other, _ in d.index("quota.order.number", "quota.order.number.id").get(order))
        text = fields.get("description", "")
        made.append(
            Quota(
                order=order,
                volume=Decimal(fields["volume"]),
                unit=taric.unit(fields.get("measurement.unit.code"), fields.get("measurement.unit.qualifier.code")),
                critical_ppm=int(threshold) * 10_000,
                currency=fields.get("monetary.unit.code", ""),
                text={"en": text} if text else {},
                validity=validity,
                source=d.setting.source or f"TARIC quota definition {key[1][0]}",
            )
        )
    return d.standing(made, "quotas", "The quota")


def rates(d: Derivation) -> tuple[Rate, ...]:
    """Rates of exchange between the national currency and others, where the tariff states them."""
    made: list[Rate] = []
    for key, fields in d.store.all("monetary.exchange.rate"):
        period = d.store.get("monetary.exchange.period", fields["monetary.exchange.period.sid"])
        validity = d.validity(period, f"monetary.exchange.period {key[1][0]}") if period else None
        if period is None or validity is None:
            continue
        found = _rate(period, fields, d.setting.currency, d.setting.digits)
        if found is None:
            continue
        d.used.update((key, ("monetary.exchange.period", key[1][:1])))
        source = d.setting.source or f"TARIC monetary exchange period {key[1][0]}"
        made.append(Rate(currency=found[0], value=found[1], validity=validity, source=source))
    return d.standing(made, "rates", "The rate")


def _rate(period: Fields, fields: Fields, national: str, digits: int) -> tuple[str, Decimal] | None:
    """(currency, what one unit of it is worth in the national one); None for rates between two others."""
    parent, child = period["parent.monetary.unit.code"], fields["child.monetary.unit.code"]
    value = Decimal(fields["exchange.rate"])
    if child == national and parent != national:
        return parent, value
    if parent == national and child != national and value > 0:
        return child, Context(prec=digits, rounding=ROUND_HALF_EVEN).divide(Decimal(1), value)
    return None
