"""Tests hold on a busy machine and beside others of their kind: no deadline, fixed port or stopwatch."""

from __future__ import annotations

import ast
import re
import socket
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).resolve().parent
CLOCKS = {"monotonic", "perf_counter", "process_time", "time"}
ADDRESS = r"\('(127\.0\.0\.1|0\.0\.0\.0|localhost|::1?|)', [1-9]\d*\)"


def trees() -> dict[str, ast.Module]:
    paths = sorted(TESTS.rglob("*.py"))
    return {str(path.relative_to(TESTS)): ast.parse(path.read_text("utf-8")) for path in paths}


def deadlines(tree: ast.AST) -> Iterator[int]:
    """Lines that set a deadline, or a check of how long making up examples takes, beside the profile."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "deadline":
            yield node.value.lineno
        if isinstance(node, ast.Attribute) and node.attr == "too_slow":
            yield node.lineno


def fixed_ports(tree: ast.AST) -> Iterator[int]:
    """Lines that give a command a port of their own, or an address to listen at."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple | ast.Call):
            values = [
                child.value if isinstance(child, ast.Constant) else None
                for child in ast.iter_child_nodes(node)
            ]
            if any(name == "--port" and port not in (None, "0") for name, port in pairwise(values)):
                yield node.lineno
        if isinstance(node, ast.Tuple) and re.fullmatch(ADDRESS, ast.unparse(node)):
            yield node.lineno
        if isinstance(node, ast.Constant) and re.search(r"--port[= ][1-9]", str(node.value)):
            yield node.lineno


def stopwatches(tree: ast.AST) -> Iterator[int]:
    """Lines that assert what a clock says, or have a patience of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            attributes = (
                node_within for node_within in ast.walk(node.test) if isinstance(node_within, ast.Attribute)
            )
            if any(
                attribute.attr in CLOCKS and ast.unparse(attribute.value) == "time"
                for attribute in attributes
            ):
                yield node.lineno
        if isinstance(node, ast.keyword) and node.arg == "timeout" and isinstance(node.value, ast.Constant):
            yield node.value.lineno


def lines_of(check: object, tree: ast.AST) -> list[int]:
    return sorted(set(check(tree)))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("check", "allowed"),
    [(deadlines, "conftest.py"), (fixed_ports, "none"), (stopwatches, "polling.py")],
    ids=lambda check: getattr(check, "__name__", ""),
)
def test_no_test_is_hurried(check: object, allowed: str) -> None:
    places = [f"{path}:{line}" for path, tree in trees().items() for line in lines_of(check, tree)]
    assert [line for line in places if line.split(":")[0] not in (allowed, "test_no_deadlines.py")] == []


def test_what_is_hurried_is_found() -> None:
    hurried = ast.parse(
        "@settings(deadline=200)\n"
        "def test(): main(['serve', home, '--port', '8230'])\n"
        "run(*words, '--port', '18231')\n"
        "socket.bind(('127.0.0.1', 8230))\n"
        "run('zhenzan serve --port 8230')\n"
        "assert time.monotonic() - began < 10\n"
        "wait(timeout=5)\n"
        "main(['serve', '--port', '0']); socket.bind(('127.0.0.1', 0)); wait(timeout=PATIENCE_SECONDS)\n"
    )
    assert lines_of(deadlines, hurried) == [1]
    assert lines_of(fixed_ports, hurried) == [2, 3, 4, 5]
    assert lines_of(stopwatches, hurried) == [6, 7]


def test_the_profile_of_all_tests_has_no_deadline() -> None:
    profile = settings()
    assert profile.deadline is None
    assert HealthCheck.too_slow in profile.suppress_health_check


def test_a_test_that_binds_a_port_of_its_own_fails() -> None:
    from zhenzan.cli import main

    with socket.socket() as one, pytest.raises(AssertionError, match="bind to 0"):
        one.bind(("127.0.0.1", 8230))
    with pytest.raises(AssertionError, match="bind to 0"):
        main(["serve", str(TESTS), "--no-worker", "--debug"])
