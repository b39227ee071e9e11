"""Which room may know which: imports run one way, and through a room's face only."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "zhenzan"

# What anyone may import: no rooms, just ground.
GROUND = {
    "arrays",
    "client",
    "closeable",
    "config",
    "deprecation",
    "errors",
    "batching",
    "logging_setup",
    "presentation",
    "parallel",
    "parquet_sql",
    "progress",
    "rooms",
    "times",
    "translation",
    "version",
    "atomic_files",
}
BASE = {"interactions", "policy"}
ENGINES = {"verify", "screen", "ledger", "value", "lake"}
SERVICES = {"rewards", "promote", "insight", "settlement"}
TOPS = {"lab", "service", "console", "cli"}

MAY_IMPORT: dict[str, set[str]] = {
    "__main__": {"cli"},
    "arrays": set(),
    "client": set(),
    "closeable": set(),
    "config": set(),
    "deprecation": set(),
    "batching": set(),
    "errors": set(),
    "logging_setup": set(),
    "presentation": set(),
    "parallel": set(),
    "parquet_sql": set(),
    "progress": set(),
    "rooms": set(),
    "times": set(),
    "translation": set(),
    "version": set(),
    "atomic_files": set(),
    "rules": {"policy"},  # the language of rules, for whoever runs some
    "sample": {"lab"},  # a scenario of the lab's, written as a log
    "store": set(),
    **{room: set() for room in BASE},
    **{room: BASE | {"store", "rules"} for room in ENGINES},
    "screen": BASE | {"lake", "rules"},  # it reads what lies there
    **{room: BASE | ENGINES | {"store"} for room in SERVICES},
    **{room: BASE | ENGINES | SERVICES | {"store", "sample", "lab", "console", "service"} for room in TOPS},
}


def rooms() -> list[str]:
    return sorted(
        path.stem
        for path in SOURCE.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    )


def files_of(room: str) -> list[Path]:
    single = SOURCE / f"{room}.py"
    return [single] if single.exists() else sorted((SOURCE / room).rglob("*.py"))


@cache
def zhenzan_imports(path: Path, source: Path = SOURCE) -> list[tuple[int, str, str | None]]:
    """(line, module, imported name) of each import of this package's, relative ones made absolute."""
    imports: list[tuple[int, str, str | None]] = []
    package = ["zhenzan", *path.relative_to(source).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            names = (alias.name for alias in node.names)
            imports += [(node.lineno, name, None) for name in names if name.split(".")[0] == "zhenzan"]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module.split(".")[0] == "zhenzan":
                imports += [(node.lineno, module, alias.name) for alias in node.names]
    return imports


def target_room(module: str, name: str | None) -> str | None:
    """Return the room that the import reaches, or None for the package's own face."""
    parts = module.split(".")
    if len(parts) > 1:
        return parts[1]
    return name if name in rooms() else None


def face_of(room: str) -> set[str]:
    """Read `__all__` of a room without importing it."""
    init = SOURCE / room / "__init__.py"
    for node in ast.parse(init.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            return set(ast.literal_eval(node.value))
    raise AssertionError(f"{init} has no __all__: a package's __init__ is its face")


def module_graph(source: Path) -> dict[str, set[str]]:
    """Which modules each module imports, those in functions and for type checkers included."""
    path_of = {}
    for path in source.rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        path_of[".".join(["zhenzan", *(parts[:-1] if parts[-1] == "__init__" else parts)])] = path
    graph: dict[str, set[str]] = {}
    for module, path in path_of.items():
        imported = {
            whole if (whole := f"{target}.{name}") in path_of else target
            for _, target, name in zhenzan_imports(path, source)
        }
        graph[module] = imported & set(path_of) - {module}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module."""
    reached: dict[str, set[str]] = {}
    for module in graph:
        seen, waiting = set(), [module]
        while waiting:
            new = graph[waiting.pop()] - seen
            seen |= new
            waiting += new
        reached[module] = seen
    rings = {
        tuple(sorted({module, *(other for other in reached[module] if module in reached[other])}))
        for module in graph
        if module in reached[module]
    }
    return sorted(map(list, rings))


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = module_graph(SOURCE)
    assert len(graph) > 400, "the modules were not found"
    assert circles(graph) == []


@pytest.mark.parametrize(
    "hidden",
    [
        "from zhenzan.room.writer import write",
        "def write():\n    from zhenzan.room import writer",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import zhenzan.room.writer",
        "def write():\n    from .writer import write",
    ],
)
def test_a_circle_is_found_wherever_the_import_stands(tmp_path: Path, hidden: str) -> None:
    (tmp_path / "room").mkdir()
    texts = {"__init__": "", "record": hidden, "writer": "from zhenzan.room.record import Record", "leaf": ""}
    for name, text in texts.items():
        (tmp_path / "room" / f"{name}.py").write_text(text)
    assert circles(module_graph(tmp_path)) == [["zhenzan.room.record", "zhenzan.room.writer"]]


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    assert room in MAY_IMPORT, f"{room} is new: say in MAY_IMPORT which rooms it may know"
    allowed = MAY_IMPORT[room] | GROUND | {room}
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {module}"
        for path in files_of(room)
        for line, module, name in zhenzan_imports(path)
        if (target := target_room(module, name)) is not None and target not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("room", [room for room in rooms() if (SOURCE / room).is_dir()])
def test_others_import_from_a_rooms_face_only(room: str) -> None:
    face = face_of(room)
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {name or 'all'} from {module}"
        for other in [*rooms(), "__init__"]
        if other != room
        for path in files_of(other)
        for line, module, name in zhenzan_imports(path)
        if module.split(".")[1:2] == [room] and (module.count(".") > 1 or name not in face)
    ]
    assert not wrong


def test_the_core_imports_no_pandas() -> None:
    wrong = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(a.name.split(".")[0] == "pandas" for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pandas")
    ]
    assert not wrong


def in_a_new_python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_importing_zhenzan_loads_no_library() -> None:
    heavy = (
        "{'numpy', 'numba', 'pyarrow', 'duckdb', 'altair', 'rich', 'typer', 'msgspec', 'narwhals', 'babel'}"
    )
    assert in_a_new_python(f"import sys, zhenzan; print({heavy} & set(sys.modules))") == "set()"


def test_the_help_is_shown_without_loading_the_engine() -> None:
    code = (
        "import sys; from zhenzan.cli import main; code = main(['--help']); "
        "print(code, {'numba', 'duckdb', 'altair', 'babel'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr.strip() == "0 set()"


@pytest.mark.parametrize(
    "first",
    [
        "zhenzan.Result",
        "zhenzan.verify",
        "__import__('zhenzan.verify')",
        "zhenzan.calibrate",
        "zhenzan.load_policy",
    ],
)
def test_verify_can_be_called_whatever_was_imported_before(first: str) -> None:
    code = (
        f"import zhenzan; {first}; assert callable(zhenzan.verify); zhenzan.verify.Result; zhenzan.verify([])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "InputError" in done.stderr


def test_every_name_of_the_face_is_there() -> None:
    code = "import zhenzan; print([n for n in zhenzan.__all__ if not hasattr(zhenzan, n)])"
    assert in_a_new_python(code) == "[]"
