"""The records of TARIC3: their codes, what identifies each, and what each points at (TARIC3-TMES 5.10).

A record is known by the name of its element; the codes beside it must agree where the specification fixes them.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of record: its code and subrecord code (empty where not fixed here) and the fields that identify one."""

    code: str
    keys: tuple[str, ...]


def _kinds(text: str) -> dict[str, Kind]:
    """Lines of ``name code/subcode key key ...``; the code is ``-`` where it is not fixed."""
    made = {}
    for row in text.split("\n"):
        if row.strip():
            name, code, *keys = row.split()
            made[name] = Kind(code.strip("-"), tuple(keys))
    return made


KINDS: dict[str, Kind] = _kinds("""
transmission.comment - comment.sid language.id
footnote.type 100/00 footnote.type.id
footnote.type.description 100/05 footnote.type.id language.id
certificate.type 110/00 certificate.type.code
certificate.type.description 110/05 certificate.type.code language.id
additional.code.type 120/00 additional.code.type.id
additional.code.type.description 120/05 additional.code.type.id language.id
language 130/00 language.id
language.description 130/05 language.code.id language.id
measure.type.series 140/00 measure.type.series.id
measure.type.series.description 140/05 measure.type.series.id language.id
regulation.group 150/00 regulation.group.id
regulation.group.description 150/05 regulation.group.id language.id
regulation.role.type 160/00 regulation.role.type.id
regulation.role.type.description 160/05 regulation.role.type.id language.id
publication.sigle - code.type.id code validity.start.date
footnote 200/00 footnote.type.id footnote.id
footnote.description.period 200/05 footnote.description.period.sid
footnote.description 200/10 footnote.description.period.sid language.id
certificate 205/00 certificate.type.code certificate.code
certificate.description.period 205/05 certificate.description.period.sid
certificate.description 205/10 certificate.description.period.sid language.id
measurement.unit 210/00 measurement.unit.code
measurement.unit.description 210/05 measurement.unit.code language.id
measurement.unit.qualifier 215/00 measurement.unit.qualifier.code
measurement.unit.qualifier.description 215/05 measurement.unit.qualifier.code language.id
measurement 220/00 measurement.unit.code measurement.unit.qualifier.code
monetary.unit 225/00 monetary.unit.code
monetary.unit.description 225/05 monetary.unit.code language.id
duty.expression 230/00 duty.expression.id
duty.expression.description 230/05 duty.expression.id language.id
measure.type 235/00 measure.type.id
measure.type.description 235/05 measure.type.id language.id
additional.code.type.measure.type 240/00 measure.type.id additional.code.type.id
additional.code 245/00 additional.code.sid
additional.code.description.period 245/05 additional.code.description.period.sid
additional.code.description 245/10 additional.code.description.period.sid language.id
footnote.association.additional.code 245/15 additional.code.sid footnote.type.id footnote.id validity.start.date
geographical.area 250/00 geographical.area.sid
geographical.area.description.period 250/05 geographical.area.description.period.sid
geographical.area.description 250/10 geographical.area.description.period.sid language.id
geographical.area.membership 250/15 geographical.area.sid geographical.area.group.sid validity.start.date
monetary.exchange.period - monetary.exchange.period.sid
monetary.exchange.rate - monetary.exchange.period.sid child.monetary.unit.code
goods.nomenclature.group - goods.nomenclature.group.type goods.nomenclature.group.id
goods.nomenclature.group.description - goods.nomenclature.group.type goods.nomenclature.group.id language.id
complete.abrogation.regulation - complete.abrogation.regulation.role complete.abrogation.regulation.id
explicit.abrogation.regulation - explicit.abrogation.regulation.role explicit.abrogation.regulation.id
base.regulation 285/00 base.regulation.role base.regulation.id
modification.regulation 290/00 modification.regulation.role modification.regulation.id
prorogation.regulation - prorogation.regulation.role prorogation.regulation.id
prorogation.regulation.action - prorogation.regulation.role prorogation.regulation.id prorogated.regulation.role prorogated.regulation.id
full.temporary.stop.regulation - full.temporary.stop.regulation.role full.temporary.stop.regulation.id
fts.regulation.action - fts.regulation.role fts.regulation.id stopped.regulation.role stopped.regulation.id
regulation.replacement 305/00 replacing.regulation.role replacing.regulation.id replaced.regulation.role replaced.regulation.id measure.type.id geographical.area.id chapter.heading
meursing.table.plan - meursing.table.plan.id
meursing.heading - meursing.table.plan.id meursing.heading.number row.column.code
meursing.heading.text - meursing.table.plan.id meursing.heading.number row.column.code language.id
footnote.association.meursing.heading - meursing.table.plan.id meursing.heading.number row.column.code footnote.type footnote.id
meursing.subheading - meursing.table.plan.id meursing.heading.number row.column.code subheading.sequence.number
meursing.additional.code - meursing.additional.code.sid
meursing.table.cell.component - meursing.additional.code.sid meursing.table.plan.id heading.number row.column.code
measure.condition.code 350/00 condition.code
measure.condition.code.description 350/05 condition.code language.id
measure.action 355/00 action.code
measure.action.description 355/05 action.code language.id
quota.order.number 360/00 quota.order.number.sid
quota.order.number.origin 360/10 quota.order.number.origin.sid
quota.order.number.origin.exclusions 360/15 quota.order.number.origin.sid excluded.geographical.area.sid
quota.definition 370/00 quota.definition.sid
quota.association 370/05 main.quota.definition.sid sub.quota.definition.sid
quota.blocking.period 370/10 quota.blocking.period.sid
quota.suspension.period 370/15 quota.suspension.period.sid
quota.extended.information - quota.definition.sid
quota.balance.event 375/00 quota.definition.sid occurrence.timestamp
quota.unblocking.event 375/05 quota.definition.sid occurrence.timestamp
quota.critical.event 375/10 quota.definition.sid occurrence.timestamp
quota.exhaustion.event 375/15 quota.definition.sid occurrence.timestamp
quota.reopening.event 375/20 quota.definition.sid occurrence.timestamp
quota.unsuspension.event 375/25 quota.definition.sid occurrence.timestamp
quota.closed.and.transferred.event 375/30 quota.definition.sid occurrence.timestamp
ceiling - surveillance.number validity.start.date
goods.nomenclature 400/00 goods.nomenclature.sid
goods.nomenclature.indents 400/05 goods.nomenclature.indent.sid
goods.nomenclature.description.period 400/10 goods.nomenclature.description.period.sid
goods.nomenclature.description 400/15 goods.nomenclature.description.period.sid language.id
footnote.association.goods.nomenclature 400/20 goods.nomenclature.sid footnote.type footnote.id validity.start.date
nomenclature.group.membership - goods.nomenclature.sid goods.nomenclature.group.type goods.nomenclature.group.id validity.start.date
goods.nomenclature.origin 400/35 goods.nomenclature.sid derived.goods.nomenclature.item.id derived.productline.suffix
goods.nomenclature.successor 400/40 goods.nomenclature.sid absorbed.goods.nomenclature.item.id absorbed.productline.suffix
export.refund.nomenclature - export.refund.nomenclature.sid
export.refund.nomenclature.indents - export.refund.nomenclature.indents.sid
export.refund.nomenclature.description.period - export.refund.nomenclature.description.period.sid
export.refund.nomenclature.description - export.refund.nomenclature.description.period.sid language.id
footnote.association.ern - export.refund.nomenclature.sid footnote.type footnote.id validity.start.date
measure 430/00 measure.sid
measure.component 430/05 measure.sid duty.expression.id
measure.condition 430/10 measure.condition.sid
measure.condition.component 430/11 measure.condition.sid duty.expression.id
measure.excluded.geographical.area 430/15 measure.sid excluded.geographical.area
footnote.association.measure 430/20 measure.sid footnote.type.id footnote.id
measure.partial.temporary.stop - measure.sid partial.temporary.stop.regulation.id
""")

ALIASES = {"geographical.membership": "geographical.area.membership"}
"""Other names under which senders transmit a record."""

OPTIONAL_KEYS: dict[str, frozenset[str]] = {
    "regulation.replacement": frozenset(("measure.type.id", "geographical.area.id", "chapter.heading")),
    "measurement": frozenset(("measurement.unit.qualifier.code",)),
}
"""Key fields that may be absent."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "goods.nomenclature": ("goods.nomenclature.item.id", "producline.suffix", "validity.start.date"),
    "goods.nomenclature.indents": ("goods.nomenclature.sid", "number.indents", "validity.start.date"),
    "goods.nomenclature.description.period": ("goods.nomenclature.sid", "validity.start.date"),
    "goods.nomenclature.description": ("goods.nomenclature.sid",),
    "measure": ("measure.type", "geographical.area", "validity.start.date"),
    "measure.condition": ("measure.sid", "condition.code", "component.sequence.number"),
    "geographical.area": ("geographical.area.id", "validity.start.date"),
    "additional.code": ("additional.code.type.id", "additional.code", "validity.start.date"),
    "quota.order.number": ("quota.order.number.id", "validity.start.date"),
    "quota.definition": ("quota.order.number.id", "validity.start.date", "volume"),
    "quota.order.number.origin": ("quota.order.number.sid", "geographical.area.id", "validity.start.date"),
    "monetary.exchange.rate": ("exchange.rate",),
    "monetary.exchange.period": ("parent.monetary.unit.code", "validity.start.date"),
}
"""Fields besides the key without which a record says nothing."""

MONEY_AND_QUANTITY = frozenset(
    (
        "duty.amount",
        "condition.duty.amount",
        "volume",
        "initial.volume",
        "balance",
        "imported.amount",
        "total.awaiting.allocation",
        "allocated.percentage",
        "old.balance",
        "new.balance",
        "transferred.amount",
        "exchange.rate",
        "coefficient",
    )
)

REFERENCES: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "certificate": (("certificate.type", "certificate type", ("certificate.type.code",)),),
    "additional.code": (("additional.code.type", "additional code type", ("additional.code.type.id",)),),
    "footnote": (("footnote.type", "footnote type", ("footnote.type.id",)),),
    "measure.type": (("measure.type.series", "measure type series", ("measure.type.series.id",)),),
    "base.regulation": (("regulation.group", "regulation group", ("regulation.group.id",)),),
    "footnote.description": (("footnote", "footnote", ("footnote.type.id", "footnote.id")),),
    "certificate.description": (("certificate", "certificate", ("certificate.type.code", "certificate.code")),),
    "additional.code.description": (("additional.code", "additional code", ("additional.code.sid",)),),
    "geographical.area.description": (("geographical.area", "geographical area", ("geographical.area.sid",)),),
    "goods.nomenclature.description": (("goods.nomenclature", "goods nomenclature", ("goods.nomenclature.sid",)),),
    "goods.nomenclature.indents": (("goods.nomenclature", "goods nomenclature", ("goods.nomenclature.sid",)),),
    "goods.nomenclature.origin": (("goods.nomenclature", "goods nomenclature", ("goods.nomenclature.sid",)),),
    "goods.nomenclature.successor": (("goods.nomenclature", "goods nomenclature", ("goods.nomenclature.sid",)),),
    "footnote.association.goods.nomenclature": (
        ("goods.nomenclature", "goods nomenclature", ("goods.nomenclature.sid",)),
        ("footnote", "footnote", ("footnote.type", "footnote.id")),
    ),
    "footnote.association.additional.code": (
        ("additional.code", "additional code", ("additional.code.sid",)),
        ("footnote", "footnote", ("footnote.type.id", "footnote.id")),
    ),
    "footnote.association.measure": (
        ("measure", "measure", ("measure.sid",)),
        ("footnote", "footnote", ("footnote.type.id", "footnote.id")),
    ),
    "geographical.area.membership": (
        ("geographical.area", "geographical area", ("geographical.area.sid",)),
        ("geographical.area", "group of areas", ("geographical.area.group.sid",)),
    ),
    "measure": (
        ("measure.type", "measure type", ("measure.type",)),
        ("geographical.area", "geographical area", ("geographical.area.sid",)),
        ("goods.nomenclature", "goods nomenclature", ("goods.nomenclature.sid",)),
        ("additional.code", "additional code", ("additional.code.sid",)),
        ("base.regulation", "regulation", ("measure.generating.regulation.role", "measure.generating.regulation.id")),
    ),
    "measure.component": (
        ("measure", "measure", ("measure.sid",)),
        ("duty.expression", "duty expression", ("duty.expression.id",)),
        ("monetary.unit", "monetary unit", ("monetary.unit.code",)),
        ("measurement.unit", "measurement unit", ("measurement.unit.code",)),
    ),
    "measure.condition": (
        ("measure", "measure", ("measure.sid",)),
        ("measure.condition.code", "condition code", ("condition.code",)),
        ("measure.action", "action", ("action.code",)),
        ("certificate", "certificate", ("certificate.type.code", "certificate.code")),
    ),
    "measure.condition.component": (
        ("measure.condition", "measure condition", ("measure.condition.sid",)),
        ("duty.expression", "duty expression", ("duty.expression.id",)),
    ),
    "measure.excluded.geographical.area": (("measure", "measure", ("measure.sid",)),),
    "quota.definition": (("quota.order.number", "quota order number", ("quota.order.number.sid",)),),
    "quota.order.number.origin": (("quota.order.number", "quota order number", ("quota.order.number.sid",)),),
    "quota.order.number.origin.exclusions": (
        ("quota.order.number.origin", "quota origin", ("quota.order.number.origin.sid",)),
    ),
    "quota.association": (
        ("quota.definition", "main quota", ("main.quota.definition.sid",)),
        ("quota.definition", "sub-quota", ("sub.quota.definition.sid",)),
    ),
    "monetary.exchange.rate": (("monetary.exchange.period", "exchange period", ("monetary.exchange.period.sid",)),),
} | {
    name: (("quota.definition", "quota definition", ("quota.definition.sid",)),)
    for name in KINDS
    if name.startswith("quota.") and (name.endswith(".event") or name.endswith(".period"))
}
"""What a record points at: (kind of the target, in words, the fields whose values are the key of the target)."""
