"""A scheme into an agreement: who may claim, since when, under which preference codes, with which proofs."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Literal

from customhouse.gates.origin_rules.report import Report
from customhouse.gates.origin_rules.words import plain
from customhouse.kernel.validity import Validity
from customhouse.law.terms import Agreement

# The document codes of each kind of proof (TARIC certificates; 9001, 9002 and U110 to U118 as used in the United Kingdom).
# An entry of one letter stands for a whole type of certificate: U, proofs of origin.
PROOFS = {
    "eur1": ("N954",),
    "eur-med": ("U045", "9002"),
    "origin-declaration": ("U", "9001"),
    "invoice-declaration": ("U", "9001"),
    "importers-knowledge": ("U112", "U118"),
    "gsp-form-a": ("N865",),
    "certificate-of-origin": ("N861", "N954"),
}
# How the interface, which names no class, words its proofs.
SUMMARIES = (
    (r"eur[\s.-]*1", "eur1"),
    (r"eur[\s.-]*med", "eur-med"),
    (r"invoice declaration", "invoice-declaration"),
    (r"importer.s knowledge", "importers-knowledge"),
    (r"form a\b", "gsp-form-a"),
    (r"declaration|statement on origin|certification of origin", "origin-declaration"),
    (r"certificate of origin", "certificate-of-origin"),
)
DOCUMENT = re.compile(r"\b([A-Z]\d{3}|\d{4}|\d[A-Z]\d{2})\b")
# First digit of the preference code (UCC-IA Annex B, DE 4/17): 2 schemes granted by one side, 3 other preferences.
UNILATERAL, AGREED = ("2",), ("3",)
TRANSPORT: dict[str, Literal["direct", "non_alteration"]] = {
    "direct transport": "direct",
    "direct-transport": "direct",
    "non-alteration": "non_alteration",
}
READ = {
    "scheme_code", "title", "countries", "validity_start_date", "validity_end_date", "unilateral", "proofs", "proof_codes",
    "cumulation_methods", "articles", "ord", "rules", "id",
}  # fmt: skip
EARLIEST = date(2020, 1, 1)


def agreement(scheme: dict[str, Any], where: str, report: Report) -> Agreement | None:
    """The agreement of a scheme, or None when it is left out; `rules` is its own id."""
    code = scheme.get("scheme_code") or scheme.get("id")
    if not isinstance(code, str) or not code.strip():
        report.error("MissingField", "a scheme without a code is left out", where)
        return None
    code = code.strip()
    for key in sorted(scheme.keys() - READ):
        if scheme[key]:
            report.warn("NotLaw", "has no place in the law", code, key)
    validity = _validity(scheme, code, report)
    areas = _areas(scheme, code, report)
    if validity is None or not areas:
        if not areas:
            report.error("NoCountry", "a scheme that names no country is left out", code)
        return None
    title = plain(scheme.get("title")) or code
    return Agreement(
        id=code,
        text={"en": title},
        areas=areas,
        preferences=UNILATERAL if scheme.get("unilateral") else AGREED,
        proofs=_proofs(scheme, code, report),
        rules=code,
        cumulation=tuple(sorted(map(str, scheme.get("cumulation_methods") or ()))),
        transport=_transport(scheme),
        validity=validity,
        source=_source(scheme.get("ord"), title),
    )


def _validity(scheme: dict[str, Any], code: str, report: Report) -> Validity | None:
    """The end of a scheme is its last day, so that it ends for us on the day after."""
    if not scheme.get("validity_start_date"):
        report.warn("NoDate", f"no first day is given; {EARLIEST} is taken", code)
    try:
        start = date.fromisoformat(scheme.get("validity_start_date") or EARLIEST.isoformat())
        last = scheme.get("validity_end_date")
        return Validity(start, date.fromisoformat(last) + timedelta(days=1) if last else None)
    except (TypeError, ValueError) as fault:
        report.error("InvalidDate", f"the scheme is left out: {fault}", code)
        return None


def _areas(scheme: dict[str, Any], code: str, report: Report) -> tuple[str, ...]:
    found: list[str] = []
    told = scheme.get("countries")
    for area in told if isinstance(told, list) else ():
        if isinstance(area, str) and re.fullmatch(r"[A-Z]{2}", area):
            found.append(area)
        else:
            report.warn(
                "UnknownCountry",
                "is no country code and is not taken; its countries are named beside it",
                code,
                str(area),
            )
    return tuple(dict.fromkeys(found))


def _proofs(scheme: dict[str, Any], code: str, report: Report) -> tuple[str, ...]:
    """The document codes that prove origin: those the scheme names itself, else those of its kinds of proof."""
    told = scheme.get("proof_codes")
    named = (
        DOCUMENT.findall(" ".join(v for k, v in told.items() if k.startswith("DE 2/3")))
        if isinstance(told, dict)
        else []
    )
    if named:
        return tuple(dict.fromkeys(named))
    codes: list[str] = []
    for proof in scheme.get("proofs") or ():
        kind = proof.get("proof_class") if isinstance(proof, dict) else ""
        summary = plain(proof.get("summary")) if isinstance(proof, dict) else str(proof)
        kinds = [kind] if kind in PROOFS else [k for shape, k in SUMMARIES if re.search(shape, summary, re.I)]
        if not kinds:
            report.warn("UnknownProof", "no document code is known for this kind of proof", code, kind or summary)
        codes.extend(c for k in kinds for c in PROOFS[k])
    return tuple(dict.fromkeys(codes))


def _transport(scheme: dict[str, Any]) -> Literal["", "direct", "non_alteration"]:
    articles = scheme.get("articles")
    titles = articles.values() if isinstance(articles, dict) else ()
    return next((TRANSPORT[t] for t in titles if t in TRANSPORT), "")


def _source(reference: Any, title: str) -> str:
    """The text of reference with its version and date, where the scheme names one."""
    if not isinstance(reference, dict) or not reference.get("ord_title"):
        return title
    text = plain(reference["ord_title"])
    version = reference.get("ord_version")
    marked = f"{text}, version {version}" if version and f"version {version}" not in text.lower() else text
    day = reference.get("ord_date")
    return f"{marked}, {day}" if day and day not in marked else marked
