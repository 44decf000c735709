"""Other border agencies as law: which documents each of them issues, the forms, the write-off, and what it wants to see.

Written in `agencies.toml` of a pack, which a pack may do without. What an agency asks in a form is data: a field has a kind
that says how it is typed and what a check (in the rule language, over the fields of the form) may compare it with.
Source: WCO Data Model, LPCO information package (licences, permits, certificates and others); WTO Agreement on Import
Licensing Procedures, articles 1 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

from customhouse.law.rules import interpret, syntax
from customhouse.law.terms import Dated, Text

WrittenOff = Literal["quantity", "value", "uses", "none"]
FieldKind = Literal["text", "long", "number", "choice", "date", "code", "quantity"]

# What a check of a form may do with a field of each kind: compare texts, or whole numbers (quantities in thousandths).
FACTS: dict[str, str] = {
    "text": "text", "long": "text", "choice": "text", "date": "text", "code": "text", "number": "int", "quantity": "int",
}  # fmt: skip
USES = "C62"
SEEN_ON_DEMAND = ("value", "duties")
"""Parts of a consignment that the law may let an agency see besides goods, parties and transport."""
THOUSAND = 1000
LONGEST = 2000


class Agency(Dated, frozen=True):
    """A border agency; `sees` are parts of a consignment it is shown besides those every agency sees."""

    code: str
    text: Text
    sees: tuple[str, ...] = ()


class FormField(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A field of a form: its name in checks, the words beside it, how it is filled in; `choices` by code."""

    name: str
    label: Text
    kind: FieldKind = "text"
    required: bool = True
    help: Text = msgspec.field(default_factory=dict)
    choices: dict[str, Text] = msgspec.field(default_factory=dict)


class FormCheck(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What must hold of a filled form, and the sentence for who did not keep it."""

    expression: str
    text: Text


class AgencyDocument(Dated, frozen=True):
    """A document that an agency issues.

    `electronic`: it stands in the permit register and is looked up there. `paper`: a document of another number than those
    of the register will do too, as one issued abroad. `write_off` says what a use takes: a quantity of `unit` (UN/ECE Rec
    20), customs value in national currency, one of a number of uses, or nothing. `days`: how long it holds unless the
    officer says otherwise; `fee` in national currency.
    """

    agency: str
    code: str
    write_off: WrittenOff = "none"
    unit: str = ""
    electronic: bool = False
    paper: bool = True
    days: int = 365
    fee: Decimal = Decimal(0)
    field: tuple[FormField, ...] = ()
    check: tuple[FormCheck, ...] = ()

    def is_ours(self, number: str) -> bool:
        """Whether a number is to be looked for in the register: every one, or those of the agency's own series where
        documents on paper are taken too."""
        return not self.paper or number.upper().startswith(f"{self.agency}-")


class AgencyCriterion(Dated, frozen=True):
    """Which consignments an agency wants to see, and whether it looks at their documents or at the goods."""

    agency: str
    id: str
    expression: str
    text: Text
    check: Literal["documents", "inspection"] = "documents"


class Wish(msgspec.Struct, frozen=True, gc=False):
    """A criterion of an agency that fired, on an item (its number) or on the whole declaration (0)."""

    agency: str
    id: str
    check: str
    text: str
    item: int = 0
    source: str = ""


class Wrong(msgspec.Struct, frozen=True, gc=False):
    """What is wrong in a filled form: the field (empty: a check of several) and the sentence."""

    field: str
    text: Text


MISSING: Text = {"en": "This is missing", "fr": "Cette donnée manque"}
NO_NUMBER: Text = {"en": "This is not a number", "fr": "Ce n’est pas un nombre"}
NO_DATE: Text = {"en": "This is not a date; write it as 2026-12-31", "fr": "Ce n’est pas une date ; écrivez 2026-12-31"}
NO_CHOICE: Text = {"en": "Choose one of the list", "fr": "Choisissez dans la liste"}
TOO_LONG: Text = {"en": "This is too long", "fr": "C’est trop long"}
NO_CODE: Text = {"en": "A code has 2 to 10 digits", "fr": "Un code a de 2 à 10 chiffres"}


def filled(document: AgencyDocument, typed: Mapping[str, str]) -> tuple[dict[str, str], tuple[Wrong, ...]]:
    """(the answers as they are kept, everything that is wrong). What no field asks for is left out."""
    answers: dict[str, str] = {}
    wrong: list[Wrong] = []
    facts: dict[str, Any] = {}
    for one in document.field:
        said = typed.get(one.name, "").replace("\x00", "").strip()
        answers[one.name] = said[:LONGEST]
        fault = _fault(one, said)
        if fault:
            wrong.append(Wrong(one.name, fault))
        facts[one.name] = _fact(one, said) if not fault else (0 if FACTS[one.kind] == "int" else "")
    if not wrong:
        for check in document.check:
            rule = syntax.read(check.expression, {}, facts_of(document))
            if not interpret.holds(rule, facts, {}):
                wrong.append(Wrong("", check.text))
    return answers, tuple(wrong)


def _fault(one: FormField, said: str) -> Text | None:
    if not said:
        return MISSING if one.required else None
    if len(said) > LONGEST:
        return TOO_LONG
    if one.kind == "choice":
        return None if said in one.choices else NO_CHOICE
    if one.kind == "code":
        return None if said.isascii() and said.isdigit() and 2 <= len(said) <= 10 else NO_CODE
    if one.kind == "date":
        return None if _is_date(said) else NO_DATE
    if FACTS[one.kind] == "int":
        number = decimal_of(said)
        whole = one.kind == "quantity" or number is None or number == number.to_integral_value()
        return None if number is not None and whole else NO_NUMBER
    return None


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def decimal_of(text: str) -> Decimal | None:
    """A quantity as people type it, not below nothing and with at most three decimals; None when it is none."""
    try:
        number = Decimal(text.replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except InvalidOperation:
        return None
    fits = number.is_finite() and 0 <= number < Decimal(10) ** 15
    return number if fits and number == round(number, 3) else None


def _fact(one: FormField, said: str) -> Any:
    if FACTS[one.kind] != "int":
        return said.lower() if one.kind in ("text", "long") else said
    number = decimal_of(said) or Decimal(0)
    return int(number * THOUSAND) if one.kind == "quantity" else int(number)


def facts_of(document: AgencyDocument) -> dict[str, str]:
    """The names that a check of the document's form may use, with their types."""
    return {one.name: FACTS[one.kind] for one in document.field}


class Fault(msgspec.Struct, frozen=True, gc=False):
    """What is wrong in `agencies.toml`: of what (an id), the sentence, the word at fault."""

    of: str
    text: str
    word: str = ""


def faults(
    agencies: tuple[Agency, ...],
    documents: tuple[AgencyDocument, ...],
    criteria: tuple[AgencyCriterion, ...],
    lists: Mapping[str, object],
) -> list[Fault]:
    """Everything about the agencies of a pack that does not fit together."""
    known = {a.code for a in agencies}
    found = [
        Fault(a.code, "the code of an agency is at most 12 letters and digits", a.code)
        for a in agencies
        if not (a.code.isascii() and a.code.isalnum() and len(a.code) <= 12)
    ]
    for a in agencies:
        found += [
            Fault(a.code, f"an agency sees {' or '.join(SEEN_ON_DEMAND)} on demand, nothing else", part)
            for part in a.sees
            if part not in SEEN_ON_DEMAND
        ]
    issued: dict[str, str] = {}
    for d in documents:
        if issued.setdefault(d.code, d.agency) != d.agency:
            found.append(Fault(f"{d.agency} {d.code}", f"the document is issued by {issued[d.code]} already", d.code))
        found += _document_faults(d, known)
    for c in criteria:
        found += _criterion_faults(c, known, lists)
    return found


def _document_faults(d: AgencyDocument, known: set[str]) -> list[Fault]:
    name = f"{d.agency} {d.code}"
    found: list[Fault] = []
    if d.agency not in known:
        found.append(Fault(name, "there is no such agency", d.agency))
    if not d.source:
        found.append(Fault(name, "names no legal source; a document that the law asks for does"))
    if (d.write_off == "quantity") != bool(d.unit):
        found.append(Fault(name, "a unit goes with write-off by quantity, and with nothing else", d.unit))
    if d.days < 1 or d.fee < 0:
        found.append(Fault(name, "a document holds for a day at least, and its fee is not below nothing"))
    return found + _form_faults(name, d)


def _criterion_faults(c: AgencyCriterion, known: set[str], lists: Mapping[str, object]) -> list[Fault]:
    found: list[Fault] = []
    if c.agency not in known:
        found.append(Fault(c.id, "there is no such agency", c.agency))
    if not c.source:
        found.append(Fault(c.id, "a rule names its legal source"))
    try:
        syntax.read(c.expression, lists)
    except syntax.RuleError as fault:
        found.append(Fault(c.id, str(fault), c.expression))
    return found


def _form_faults(name: str, d: AgencyDocument) -> list[Fault]:
    found: list[Fault] = []
    names = [f.name for f in d.field]
    for one in d.field:
        if not one.name.isidentifier() or names.count(one.name) > 1:
            found.append(Fault(name, "a field has a name of its own, of letters, digits and _", one.name))
        if (one.kind == "choice") != bool(one.choices):
            found.append(Fault(name, "a field to choose from has choices, and no other has", one.name))
    for check in d.check:
        try:
            syntax.read(check.expression, {}, facts_of(d))
        except syntax.RuleError as fault:
            found.append(Fault(name, str(fault), check.expression))
    return found
