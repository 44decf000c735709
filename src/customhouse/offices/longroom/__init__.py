"""The long room: where declarations are handed in, checked against the rules, and accepted or refused.

Acceptance is a legal act (Revised Kyoto Convention, General Annex 3.28-3.30): it fixes the day whose law applies and gives
the declaration its Movement Reference Number. A declaration of a type that the law calls pre-lodged is registered instead:
it has its number, and is accepted when the goods are presented (General Annex 3.25).
"""

from __future__ import annotations

from datetime import date

from customhouse.kernel.mrn import MRN
from customhouse.kernel.problem import Problem, errors
from customhouse.law.book import Law
from customhouse.offices.longroom import supplementary, vague
from customhouse.record.acts import Accepted, Refused, Registered
from customhouse.record.declaration import Acceptance, Declaration, Registration
from customhouse.record.facts import lodged_facts
from customhouse.record.lodgement import Lodgement

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The 17th character tells the kind of procedure, as in the European customs data model: R import, A export, F entry
# summary declaration.
IMPORT, EXPORT, ENTRY = "R", "A", "F"
SEQUENCE_LENGTH = 10
PRELODGED = "prelodged_types"
"""The code list of the law that names the types of declaration lodged before their goods come."""

REPEATED = Problem(
    "RepeatedItemNumber",
    "Two items have the same number",
    "GoodsShipment/GovernmentAgencyGoodsItem/SequenceNumeric",
    "Number the items 1, 2, 3 ...",
)


def check(lodged: Lodgement, law: Law) -> tuple[Problem, ...]:
    """Every rule the declaration breaks, errors and warnings, all at once; empty when it is in order."""
    header, items = lodged_facts(lodged)
    problems = law.check(header, items)
    if lodged.type in law.list_of(vague.TYPES):
        told = (vague.check(i.commodity.description, n, law) for n, i in enumerate(lodged.items, 1))
        problems = (*problems, *(p for p in told if p is not None))
    if len({item.sequence for item in items}) == len(items):
        return problems
    return (*problems, REPEATED)


def decide(lodged: Lodgement, law: Law, number: int) -> tuple[Accepted | Registered | Refused, tuple[Problem, ...]]:
    """Accept or register under MRN `number`, or refuse with all problems; the warnings come beside either answer."""
    problems = check(lodged, law)
    if found := errors(problems):
        return Refused(found), problems
    mrn = issue_mrn(law.country, law.date, number, is_import=lodged.is_import)
    if lodged.type in law.list_of(PRELODGED):
        return Registered(Registration(mrn, law.date, law.book_hash)), problems
    return _accepted(lodged, mrn, law), problems


def _accepted(lodged: Lodgement, mrn: MRN, law: Law) -> Accepted:
    """The acceptance, which also says by when a simplified declaration is completed, and what a supplementary one completes."""
    owed, done = supplementary.owed_by(lodged, law.date, law), supplementary.completes(lodged)
    return Accepted(Acceptance(mrn, law.date, law.book_hash, owed, done))


def accept(declaration: Declaration, law: Law) -> Accepted | Refused:
    """Decide on a registered declaration when its goods are presented, by the law of that day and under the MRN it has."""
    if found := errors(check(declaration.lodged, law)):
        return Refused(found)
    if declaration.registration is None:
        raise ValueError("only a registered declaration is accepted at presentation")
    return _accepted(declaration.lodged, declaration.registration.mrn, law)


def issue_mrn(country: str, day: date, number: int, *, is_import: bool = True) -> MRN:
    """The MRN of the declaration `number`: year, country, month, ten characters of sequence, kind, check character.

    Later numbers sort after earlier ones within a year, and the month can be read from characters 5 and 6, so that the
    register finds the right partition without an index.
    """
    return _mrn(country, day, number, IMPORT if is_import else EXPORT)


def issue_entry_mrn(country: str, day: date, number: int) -> MRN:
    """The MRN of the entry summary declaration `number`; those numbers are counted apart from the declarations'."""
    return _mrn(country, day, number, ENTRY)


def _mrn(country: str, day: date, number: int, kind: str) -> MRN:
    return MRN.build(day.year, country, f"{day.month:02d}{_base36(number).rjust(SEQUENCE_LENGTH, '0')}{kind}")


def number_of(mrn: str) -> int:
    """The declaration number that an MRN issued here carries; -1 for what is no MRN."""
    return int(mrn[6 : 6 + SEQUENCE_LENGTH], 36) if MRN.is_valid(mrn) else -1


def _base36(number: int) -> str:
    if number < 0 or number >= 36**SEQUENCE_LENGTH:
        raise ValueError(f"declaration number {number} does not fit {SEQUENCE_LENGTH} characters")
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = DIGITS[rest] + text
    return text or "0"
