"""The rule language, and the gate that every rule passes: which SQL it may hold, by DuckDB's syntax tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from zhenzan.errors import PolicyError, did_you_mean
from zhenzan.policy import Rule

__all__ = [
    "FUNCTIONS",
    "LIKE_COLUMNS",
    "TEXT",
    "TIME",
    "WHOLE",
    "Vocabulary",
    "bind",
    "check_rules",
    "connect",
    "first_line",
    "names_of",
    "query",
]

TEXT, WHOLE, TIME = pa.string(), pa.int64(), pa.timestamp("us")
LIKE_COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "timestamp": (TIME, "When it happened (UTC)."),
    "watched": (WHOLE, "Milliseconds watched."),
    "duration": (WHOLE, "Length of the item in milliseconds."),
    "region": (TEXT, "ISO 3166 code."),
    "app": (TEXT, "Tenant."),
    "origin": (TEXT, "organic, search, profile, direct or promoted:<order>."),
}
"""What every rule may name of a like, beside who liked what."""


@dataclass(frozen=True)
class Vocabulary:
    """Vocabulary of rules: `columns` with type and meaning, `features` (numbers); `ids`: columns that are
    text or whole numbers, as the log has them.
    """

    columns: Mapping[str, tuple[pa.DataType, str]]
    features: Mapping[str, Any]
    ids: tuple[str, ...] = ()


_CLASSES = {"COMPARISON", "CONJUNCTION", "COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "BETWEEN", "CASE"}
_CLASSES |= {"CAST", "TYPE"}
_CLASS_WORDS = {
    "SUBQUERY": "a query",
    "WINDOW": "a window function",
    "STAR": "*",
    "PARAMETER": "a parameter",
    "LAMBDA": "a lambda",
}
_OPERATORS = {
    "OPERATOR_NOT",
    "OPERATOR_IS_NULL",
    "OPERATOR_IS_NOT_NULL",
    "OPERATOR_COALESCE",
    "OPERATOR_CAST",
}
_OPERATORS |= {"OPERATOR_NULLIF", "OPERATOR_TRY", "COMPARE_IN", "COMPARE_NOT_IN"}
_FUNCTIONS = """
    + - * / // % ** ^ || ~~ !~~ ~~* !~~* ~~~
    like_escape not_like_escape ilike_escape not_ilike_escape
    abs ceil ceiling floor round trunc sign sqrt exp ln log log2 log10 pow power mod greatest least
    isnan isinf isfinite ifnull nullif coalesce
    lower upper length len strlen substr substring left right trim ltrim rtrim concat
    starts_with ends_with prefix suffix contains instr strpos position regexp_matches regexp_full_match
    date_part date_trunc date_diff datediff epoch epoch_ms year month day hour minute second
    dayofweek isodow dayofyear week weekday strftime
    to_years to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""What a rule may call: pure functions of one like, none of which can take long or grow without bound."""

_SETTINGS = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "threads": "2",
    "preserve_insertion_order": "true",
    "lock_configuration": "true",
}


def names_of(connection: Any, rule: Rule, words: Vocabulary) -> list[str]:
    """Return the columns and features that a rule names, or raise `PolicyError`."""
    tree = _parse(connection, rule)
    names: set[str] = set()
    for node in _nodes(tree):
        problem = _forbidden(node)
        if problem:
            raise PolicyError(f"rule {rule.name!r}: {problem}")
        if node.get("class") == "COLUMN_REF":
            names.add(_known_name(rule, node["column_names"], words))
    return sorted(names)


def _parse(connection: Any, rule: Rule) -> dict[str, Any]:
    """Return the syntax tree of the one expression, or raise `PolicyError`."""
    if not rule.when.strip():
        raise PolicyError(f"rule {rule.name!r}: is not a SQL expression: it is empty")
    text = f"SELECT (\n{rule.when}\n)"
    answer = connection.execute("SELECT json_serialize_sql(?)", [text]).fetchall()[0][0]
    try:
        parsed = json.loads(answer)
    except RecursionError:
        raise PolicyError(f"rule {rule.name!r}: nests too deeply") from None
    if parsed.get("error"):
        message = parsed.get("error_message", "it cannot be read")
        raise PolicyError(f"rule {rule.name!r}: is not a SQL expression: {first_line(message)}")
    nodes = [statement["node"] for statement in parsed["statements"]]
    node = nodes[0] if len(nodes) == 1 else {}
    plain = node.get("type") == "SELECT_NODE" and len(node.get("select_list", ())) == 1
    extras = ("where_clause", "having", "qualify", "sample", "group_expressions", "modifiers")
    if (
        not plain
        or node["from_table"]["type"] != "EMPTY"
        or any(node.get(extra) for extra in extras)
        or node.get("cte_map", {}).get("map")
    ):
        raise PolicyError(f"rule {rule.name!r}: must be one SQL expression, not a query")
    expression: dict[str, Any] = node["select_list"][0]
    return expression


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a syntax tree, without recursion: rules may nest deeply."""
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if "class" in here:
                yield here
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)


def _forbidden(node: dict[str, Any]) -> str | None:
    """Say why a node may not stand in a rule, or None where it may."""
    kind, name = str(node["class"]), str(node.get("function_name", ""))
    if kind not in _CLASSES:
        return f"may not hold {_CLASS_WORDS.get(kind, kind.lower().replace('_', ' '))}"
    if kind == "OPERATOR" and node["type"] not in _OPERATORS:
        return f"may not hold the operator {str(node['type']).removeprefix('OPERATOR_').lower()}"
    if kind != "FUNCTION":
        return None
    if name.lower() not in FUNCTIONS or node.get("schema") or node.get("catalog"):
        return f"may not call {name!r}{did_you_mean(name, FUNCTIONS)}"
    if node.get("filter") or node.get("distinct") or (node.get("order_bys") or {}).get("orders"):
        return f"may not aggregate with {name!r}"
    return None


def _known_name(rule: Rule, parts: Sequence[str], words: Vocabulary) -> str:
    name = ".".join(parts)
    for known in (*words.columns, *words.features):
        if len(parts) == 1 and name.lower() == known:
            return known
    near = did_you_mean(name, [*words.columns, *words.features])
    raise PolicyError(f"rule {rule.name!r}: there is no column or feature {name!r}{near}")


def bind(
    connection: Any, rule: Rule, names: Iterable[str], ids: Mapping[str, pa.DataType], words: Vocabulary
) -> str:
    """Return why the rule is no true-or-false expression where ids have these types, or an empty string."""
    import duckdb

    fields: dict[str, pa.Array] = {"_": pa.nulls(0, pa.bool_())}
    for name in names:
        kind = ids[name] if name in ids else words.columns[name][0] if name in words.columns else pa.float64()
        fields[name] = pa.nulls(0, kind)
    connection.register("likes", pa.table(fields))
    try:
        described = connection.execute(f"DESCRIBE SELECT (\n{rule.when}\n) AS applies FROM likes").fetchall()
        if described[0][1] != "BOOLEAN":
            type_name = described[0][1].lower().strip('"')
            return f"rule {rule.name!r}: gives {type_name}, not true or false; compare it with something"
        connection.execute(query(rule)).fetchall()
    except duckdb.Error as error:
        return f"rule {rule.name!r}: {first_line(error)}"
    finally:
        connection.unregister("likes")
    return ""


def first_line(error: object) -> str:
    """DuckDB's message as one short line, without its kind and its picture of the query."""
    line = str(error).strip().splitlines()[0] if str(error).strip() else "it fails"
    line = re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", line)
    return line if len(line) <= 300 else line[:297] + "..."


def query(rule: Rule) -> str:
    return f"SELECT coalesce((\n{rule.when}\n), false) AS applies FROM likes"


def connect() -> Any:
    import duckdb  # which takes a tenth of a second: not for who has no rules

    settings = dict(_SETTINGS)
    while True:
        try:
            return duckdb.connect(":memory:", config=settings)  # type: ignore[arg-type]
        except duckdb.Error as error:  # a version that does not know one of the lesser settings
            unknown = next((name for name in settings if name in str(error)), None)
            if unknown is None or unknown in ("enable_external_access", "lock_configuration"):
                raise
            del settings[unknown]


def check_rules(rules: Sequence[Rule], words: Vocabulary) -> None:
    """Raise `PolicyError` for the first rule that could not run on any log; no log is needed."""
    if not rules:
        return
    connection = connect()
    try:
        for rule in rules:
            names = names_of(connection, rule, words)
            problems = [
                bind(connection, rule, names, dict.fromkeys(words.ids, kind), words) for kind in (TEXT, WHOLE)
            ]
            if all(problems):
                raise PolicyError(problems[0])
    finally:
        connection.close()
