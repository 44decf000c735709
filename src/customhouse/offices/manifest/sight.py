"""Who sees what of a cargo report: its carrier all of it, others of the trade the documents that concern them."""

from __future__ import annotations

from msgspec.structs import replace

from customhouse.record.cargo import CargoReport
from customhouse.record.manifest import Level, TransportDocument


def is_forwarder(document: TransportDocument, trader: str) -> bool:
    """Whether this trader may tell the houses of the document: its forwarder, or its consignee where none is named."""
    if document.level is not Level.MASTER or not document.consolidated or not trader:
        return False
    named = document.forwarder or document.consignee
    return named is not None and named.id == trader


def sight(report: CargoReport, trader: str, submitter: str = "") -> CargoReport | None:
    """The report as this trader may see it; None where nothing in it concerns them."""
    if not trader:
        return None
    if trader in (report.carrier, submitter):
        return report
    mine = {d.number for d in report.manifest.documents if _concerns(d, trader)}
    mine |= {
        d.number for d in report.manifest.documents if d.level is Level.HOUSE and _forwards(report, d.master, trader)
    }
    if not mine:
        return None
    documents = tuple(d for d in report.manifest.documents if d.number in mine)
    boxes = {number for d in documents for number in d.containers}
    told = replace(
        report.manifest,
        documents=documents,
        equipment=tuple(e for e in report.manifest.equipment if e.number in boxes),
        document_count=None,
        package_count=None,
        gross_mass=None,
    )
    return replace(
        report,
        manifest=told,
        taken=tuple(t for t in report.taken if t.document in mine),
        discrepancies=tuple(x for x in report.discrepancies if x.document in mine),
    )


def _concerns(document: TransportDocument, trader: str) -> bool:
    parties = (document.consignee, document.forwarder)
    return any(p is not None and p.id == trader for p in parties)


def _forwards(report: CargoReport, master: str, trader: str) -> bool:
    found = report.manifest.document(master)
    return found is not None and is_forwarder(found, trader)
