"""Which tables the statements of a room name, as its source says.

A statement is what reaches `fetch`, `fetch_within` or `exec_driver_sql`: written there, in a local or a
constant, put together from parts, or handed on by way of other functions of the room.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path

__all__ = ["GIVEN", "UNKNOWN", "Mention", "mentions", "tables_in"]

RUNNERS = {("fetch", 0), ("fetch_within", 0), ("exec_driver_sql", 0)}  # methods, and which argument they run
UNKNOWN = "{?}"  # a part that the source does not tell
GIVEN = "{table}"  # the name of a `Table`, which a room imports from its own declarations alone
TEXTS_MAX = 500  # that one expression may come to

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[\w{}?.]+|[(),]")
_FIRST, _LAST = (
    {"from", "into", "update", "join"},
    {
        "where",
        "group",
        "order",
        "limit",
        "having",
        "union",
        "select",
        "set",
        "returning",
        "values",
    },
)


@dataclass(frozen=True, order=True)
class Mention:
    """A table, or UNKNOWN, that a statement of a file names."""

    file: str
    line: int
    table: str


@dataclass(eq=False)
class _Scope:
    """A module or function: its parameters, and what is assigned to names in it."""

    file: str
    parent: _Scope | None
    name: str = ""
    parameters: list[str] = field(default_factory=list)
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)
    returned: list[ast.expr] = field(default_factory=list)
    calls: list[ast.Call] = field(default_factory=list)


def tables_in(statement: str) -> list[str]:
    """What stands where a statement names tables: after FROM, JOIN, INTO and UPDATE, lists included."""
    tables, is_list, is_next, outer = list[str](), False, False, list[bool]()
    for token in _TOKEN.findall(statement):
        word = token.lower()
        if word == "(":
            outer.append(is_list)
            is_list = is_next = False
        elif word == ")":
            is_list, is_next = bool(outer and outer.pop()), False
        elif word == ",":
            is_next = is_list
        elif word in _FIRST:
            is_list = is_next = True
        elif word in _LAST:
            is_list = is_next = False
        elif is_next:
            tables.append(token.strip('"'))
            is_next = False
    return tables


def mentions(paths: Iterable[Path]) -> set[Mention]:
    """Of the statements in the files of one room."""
    paths = list(paths)
    if not any(f".{name}(" in path.read_text("utf-8") for path in paths for name, _ in RUNNERS):
        return set()
    scopes = [scope for path in paths for scope in _scopes(path)]
    by_name: dict[str, list[_Scope]] = {}
    for scope in scopes:
        by_name.setdefault(scope.name, []).append(scope)
    calls = [(scope, call) for scope in scopes for call in scope.calls]
    runners, waiting, mentioned = set(RUNNERS), list(RUNNERS), set[Mention]()
    while waiting:
        name, position = waiting.pop()
        for scope, call in calls:
            if _called(call) != name or (argument := _argument(call, position, by_name.get(name))) is None:
                continue
            for text in _texts(argument, scope, by_name):
                mentioned |= {Mention(scope.file, call.lineno, table) for table in tables_in(text)}
            new = set(_handed_on(argument, scope)) - runners
            runners |= new
            waiting += new
    return mentioned


def _scopes(path: Path) -> list[_Scope]:
    scopes: list[_Scope] = []

    def walk(node: ast.AST, scope: _Scope) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                all_of = (*child.args.posonlyargs, *child.args.args, *child.args.kwonlyargs)
                parameters = [parameter.arg for parameter in all_of if parameter.arg != "self"]
                inner = _Scope(path.name, scope, getattr(child, "name", ""), parameters)
                scopes.append(inner)
                walk(child, inner)
                continue
            if isinstance(child, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and child.value:
                for target in child.targets if isinstance(child, ast.Assign) else [child.target]:
                    for name, value in _assigned(target, child.value):
                        scope.assigned.setdefault(name, []).append(value)
            elif isinstance(child, ast.Return) and child.value:
                scope.returned.append(child.value)
            elif isinstance(child, ast.Call):
                scope.calls.append(child)
            walk(child, scope)

    scopes.append(_Scope(path.name, None))
    walk(ast.parse(path.read_text("utf-8"), str(path)), scopes[0])
    return scopes


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _assigned(one, other)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _argument(call: ast.Call, position: int, makers: list[_Scope] | None) -> ast.expr | None:
    names = {maker.parameters[position] for maker in makers or () if position < len(maker.parameters)} or {
        "text"
    }
    named = [keyword.value for keyword in call.keywords if keyword.arg in names]
    return named[0] if named else call.args[position] if position < len(call.args) else None


def _handed_on(argument: ast.expr, scope: _Scope) -> Iterator[tuple[str, int]]:
    """The functions, and places of parameters, that a part of an argument comes from."""
    names = {child.id for child in ast.walk(argument) if isinstance(child, ast.Name)}
    inner: _Scope | None = scope
    while inner is not None:
        for name in tuple(names & set(inner.assigned)):
            names |= {
                child.id
                for value in inner.assigned[name]
                for child in ast.walk(value)
                if isinstance(child, ast.Name)
            }
        for name in names & set(inner.parameters):
            if inner.name:
                yield inner.name, inner.parameters.index(name)
        inner = inner.parent


def _texts(node: ast.expr, scope: _Scope, by_name: dict[str, list[_Scope]], depth: int = 0) -> list[str]:
    """All that an expression may come to."""
    several: list[tuple[ast.expr, _Scope]] = []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
        combinations = product(*(_texts(part, scope, by_name, depth) for part in parts))
        return ["".join(some) for some in islice(combinations, TEXTS_MAX)]
    if isinstance(node, ast.FormattedValue):
        is_table = isinstance(node.value, ast.Attribute) and node.value.attr == "name"
        return [GIVEN] if is_table else _texts(node.value, scope, by_name, depth)
    if isinstance(node, ast.IfExp):
        several = [(node.body, scope), (node.orelse, scope)]
    elif isinstance(node, ast.Name):
        inner: _Scope | None = scope
        while inner is not None and node.id not in inner.assigned:
            inner = inner.parent
        several = [(value, inner) for value in inner.assigned[node.id]] if inner else []
    elif isinstance(node, ast.Call):
        makers = by_name.get(_called(node), [])
        several = [(value, maker) for maker in makers for value in maker.returned]
    if not several or depth > 8:
        return [UNKNOWN]
    return [text for expression, where in several for text in _texts(expression, where, by_name, depth + 1)]
