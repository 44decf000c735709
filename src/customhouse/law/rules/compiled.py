"""The fast way: many rules as one generated Python function per level, criteria in buckets by chapter.

`failing(rules)` gives a function that names the rules that do not hold; `firing(rules)` one that names those that do.
The generated text only ever contains trees that `syntax.read` has checked.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from customhouse.law.rules.syntax import Rule
from customhouse.record.facts import WHOLE

Found = Callable[[Any, Any], list[int]]


class _Python(ast.NodeTransformer):
    """The rule language in plain Python: facts become local names, starts() becomes str.startswith and so on."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "starts":
            words = ast.Tuple(node.args[1:], ast.Load()) if len(node.args) > 2 else node.args[1]
            return ast.Call(ast.Attribute(node.args[0], "startswith", ast.Load()), [words], [])
        if name == "contains":
            tests = [ast.Compare(word, [ast.In()], [node.args[0]]) for word in node.args[1:]]
            return ast.BoolOp(ast.Or(), list(tests)) if len(tests) > 1 else tests[0]
        if name == "length":
            return ast.Call(ast.Name("len", ast.Load()), node.args, [])
        return node


def failing(rules: Sequence[Rule], lists: Mapping[str, Any]) -> Found:
    """One function (header facts, item facts) -> indexes of the rules that do not hold."""
    return _generate(rules, range(len(rules)), lists, negate=True)


def firing(rules: Sequence[Rule], lists: Mapping[str, Any]) -> Found:
    """One function (header facts, item facts) -> indexes of the rules that hold, in order.

    Item rules that begin with starts(code, ...) are only asked for goods of those chapters.
    """
    by_chapter: dict[str, list[int]] = {}
    always: list[int] = []
    for n, rule in enumerate(rules):
        chapters = _chapters(rule.tree)
        if rule.level == "item" and chapters:
            for chapter in chapters:
                by_chapter.setdefault(chapter, []).append(n)
        else:
            always.append(n)
    if not by_chapter:
        return _generate(rules, always, lists, negate=False)
    general = _generate(rules, always, lists, negate=False)
    special = {
        chapter: _generate(rules, sorted({*always, *numbers}), lists, negate=False)
        for chapter, numbers in by_chapter.items()
    }

    def fire(h: Any, i: Any) -> list[int]:
        return special.get(i.code[:2], general)(h, i)

    return fire


def _chapters(tree: ast.expr) -> set[str]:
    """Chapters that a starts(code, ...) conjunct restricts the rule to, or nothing where it does not."""
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    for part in parts:
        if (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Name)
            and part.func.id == "starts"
            and isinstance(part.args[0], ast.Name)
            and part.args[0].id == "code"
        ):
            words = [str(a.value) for a in part.args[1:] if isinstance(a, ast.Constant)]
            if all(len(w) >= 2 for w in words):
                return {w[:2] for w in words}
    return set()


def _generate(rules: Sequence[Rule], numbers: Any, lists: Mapping[str, Any], *, negate: bool) -> Found:
    used = sorted({fact for n in numbers for fact in rules[n].facts})
    source = ["def found(h, i):", " out = []"]
    source += [f" {fact} = {'h' if fact in WHOLE else 'i'}.{fact}" for fact in used]
    word = "if not" if negate else "if"
    for n in numbers:
        tree = _Python().visit(ast.parse(rules[n].text.strip(), mode="eval").body)
        source.append(f" {word} ({ast.unparse(ast.fix_missing_locations(tree))}): out.append({n})")
    source.append(" return out")
    names: dict[str, Any] = {name: lists[name] for n in numbers for name in rules[n].lists}
    exec(compile("\n".join(source), "<rules>", "exec"), names)  # noqa: S102 - only trees checked by syntax.read
    found: Found = names["found"]
    return found
