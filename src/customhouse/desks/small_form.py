"""A small form: an act that a reader may do now, with its fields; and what is wrong when it was filled in wrongly."""

from __future__ import annotations

from typing import Any

import msgspec


class Mistake(ValueError):
    """A form was filled in wrongly; the message is shown in it, beside what was typed."""


class Field(msgspec.Struct, frozen=True):
    """A field of a form: `kind` is text, long, date, number, choice or file."""

    name: str
    label: Any
    kind: str = "long"
    choices: tuple[tuple[str, Any], ...] = ()
    value: str = ""
    required: bool = True
    hint: Any = ""


class Form(msgspec.Struct, frozen=True):
    """An act as a form. `key` tells apart forms of one act; `main` stands open and first."""

    name: str
    act: str
    title: Any
    button: Any
    icon: str
    fields: tuple[Field, ...]
    main: bool = False
    key: str = ""
    fault: str = ""
