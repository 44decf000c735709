"""Writing agreements as the TOML that `pack` reads: what is written reads back as the same words, always in the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from customhouse.law.terms import Agreement

AGREEMENTS = "agreements.toml"


def agreements_file(agreements: Iterable[Agreement]) -> bytes:
    """The bytes of agreements.toml, in order of id and day."""
    tables = [_table(a) for a in sorted(agreements, key=lambda a: (a.id, a.validity.start))]
    return "\n".join(tables).encode()


def _table(agreement: Agreement) -> str:
    validity = agreement.validity
    lists = ("areas", "preferences", "proofs", "cumulation", "transit_proofs")
    values = {
        "id": _text(agreement.id),
        "from": validity.start.isoformat(),
        "until": validity.until.isoformat() if validity.until else "",
        **{name: f"[{', '.join(map(_text, words))}]" for name in lists if (words := getattr(agreement, name))},
        **{name: _text(word) for name in ("rules", "transport", "source") if (word := getattr(agreement, name))},
        "text": f"{{ {', '.join(f'{_key(k)} = {_text(v)}' for k, v in agreement.text.items())} }}",
    }
    return "\n".join(("[[agreement]]", *(f"{name} = {value}" for name, value in values.items() if value), ""))


def _key(language: str) -> str:
    return language if re.fullmatch(r"[A-Za-z0-9_-]+", language) else _text(language)


def _text(word: str) -> str:
    """A basic string of TOML; the escapes of JSON are escapes of TOML too, but DEL must be escaped besides."""
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")
