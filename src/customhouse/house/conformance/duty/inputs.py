"""What a case takes from the answer, because neither the tariff of the material nor the overlay law has it.

Each input is one thing with one named reason. An input is taken once; where none is left, the difference stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from customhouse.house.conformance.duty.answers import Row
from customhouse.house.conformance.duty.matter import NO_CODE, Matter, claimed_in_union, minor
from customhouse.house.conformance.duty.tariff import ALWAYS, MAIN, Laws, Stated
from customhouse.house.conformance.duty.territory import (
    FROM_ABROAD,
    FROM_GREAT_BRITAIN,
    STAYS,
    UNION,
    Side,
    side,
    trusted,
)
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.law import expression
from customhouse.law.book import Law
from customhouse.law.measure import ALL_ORIGINS, Measure
from customhouse.law.terms import Relief
from customhouse.offices.duty import assess_item
from customhouse.offices.duty.quantity import offered
from customhouse.record.assessment import DutyTaxFee, Security

NOT_CLAIMED = ("", "100")
NO_RELIEF = ("000", "")
PROOFS = ("U", "N954", "N864", "N865", "N018")
ANSWER = "the answer"
STRENGTHS = ("ASV", "EAS", "GBP")
BASIS = {"B00": " of value and duties", "B05": " of duties"}


class Inputs:
    """The inputs of one case, beginning with none."""

    def __init__(self, matter: Matter, laws: Laws) -> None:
        self.matter, self.laws = matter, laws
        self.stated = Stated()
        self.stated.value_why = matter.value_why
        self.taken: set[tuple[str, int]] = set()
        self.side_why = ""
        self.item = matter.item
        self.value = self._first_value()
        self.side: Side = self._side()
        self.item = claimed_in_union(matter) if self.side == "EU" else matter.item
        self.code = self.item.commodity.code
        said = matter.said
        if FROM_GREAT_BRITAIN in said and STAYS in said and trusted(matter.lodged):
            self.stated.reliefs.append(
                Relief(code=STAYS, text={"en": "Goods from Great Britain that stay: no duty of the Union"},
                       tax_types=UNION, validity=ALWAYS, source="Decision 1/2023 of the Joint Committee")
            )  # fmt: skip

    def law(self) -> Law:
        return self.laws.of(self.code, self.side, self.matter.day, self.stated)

    def reason(self, tax_type: str) -> str:
        """Why a row of this type rests on the answer; empty when it rests on our law and the declaration alone."""
        tax = self.laws.plain(self.matter.day).tax_type(tax_type)
        types = {r.type for r in self.matter.rows}
        counted = [t for t in types if t in self.stated.why and tax is not None and tax.order >= 80 and tax.counts(t)]
        reasons = [self.stated.why.get(tax_type, ""), self.stated.value_why]
        reasons += [f"its base counts {t}: {self.stated.why[t]}" for t in sorted(counted) if t != tax_type]
        if tax_type in MAIN.values():
            reasons.append(self.side_why)
        return "; ".join(filter(None, reasons))

    # --- which tariff, which value ------------------------------------------------------------------------------------

    def _first_value(self) -> int:
        if self.matter.value is not None:
            return self.matter.value
        rows = self.matter.rows
        for row in sorted(rows, key=lambda r: r.type == "B00"):
            if row.base is not None and (row.type.startswith("A") or row.type == "B00"):
                duties = sum((r.assessed for r in rows if r.type[:1] in "A3456"), Decimal(0))
                base = row.base if row.type.startswith("A") else row.base - duties
                self.stated.value_why = f"value: {self.matter.doubt}; the answer's was taken"
                return minor(base)
        return 0

    def _side(self) -> Side:
        m = self.matter
        if m.lodged is not None and not m.thin:
            uk, eu = (self._duty(s) for s in ("UK", "EU"))
            found = side(m.said, trusted(m.lodged), self.value, uk, eu)
            if found is not None and not self._another_rate(found):
                return found
            self.side_why = "which tariff applies hangs on a rate that the tariff of the material does not have"
        return "EU" if any(r.type in UNION for r in m.rows) else "UK"

    def _another_rate(self, found: Side) -> bool:
        """Whether the answer has the duty of the other tariff at a rate that the tariff of the material does not have."""
        other: Side = "UK" if found == "EU" else "EU"
        rows = [r for r in self.matter.rows if r.type == MAIN[other]]
        if FROM_ABROAD not in self.matter.said or not rows or any(r.type == MAIN[found] for r in self.matter.rows):
            return False
        measures = self.laws.tariff.measures(self.item.commodity.code, other)
        rates = {t.rate for m in measures for t in (m.expression.terms if m.expression else ())}
        return rows[0].rate is not None and rows[0].rate not in rates

    def _duty(self, which: Side) -> int | None:
        """The duty under one tariff for an item that claims nothing, or None where it is not known."""
        item = claimed_in_union(self.matter) if which == "EU" else self.matter.item
        if item.preference not in NOT_CLAIMED:
            return None
        law = self.laws.of(item.commodity.code, which, self.matter.day, Stated())
        found = assess_item(item, Money(self.value, "GBP"), law)
        due = [d.amount.minor for d in found.duties if d.type == MAIN[which]]
        return due[0] if due and not found.problems else None

    # --- taking an input ----------------------------------------------------------------------------------------------

    def solve(self, problems: Iterable[Problem]) -> bool:
        """Take the amounts that our law cannot work out. False when there is none to take."""
        solved = False
        for problem in problems:
            named = problem.label.split(" ", 1)[0]
            tax_type = named if any(r.type == named for r in self.matter.rows) else MAIN[self.side]
            rows = [r for r in self.matter.rows if r.type == tax_type]
            for row in rows:
                reason = self._lacking(problem, row)
                solved |= self._flat(row, reason) if row.rate is None else self._state_rate(row, reason)
            if not rows and tax_type not in self.stated.instead:
                self.stated.instead.add(tax_type)
                solved = True
        return solved

    def _lacking(self, problem: Problem, row: Row) -> str:
        words = self.laws.tariff.words(self.code, self.side)
        if problem.rule == "NoExchangeRate":
            implied = self._implied(row)
            tells = f"; the amount implies {implied} GBP" if implied else ""
            day = self.matter.day
            return f"no rate of exchange: {words} is in {problem.value}, not in the material for {day:%Y-%m}{tells}"
        if problem.rule == "MissingComponent":
            return f"agricultural component: {words} hangs on the recipe's table, which is not in the material"
        return f"quantity: {words}: {problem.label}"

    def _implied(self, row: Row) -> str:
        """What one unit of foreign currency must have been worth for the amount to come out."""
        fixed = foreign = Fraction(0)
        for measure in self.laws.tariff.measures(self.code, self.side):
            for term in measure.expression.terms if measure.expression else ():
                if term.basis == "value":
                    fixed += Fraction(self.value) * Fraction(term.rate) / 100
                elif term.basis == "quantity" and (found := self._quantity(term.unit, row.type)) is not None:
                    foreign += found / Fraction(term.per) * Fraction(term.rate) * 100
        return decimal((minor(row.assessed) - fixed) / foreign, 5) if foreign else ""

    def _quantity(self, unit: str, tax_type: str) -> Fraction | None:
        line = self.laws.of(self.code, self.side, self.matter.day, Stated()).line(self.code)
        found = offered(self.item, line.unit if line else "", tax_type, unit)
        return Fraction(*found) if found else None

    def take(self, row: Row, ours: DutyTaxFee | Security | None) -> bool:
        """Take one input that this row needs and that the material lacks; False when there is none."""
        if self.matter.by_hand and not (ours is not None and _type_of(ours) == "declared"):
            return self._flat(row, f"worked out by hand: the amounts of {row.type} are not in the declaration at hand")
        if ours is None:
            return self._missing(row)
        if isinstance(ours, Security):
            return False
        return self._value(row, ours) or self._rate(row, ours) or self._amount(row, ours) or self._treatment(row, ours)

    def _once(self, what: str, row: Row) -> bool:
        """Whether this input is new."""
        key = (what, row.number)
        if key in self.taken:
            return False
        self.taken.add(key)
        return True

    def _missing(self, row: Row) -> bool:
        if row.rate is not None and row.base is not None:
            return self._state_rate(row)
        return self._flat(row, self._no_rate(row))

    def _value(self, row: Row, ours: DutyTaxFee) -> bool:
        if row.base is None or ours.base == minor(row.base) or not self.matter.doubt or row.type in self.stated.flat:
            return False
        shown = any(r.base is not None for r in self.matter.rows if r.type.startswith("A"))
        on_value = row.type.startswith("A") or (row.type == "B00" and not shown)
        if not on_value or not self._once("value", self.matter.rows[0]):
            return False
        self.value += minor(row.base) - ours.base
        self.stated.value_why = f"value: {self.matter.doubt}; the answer's was taken"
        return True

    def _rate(self, row: Row, ours: DutyTaxFee) -> bool:
        if row.rate is None or f"{row.rate.normalize():f}" == _percent(ours):
            return False
        return self._state_rate(row)

    def _amount(self, row: Row, ours: DutyTaxFee) -> bool:
        """An amount that comes neither of our rate nor of the one stated."""
        if row.type in BASIS or minor(row.assessed) == ours.assessed.minor or (row.assessed == 0 and ours.amount.minor):
            return False
        if row.deduct and self._cause() and abs(minor(row.assessed + row.deduct) - ours.amount.minor) <= 1:
            return self._flat(
                row, f"partial relief: {row.deduct} of it is off by {self._cause()}; the share is not here"
            )
        if row.rate is not None and row.base is not None:
            off = abs(row.assessed - row.base * row.rate / 100)
            if off > row.base * Decimal("0.00005") + Decimal("0.005"):
                return False
            return self._flat(row, f"rounded rate: {row.rate} % is the rate to two digits only, the amount needs more")
        return self._flat(row, self._no_rate(row))

    def _treatment(self, row: Row, ours: DutyTaxFee) -> bool:
        """A relief or suspension that the overlay does not have."""
        cause = self._cause()
        if not cause or (row.type in BASIS and row.rate == 0):
            return False
        if row.assessed == 0 and ours.assessed.minor and self._once("relief", row):
            return self._relieve(row, cause, suspended=False)
        if row.assessed and row.payable == 0 and ours.payable.minor and self._once("suspension", row):
            return self._relieve(row, cause, suspended=True)
        return False

    def _cause(self) -> str:
        """The claim that may relieve: an additional procedure, or a procedure other than home use; home use where a tax
        party is declared, who may account for a tax himself, or where a table does not tell."""
        claims = [c for c in self.item.additional_procedures if c not in NO_RELIEF]
        parties = self.item.tax_parties or (m.lodged.goods_shipment.tax_parties if (m := self.matter).lodged else ())
        if self.item.procedure[:2] not in ("40", "") or ((self.matter.thin or parties) and not claims):
            claims.append(self.item.procedure)
        return next(iter(claims), "")

    def _relieve(self, row: Row, cause: str, *, suspended: bool) -> bool:
        how = "suspended" if suspended else "relieved"
        text = {"en": f"{how} in the answer"}
        relief = Relief(
            code=cause, text=text, tax_types=(row.type,), suspended=suspended, validity=ALWAYS, source=ANSWER
        )
        self.stated.reliefs.append(relief)
        claimed = f"claimed by {cause}; which taxes it frees is not in the material"
        why = claimed if self.matter.lodged is not None else "and there is no declaration to say why"
        self._because(row, f"relief: the answer has {row.type} {how}, {why}")
        return True

    # --- measures out of the answer -----------------------------------------------------------------------------------

    def _state_rate(self, row: Row, reason: str = "") -> bool:
        if not self._once("rate", row):
            return False
        self._put(row, f"{row.rate} %{BASIS.get(row.type, '')}", reason or self._no_rate(row))
        return True

    def _flat(self, row: Row, reason: str) -> bool:
        if not self._once("amount", row):
            return False
        self.stated.flat.add(row.type)
        whole = row.assessed + row.deduct if row.deduct and not row.assessed else row.assessed
        self._put(row, f"{whole} GBP per item", reason)
        return True

    def _put(self, row: Row, text: str, reason: str) -> None:
        mine = f"answer-{row.type}-{row.number}"
        others = [m for m in self.stated.measures if m.tax_type == row.type and m.id != mine]
        preference = row.regime if row.regime == self.item.preference and row.regime not in NOT_CLAIMED else ""
        proofs = tuple(c for d in self.item.documents if (c := d.code).startswith(PROOFS)) if preference else ()
        measure = Measure(
            id=mine,
            code="",
            tax_type=row.type,
            area=ALL_ORIGINS,
            validity=ALWAYS,
            source=ANSWER,
            kind="103" if not others else f"answer {row.number}",
            expression=expression.parse(text),
            expression_text=text,
            preference=preference,
            order=next((d.quota for d in self.item.commodity.duties if d.quota), "") if preference else "",
            documents=proofs,
        )
        self.stated.measures = [*(m for m in self.stated.measures if m.id != mine), measure]
        if not preference:
            self.stated.instead.add(row.type)
        self._because(row, reason)

    def _because(self, row: Row, reason: str) -> None:
        known = self.stated.why.get(row.type, "")
        self.stated.why[row.type] = f"{known}; {reason}" if known and reason not in known else known or reason

    def _no_rate(self, row: Row) -> str:
        """Why the rate of a row is not in the material, by name."""
        stated = f"{row.rate} %" if row.rate is not None else f"{row.assessed} in all"
        words = self.laws.tariff.words(self.code, self.side)
        if row.type in BASIS:
            return (
                f"rate of value added tax: the answer has {stated} for these goods, which the overlay law does not list"
            )
        if row.type[:1].isdigit():
            return f"excise rate: {row.type} is not in the tariff of the material; the answer has {stated}{self._per_unit(row)}"
        if row.payable is None:
            return f"security {row.type}: what it is reckoned from is not in the material; the answer has {stated}"
        if row.type not in MAIN.values():
            return f"additional duty {row.type}: its rate is not in the tariff of the material; the answer has {stated}"
        if row.regime not in NOT_CLAIMED:
            return f"preference, suspension or quota {row.regime}: its rate is not in the material; the answer has {stated}"
        if not words:
            return f"code: {self.code if self.code != NO_CODE else 'an unknown one'} is not in the tariff of the material; the answer has {stated}"
        if not self.laws.tariff.measures(self.code, self.side):
            return f"rate in words: the tariff of the material prints {words}, which gives no amount; the answer has {stated}"
        return f"rate changed: the tariff of the material has {words} for this code, the answer {stated}"

    def _per_unit(self, row: Row) -> str:
        """What an amount is for each unit declared, to help the reader find the rate."""
        units = dict.fromkeys(d.base_quantity.unit for d in self.item.commodity.duties if d.base_quantity)
        shown = []
        for unit in dict.fromkeys((*(u for u in units if u not in STRENGTHS), "LPA")):
            found = self._quantity(unit, row.type)
            if unit and found:
                shown.append(f"{decimal(Fraction(row.assessed) / found, 4)} for each {unit}")
        return f" ({', '.join(shown)})" if shown else ""


def _type_of(ours: DutyTaxFee | Security) -> str:
    """Where our amount comes from: declared, or a measure."""
    return ours.measure if isinstance(ours, DutyTaxFee) else ""


def _percent(ours: DutyTaxFee) -> str:
    """The percentage of an amount that has one term only; empty otherwise."""
    if len(ours.components) != 1 or not ours.components[0].rate.endswith(" %"):
        return "0" if not ours.components else ""
    return f"{Decimal(ours.components[0].rate[:-2]).normalize():f}"


def decimal(number: Fraction, places: int) -> str:
    """A fraction as a decimal of so many places."""
    quotient = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{round(quotient, places).normalize():f}"
