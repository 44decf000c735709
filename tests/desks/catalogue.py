"""The words of the desks: what pages say, what the French catalogue has for it, and the binary catalogue that is shipped.

`python -m tests.desks.catalogue` writes django.mo from django.po and lists what is missing or no longer said.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from pathlib import Path
from typing import NamedTuple

DESKS = Path(__file__).resolve().parents[2] / "src" / "customhouse" / "desks"
PO = DESKS / "locale" / "fr" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
CALL = re.compile(rf"\b(\w*gettext\w*|_)\(\s*((?:u?(?:{TEXT})\s*,?\s*)+)")


class Message(NamedTuple):
    """What is said: its context, its words, its words for many."""

    context: str
    one: str
    many: str = ""


def _message(kind: str, texts: list[str]) -> Message:
    context = texts.pop(0) if "pgettext" in kind else ""
    return Message(context, texts[0], texts[1] if "ngettext" in kind or "npgettext" in kind else "")


def in_python(source: str) -> set[Message]:
    """What a module says, under whatever names it has imported gettext."""
    tree = ast.parse(source)
    kinds = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if "gettext" in alias.name
    }
    found = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds):
            continue
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if texts:
            found.add(_message(kinds[node.func.id], texts))
    return found


def in_template(source: str) -> set[Message]:
    """What a template says."""
    from django.utils.translation.template import templatize

    called = CALL.findall(templatize(source))
    return {_message(kind, [ast.literal_eval(t) for t in re.findall(TEXT, texts)]) for kind, texts in called}


def said() -> set[Message]:
    """Everything that the desks say."""
    found: set[Message] = set()
    for path in DESKS.rglob("*.py"):
        found |= in_python(path.read_text("utf-8"))
    for path in DESKS.rglob("*.html"):
        found |= in_template(path.read_text("utf-8"))
    return found


def read_po(text: str) -> dict[Message, list[str]]:
    """The entries of a .po file: message -> its translations, one, or one for each plural form."""
    entries: dict[Message, list[str]] = {}
    for block in re.split(r"\n\s*\n", text):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            word, _space, rest = line.partition(" ") if not line.startswith('"') else (name, "", line)
            name = word
            parts[name] = parts.get(name, "") + ast.literal_eval(rest)
        if "msgid" in parts:
            key = Message(parts.get("msgctxt", ""), parts["msgid"], parts.get("msgid_plural", ""))
            entries[key] = [parts[n] for n in sorted(parts) if n.startswith("msgstr")]
    return entries


def mo(entries: dict[Message, list[str]]) -> bytes:
    """The binary catalogue of these entries."""
    table = {}
    for key, translations in entries.items():
        words = "\0".join((key.one, key.many)) if key.many else key.one
        table[(f"{key.context}\4{words}" if key.context else words).encode()] = "\0".join(translations).encode()
    keys = sorted(table)
    at = 28 + 16 * len(keys)
    index, data = [], b""
    for texts in (keys, [table[k] for k in keys]):
        for text in texts:
            index += [len(text), at + len(data)]
            data += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 28 + 16 * len(keys))
    return head + struct.pack(f"<{len(index)}I", *index) + data


def main() -> int:
    entries, wanted = read_po(PO.read_text("utf-8")), said()
    MO.write_bytes(mo(entries))
    missing = sorted(wanted - set(entries))
    stale = sorted(set(entries) - wanted - {Message("", "")})
    for word, found in (("missing", missing), ("no longer said", stale)):
        for message in found:
            print(f"{word}: {message}")
    return 1 if missing or stale else 0


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.configure()
    django.setup()
    sys.exit(main())
