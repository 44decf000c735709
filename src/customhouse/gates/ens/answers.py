"""Answers of customs to an entry summary declaration: IE328, IE316, IE304, IE305 and IE351 of ICS1.

An answer repeats what tells the trader which declaration it is about; it is written from that declaration and from what
customs decided. Problems of the house become functional errors here: the kind from the list of the data dictionary,
the place as an XPath, the code of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from customhouse.gates.ens import formats as f
from customhouse.gates.ens import table as t
from customhouse.gates.ens import writer
from customhouse.kernel.problem import Problem
from customhouse.record.ens import (
    Accepted,
    Answer,
    BorderTransport,
    EntryItem,
    EntrySummary,
    FunctionalError,
    Intervention,
    Rejected,
)

WRONG_VALUE, MISSING, NOT_HERE, BAD_DECIMAL, DUPLICATE, TOO_MANY = "12", "13", "15", "19", "26", "35"
BAD_CHARACTERS, TOO_LONG, TOO_SHORT = "37", "39", "40"
KINDS = {
    "DuplicateElement": DUPLICATE,
    "InvalidCharacters": BAD_CHARACTERS,
    "InvalidDecimal": BAD_DECIMAL,
    "InvalidValue": WRONG_VALUE,
    "MisplacedElement": NOT_HERE,
    "MissingElement": MISSING,
    "TooLong": TOO_LONG,
    "TooManyRepetitions": TOO_MANY,
    "TooShort": TOO_SHORT,
    "UnexpectedText": NOT_HERE,
    "UnknownAttribute": NOT_HERE,
    "UnknownElement": NOT_HERE,
}
"""Fault of structure -> functional error code, a subset of the UN/EDIFACT error list (data element 9321)."""

_MAX_POINTER, _MAX_REASON, _MAX_VALUE, _MAX_TEXT = 210, 6, 140, 350
_ITEM = (
    t.Leaf("IteNumGDS7", "number", f.n(5), required=True, type=int),
    t.Leaf("ComRefNumGIM1", "commercial_reference", f.an(70)),
    t.ITEM_DOCUMENTS,
    t.ITEM_CONTAINERS,
    t.ITEM_TRANSPORT,
)
_ITEMS = t.Group("GOOITEGDS", "items", _ITEM, EntryItem, most=0)
_OFFICE_ONLY = t.Group("CUSOFFFENT730", "", t.FIRST_ENTRY.rows[:1], required=True)


class Sender(NamedTuple):
    """Who answers, and the identifier of the answer (an..14). `at` is the time it is prepared."""

    name: str
    id: str
    at: datetime


def functional_errors(problems: Iterable[Problem]) -> tuple[FunctionalError, ...]:
    """The problems of a refused message, as an answer tells them."""
    return tuple(
        FunctionalError(
            KINDS.get(p.rule, WRONG_VALUE),
            (p.where or "/")[:_MAX_POINTER],
            "" if p.rule in KINDS else p.rule[:_MAX_REASON],
            "" if p.rule == "MissingElement" else p.value[:_MAX_VALUE],
        )
        for p in problems
    )


def write(answer: Answer, about: EntrySummary, sender: Sender) -> bytes:
    """The answer as the message that it is for a declaration or for an amendment; times are told in UTC."""
    if isinstance(answer, Intervention):
        return _intervention(answer, about, sender)
    if isinstance(answer, Rejected):
        return _rejected(answer, about, sender)
    return _accepted(answer, about, sender)


def _accepted(answer: Accepted, about: EntrySummary, sender: Sender) -> bytes:
    root = "CC304A" if about.amends else "CC328A"
    out = _interchange(root, about, sender)
    means = about.transport
    header = [("DocNumHEA5", answer.mrn), ("TraModAtBorHEA76", about.mode)]
    if about.amends:
        header += [*_means(means), ("NatOfMeaOfTraCroHEA87", means.nationality), *_references(about)]
        header += [("AmeAccDatTimHEA111", moment(answer.at)), ("DatTimAmeHEA113", about.declared)]
    else:
        header = [("RefNumHEA4", about.lrn), *header, ("NatHEA001", means.nationality), *_means(means)]
        header += [*_references(about), ("DecRegDatTimHEA115", moment(answer.at))]
    _header(out, header)
    between = t.REPRESENTATIVE if about.amends else t.LODGEMENT_OFFICE
    writer.put(out, about, (_ITEMS, between, t.LODGER, t.FIRST_ENTRY, t.CARRIER), 1)
    return writer.document(root, out)


def _rejected(answer: Rejected, about: EntrySummary, sender: Sender) -> bytes:
    root = "CC305A" if about.amends else "CC316A"
    out = _interchange(root, about, sender)
    if about.amends:
        header = [("DocNumHEA5", about.mrn), ("DatTimAmeHEA113", about.declared)]
        _header(out, [*header, ("AmeRejDatTimHEA112", moment(answer.at))])
    else:
        _header(out, [("RefNumHEA4", about.lrn), ("DecRejDatTimHEA116", moment(answer.at))])
    for error in answer.errors:
        told = (("ErrTypER11", error.type), ("ErrPoiER12", error.pointer))
        _block(out, "FUNERRER1", (*told, ("ErrReaER13", error.reason), ("OriAttValER14", error.value)))
    if about.amends:
        writer.put(out, about, (t.REPRESENTATIVE, t.LODGER, _OFFICE_ONLY), 1)
    return writer.document(root, out)


def _intervention(answer: Intervention, about: EntrySummary, sender: Sender) -> bytes:
    out = _interchange("CC351A", about, sender)
    means = about.transport
    header = [("RefNumHEA4", about.lrn), ("DocNumHEA5", answer.mrn), ("TraModAtBorHEA76", about.mode)]
    header += [("NatHEA001", means.nationality), ("IdeOfMeaOfTraCroHEA85", means.identity)]
    header += [("TotNumOfIteHEA305", str(len(about.items))), *_references(about)]
    header += [("NotDatTimHEA104", moment(answer.at)), ("DecRegDatTimHEA115", moment(answer.registered))]
    _header(out, [*header, ("DecSubDatTimHEA118", about.declared)])
    rows = (_ITEMS, t.LODGEMENT_OFFICE, t.REPRESENTATIVE, t.LODGER, t.FIRST_ENTRY, t.CARRIER)
    writer.put(out, about, rows, 1)
    for one in answer.interventions:
        told = (("IteNumConCUSINT668", writer.text_of(one.item)), ("CusIntCodCUSINT665", one.code))
        text = (("CusIntTexCUSINT666", one.text[:_MAX_TEXT]), ("CusIntTexCUSINT667LNG", one.language))
        _block(out, "CUSINT632", (*told, *text))
    return writer.document("CC351A", out)


def _interchange(root: str, about: EntrySummary, sender: Sender) -> list[str]:
    out: list[str] = []
    at = sender.at.astimezone(UTC)
    asked = about.interchange
    told = [("MesSenMES3", sender.name), ("MesRecMES6", asked.sender), ("DatOfPreMES9", f"{at:%y%m%d}")]
    told += [("TimOfPreMES10", f"{at:%H%M}"), ("MesIdeMES19", sender.id), ("MesTypMES20", root)]
    for tag, text in (*told, ("CorIdeMES25", asked.id)):
        writer.line(out, tag, text, 1)
    return out


def _means(means: BorderTransport) -> list[tuple[str, str]]:
    return [("IdeOfMeaOfTraCroHEA85", means.identity), ("IdeOfMeaOfTraCroHEA85LNG", means.language)]


def _references(about: EntrySummary) -> list[tuple[str, str]]:
    return [("ComRefNumHEA", about.commercial_reference), ("ConRefNumHEA", about.conveyance_reference)]


def _header(out: list[str], told: Iterable[tuple[str, str]]) -> None:
    _block(out, "HEAHEA", told)


def _block(out: list[str], tag: str, told: Iterable[tuple[str, str]]) -> None:
    out.append(f"  <{tag}>\n")
    for name, text in told:
        writer.line(out, name, text, 2)
    out.append(f"  </{tag}>\n")


def moment(at: datetime) -> str:
    """A time as ICS1 writes it: CCYYMMDDHHMM in UTC."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M}"
