"""Pairs of made-up names of people with their truth: one person written twice, or two people whose names are alike.

What the public benchmark has too little of is two people who share all names but one, and that one alike: only such pairs
teach how much a changed surname weighs. Nothing here is taken from it; surnames are stems and endings put together.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from customhouse.simulator.draw import Draw

GIVEN = (
    "Anna", "Boris", "Carla", "David", "Elena", "Farid", "Galina", "Hassan", "Irina", "Jonas", "Karim", "Lucia", "Marta", "Nikola", "Omar", "Pavel",
    "Rosa", "Samir", "Tomas", "Ulrike", "Viktor", "Yasmin", "Zoran", "Ahmed", "Mehmet", "Ingrid", "Paulo", "Thabo", "Kofi", "Leila", "Stefan", "Joana",
    "Abdul Rahim", "Maria Luisa", "Jean Paul", "Ana Paula", "Nur Aisyah", "Mir Wais",
)  # fmt: skip
STEMS = (
    "Mar", "Sal", "Bel", "Kad", "Lem", "Per", "Mont", "Ram", "Jord", "Sand", "Vol", "Kar", "Hol", "Tor", "Bar", "Fer", "Gon", "Hak", "Iva", "Kos",
    "Lor", "Mel", "Nas", "Oro", "Pet", "Ros", "Sim", "Tar", "Var", "Zel", "Ben", "Dal", "Gar", "Han", "Jan", "Khal", "Lind", "Mos", "Ner", "Rash",
)  # fmt: skip
ENDINGS = (
    "ales", "inas", "illo", "ovic", "enko", "ov", "son", "berg", "eira", "ero", "ani", "ford", "escu", "idis", "oglu", "mann", "wala", "adi", "uri",
    "etti", "ossa", "yan", "adze", "inen", "zadeh",
)  # fmt: skip
SOUNDS = (
    ("v", "w"),
    ("i", "y"),
    ("sh", "sch"),
    ("kh", "h"),
    ("u", "ou"),
    ("k", "c"),
    ("ss", "s"),
    ("ov", "off"),
    ("j", "y"),
    ("z", "s"),
)


class PersonPair(msgspec.Struct, frozen=True):
    """Two names and whether they are one person's."""

    first: str
    second: str
    same: bool


def pairs(seed: int, n: int) -> list[PersonPair]:
    """`n` pairs, half of them one person's."""
    found = []
    for at in range(n):
        draw = Draw(seed, "people", at)
        person = _person(draw)
        same = at % 2 == 0
        second = draw.one(SAME)(draw, person) if same else draw.one(OTHER)(draw, person)
        first = " ".join(person)
        if draw.chance(0.3):
            first, second = first.upper(), second.upper()
        if not same or first != second:
            found.append(PersonPair(first, second, same))
    return found


def _person(draw: Draw) -> list[str]:
    """Given name, perhaps a middle one, one surname or two."""
    names = [draw.one(GIVEN)]
    if draw.chance(0.3):
        names.append(draw.one(GIVEN))
    names.append(_surname(draw))
    if draw.chance(0.3):
        names.append(_surname(draw))
    return names


def _surname(draw: Draw) -> str:
    particle = draw.one(("al-", "el ", "de ", "ben ", "van ")) if draw.chance(0.15) else ""
    return particle + draw.one(STEMS) + draw.one(ENDINGS)


# --- one person written otherwise --------------------------------------------------------------------------------------


def _misspelled(draw: Draw, person: list[str]) -> str:
    at = draw.whole(0, len(person) - 1)
    word = person[at]
    place = draw.whole(1, max(1, len(word) - 2))
    changed = draw.one((word[:place] + word[place + 1 :], word[:place] + word[place] + word[place:]))
    return " ".join([*person[:at], changed, *person[at + 1 :]])


def _sounding(draw: Draw, person: list[str]) -> str:
    text = " ".join(person)
    for one, other in draw.some(SOUNDS, 4):
        if one in text:
            return text.replace(one, other, 1)
    return text.replace("-", " ")


def _last_first(draw: Draw, person: list[str]) -> str:
    return f"{person[-1]}, {' '.join(person[:-1])}"


def _initial(draw: Draw, person: list[str]) -> str:
    return " ".join([f"{person[0][0]}.", *person[1:]])


def _shorter(draw: Draw, person: list[str]) -> str:
    return " ".join([person[0], person[-1]]) if len(person) > 2 else _misspelled(draw, person)


# --- somebody else ------------------------------------------------------------------------------------------------------


def _other_ending(draw: Draw, person: list[str]) -> str:
    last = person[-1]
    ending = next((e for e in ENDINGS if last.endswith(e)), "")
    return " ".join(
        [*person[:-1], last[: len(last) - len(ending)] + draw.one(tuple(e for e in ENDINGS if e != ending))]
    )


def _other_surname(draw: Draw, person: list[str]) -> str:
    return " ".join([*person[:-1], _surname(draw)])


def _other_given(draw: Draw, person: list[str]) -> str:
    return " ".join([draw.one(tuple(g for g in GIVEN if g != person[0])), *person[1:]])


def _other_middle(draw: Draw, person: list[str]) -> str:
    if len(person) < 3:
        return _other_ending(draw, person)
    return " ".join([person[0], draw.one(tuple(g for g in GIVEN if g != person[1])), *person[2:]])


Change = Callable[[Draw, list[str]], str]
SAME: tuple[Change, ...] = (_misspelled, _misspelled, _sounding, _sounding, _last_first, _initial, _shorter)
OTHER: tuple[Change, ...] = (_other_ending, _other_ending, _other_surname, _other_given, _other_middle)
