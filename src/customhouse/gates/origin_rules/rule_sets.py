"""Rule sets into product rules: one for every range of codes and description of goods, its alternatives joined by "or"."""

from __future__ import annotations

import re
from typing import Any

from customhouse.gates.origin_rules.report import Report
from customhouse.gates.origin_rules.words import classes, classes_by_words, inline_classes, plain
from customhouse.law.terms import Agreement, ProductRule

SET = {"heading", "min", "max", "rules", "valid", "subdivision", "chapter"}
RULE = {"rule", "class", "footnotes", "operator", "quota", "import", "export"}
INLINE = {"id", "id_rule", "heading", "description", "rule", "alternate_rule"}
CODE = re.compile(r"[0-9]{10}")
QUOTA = " (only for goods within the quota that the agreement opens for this rule)"


def product_rules(made: Agreement, document: dict[str, Any], report: Report) -> list[ProductRule]:
    """The product rules of the document with the rule sets of an agreement."""
    for key in sorted(document.keys() - {"rule_sets"}):
        report.warn("NotLaw", "has no place in the law", made.id, key)
    sets = document["rule_sets"]
    if not isinstance(sets, list):
        report.error("WrongType", "the rule sets are no list and are left out", made.id)
        return []
    found: dict[ProductRule, int] = {}
    for number, told in enumerate(sets, 1):
        rule = _of_set(made, told, f"rule set {number}", report)
        if rule is not None and found.setdefault(rule, number) != number:
            report.warn("RepeatedRule", "the same rule set stands twice and is taken once", made.id, rule.heading)
    return list(found)


def _of_set(made: Agreement, told: Any, number: str, report: Report) -> ProductRule | None:
    if not isinstance(told, dict):
        report.error("WrongType", "a rule set that is no object is left out", made.id, number)
        return None
    heading = plain(told.get("heading"))
    low, high = told.get("min"), told.get("max")
    if not (isinstance(low, str) and isinstance(high, str) and CODE.fullmatch(low) and CODE.fullmatch(high)):
        report.error(
            "InvalidCode", "a range of codes has ten digits; the rule set is left out", made.id, heading or number
        )
        return None
    if low > high or not told.get("valid", True):
        report.error(
            "InvalidRange", "the source marks the range as wrong, or it is; left out", made.id, heading or number
        )
        return None
    for key in sorted(told.keys() - SET):
        report.warn("UnknownField", "the field of a rule set is not known", made.id, key)
    given = told.get("rules")
    rules = [r for r in (given if isinstance(given, list) else ()) if _counts(r, made, heading, report)]
    if not rules:
        report.error("NoRule", "a rule set without a rule for imports is left out", made.id, heading or number)
        return None
    chapter = told.get("chapter")
    goods = plain(told.get("subdivision")) or (f"Chapter {chapter}" if chapter else heading)
    words = [_words(r) for r in rules]
    kinds = [kind for r, text in zip(rules, words, strict=True) for kind in _classes(r, text, made, report)]
    # The text of reference is that of the agreement, which the rule follows by its name; it is not repeated here.
    return ProductRule(made.id, low, high, heading, goods, tuple(dict.fromkeys(kinds)), " or ".join(words))


def _counts(rule: Any, made: Agreement, heading: str, report: Report) -> bool:
    """Whether it is a rule for imports; what else it carries is reported."""
    if not isinstance(rule, dict) or not plain(rule.get("rule")):
        report.error("NoText", "a rule without words is left out", made.id, heading)
        return False
    for key in sorted(rule.keys() - RULE):
        report.warn("UnknownField", "the field of a rule is not known", made.id, key)
    if rule.get("footnotes"):
        report.warn(
            "Footnote", "the footnote of a rule is named but not taken", made.id, f"{heading}: {rule['footnotes']}"
        )
    if rule.get("import") is False:
        report.error("ExportOnly", "a rule for exports only is left out", made.id, heading)
        return False
    return True


def _words(rule: dict[str, Any]) -> str:
    noted = "".join(f" (see {plain(n)})" for n in rule.get("footnotes") or () if plain(n))
    return plain(rule["rule"]) + noted + (QUOTA if rule.get("quota") else "")


def _classes(rule: dict[str, Any], text: str, made: Agreement, report: Report) -> list[str]:
    told = rule.get("class") or ()
    found: list[str] = []
    for one in told if isinstance(told, list) else ():
        known, rest = classes(str(one))
        found.extend(known)
        if rest:
            report.warn("UnknownClass", "the class of a rule is not known", made.id, rest)
    if not found:
        report.warn("ReadFromWords", "a rule carries no class; it is read from its words", made.id)
        said = classes_by_words(text)
        found.extend(said or (() if text.startswith("-") else ("SP",)))
    return found


# --- the interface's form: rules inside the scheme, headings in words ------------------------------------------------


def inline_rules(made: Agreement, told: list[Any], report: Report) -> list[ProductRule]:
    """The product rules that stand in a scheme itself."""
    found: dict[ProductRule, None] = {}
    for number, rule in enumerate(told, 1):
        heading = plain(rule.get("heading")) if isinstance(rule, dict) else ""
        span = codes(heading)
        if span is None:
            report.error(
                "InvalidCode", "the heading names no codes; the rule is left out", made.id, heading or f"rule {number}"
            )
            continue
        for key in sorted(rule.keys() - INLINE):
            if rule[key]:
                report.warn("UnknownField", "the field of a rule is not known", made.id, key)
        texts = [t for t in (rule.get("rule"), rule.get("alternate_rule")) if plain(t)]
        if not texts:
            report.error("NoText", "a rule without words is left out", made.id, heading)
            continue
        kinds = [k for t in texts for k in _classes({"class": list(inline_classes(t))}, plain(t), made, report)]
        words = " or ".join(plain(t) for t in texts)
        goods = plain(rule.get("description")) or heading
        found[ProductRule(made.id, *span, heading, goods, tuple(dict.fromkeys(kinds)), words)] = None
    return list(found)


def codes(heading: str) -> tuple[str, str] | None:
    """The ten-digit range of a heading in words: ``ex Chapter 3``, ``0301 to 0309``, ``7019``, ``8523.21``; or None."""
    text = re.sub(r"^ex\s*", "", heading.strip(), flags=re.I)
    if found := re.fullmatch(r"chapters?\s*(\d{1,2})(?:\s*(?:-|to|and)\s*(\d{1,2}))?", text, re.I):
        low, high = found[1].zfill(2), (found[2] or found[1]).zfill(2)
    elif found := re.fullmatch(r"(\d[\d. ]*?)(?:\s*(?:-|to)\s*(\d[\d. ]*))?", text, re.I):
        low, high = (re.sub(r"[. ]", "", part) for part in (found[1], found[2] or found[1]))
    else:
        return None
    if low > high or not all(2 <= len(c) <= 10 and len(c) % 2 == 0 for c in (low, high)):
        return None
    return low.ljust(10, "0"), high.ljust(10, "9")
