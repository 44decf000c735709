"""The fast way: many rules as generated Python functions, those of an item in buckets by chapter or origin.

`failing(rules)` gives a function that names the rules that do not hold; `firing(rules)` one that names those that do. The
generated text is only ever made by `emit` from trees that `syntax.read` has checked.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from customhouse.law.rules.emit import Emitter
from customhouse.law.rules.syntax import Rule
from customhouse.record.facts import WHOLE

Found = Callable[[Any, Any], list[int]]
MOST_KEYS = 200  # values of one rule that a bucket is made for


def failing(rules: Sequence[Rule], lists: Mapping[str, Any]) -> Found:
    """One function (header facts, item facts) -> indexes of the rules that do not hold; one that is undecided is not named.

    For rules of the whole declaration the second argument are the facts of all items, if any rule counts over them.
    """
    return _generate(rules, range(len(rules)), lists, negate=True)


def firing(rules: Sequence[Rule], lists: Mapping[str, Any]) -> Found:
    """One function (header facts, item facts) -> indexes of the rules that hold, in order.

    Item rules that want goods of a chapter, or of an origin, are only asked for such goods.
    """
    chapters: dict[str, list[int]] = {}
    origins: dict[str, list[int]] = {}
    always: list[int] = []
    for n, rule in enumerate(rules):
        if rule.level != "item":
            always.append(n)
        elif (keys := _chapters(rule.tree, lists)) is not None:
            _add(chapters, keys, n)
        elif (keys := _origins(rule.tree, lists)) is not None:
            _add(origins, keys, n)
        else:
            always.append(n)
    general = _generate(rules, always, lists, negate=False)
    if not chapters and not origins:
        return general
    of_chapter = {key: _generate(rules, numbers, lists, negate=False) for key, numbers in chapters.items()}
    of_origin = {key: _generate(rules, numbers, lists, negate=False) for key, numbers in origins.items()}

    def fire(h: Any, i: Any) -> list[int]:
        out = general(h, i)
        if (found := of_chapter.get(i.code[:2])) is not None:
            out += found(h, i)
        if (found := of_origin.get(i.origin)) is not None:
            out += found(h, i)
        out.sort()
        return out

    return fire


def _add(buckets: dict[str, list[int]], keys: Iterable[str], number: int) -> None:
    for key in keys:
        buckets.setdefault(key, []).append(number)


def _parts(tree: ast.expr) -> list[ast.expr]:
    return tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]


def _chapters(tree: ast.expr, lists: Mapping[str, Any]) -> set[str] | None:
    """The chapters that one of the joined conditions restricts the rule to, or None where none does."""
    for part in _parts(tree):
        words: Iterable[str] | None = None
        match part:
            case ast.Call(func=ast.Name(id="starts"), args=[ast.Name(id="code"), ast.Name(id=name)]):
                words = lists[name]
            case ast.Call(func=ast.Name(id="starts"), args=[ast.Name(id="code"), *rest]):
                words = [str(a.value) for a in rest if isinstance(a, ast.Constant)]
            case ast.Compare():
                words = _equal(part, "code", lists)
        if words is not None and len(keys := {w[:2] for w in words}) <= MOST_KEYS and all(len(k) == 2 for k in keys):
            return keys
    return None


def _origins(tree: ast.expr, lists: Mapping[str, Any]) -> set[str] | None:
    for part in _parts(tree):
        words = _equal(part, "origin", lists) if isinstance(part, ast.Compare) else None
        if words is not None and len(keys := set(words)) <= MOST_KEYS:
            return keys
    return None


def _equal(e: ast.Compare, fact: str, lists: Mapping[str, Any]) -> Iterable[str] | None:
    """The texts that a comparison allows a fact to be, or None where it is none of that kind."""
    match e:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str(word))]):
            return [word] if name == fact else None
        case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[ast.Tuple(elts=elements)]):
            return [str(x.value) for x in elements if isinstance(x, ast.Constant)] if name == fact else None
        case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[ast.Name(id=group)]):
            return list(lists[group]) if name == fact and group in lists else None
    return None


def _generate(rules: Sequence[Rule], numbers: Iterable[int], lists: Mapping[str, Any], *, negate: bool) -> Found:
    emitter = Emitter(lists)
    numbers = list(numbers)
    tests = [(n, emitter.rule(rules[n], sure=not negate)) for n in numbers]
    used = sorted({fact for n in numbers for fact in _local(rules[n])})
    source = ["def found(h, i):", " out = []"]
    source += [f" f_{fact} = {'h' if fact in WHOLE else 'i'}.{fact}" for fact in used]
    source += [f" s_{fact} = spaced(f_{fact})" for fact in sorted(emitter.texts)]
    source += [f" if {'not ' if negate else ''}{test}: out.append({n})" for n, test in tests]
    source.append(" return out")
    names = dict(emitter.names)
    exec(compile("\n".join(source), "<rules>", "exec"), names)  # noqa: S102 - only trees checked by syntax.read
    found: Found = names["found"]
    return found


def _local(rule: Rule) -> Iterable[str]:
    """The facts that a generated function needs by name: in a rule of the whole those of an item are counted over."""
    return rule.facts if rule.level == "item" else (f for f in rule.facts if f in WHOLE)
