"""What the documentation prints is what the software does: commands run as printed, lists are complete."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pa_parquet
import pytest
import typer

from zhenzan.cli import main
from zhenzan.cli.app import app
from zhenzan.lab import SUMMARY
from zhenzan.lab.bench.frontier import SIDES
from zhenzan.lab.bench.table_schemas import FRONTIER
from zhenzan.policy import load_policy
from zhenzan.screen import EVIDENCE
from zhenzan.screen import FEATURES as SCREENED
from zhenzan.verify.evidence.features import FEATURES
from zhenzan.verify.evidence.rules import COLUMNS, check_rules

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def commands(page: Path) -> list[str]:
    return [
        line.split("  #")[0].strip()
        for block in blocks(page, "sh")
        for line in block.splitlines()
        if line.startswith("zhenzan ")
    ]


def python_of(page: Path) -> str:
    (code,) = blocks(page, "python")
    return code


def run(command: str | list[str], folder: Path) -> None:
    """Run it as a newcomer would, in the folder, with the installed command first on the path."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    shell = isinstance(command, str)
    done = subprocess.run(
        command, shell=shell, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"


def all_verbs() -> dict[str, Any]:
    """Every command by its words: `verify`, `lab world`."""
    verbs: dict[str, Any] = {}
    for name, verb in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(verb, "commands", None)
        verbs |= (
            {name: verb}
            if below is None
            else {f"{name} {word}": inner_verb for word, inner_verb in below.items()}
        )
    return verbs


@pytest.mark.slow
def test_every_command_and_the_python_of_the_readme_run_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = "who,what,when\n" + "".join(f"a{n % 7},v{n % 5},{1_700_000_000 + 977 * n}\n" for n in range(60))
    (tmp_path / "log.csv").write_text(renamed)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    lines = commands(ROOT / "README.md")
    assert len(lines) >= 6
    run(lines[0], tmp_path)
    monkeypatch.chdir(tmp_path)
    for line in lines[1:]:  # the rest in this process: a new one takes a second to load
        if "log.csv" in line:  # a log of one's own: its result goes elsewhere, and leaves the sample's alone
            line = line.replace("--out result/", "--out own/")
        name, *words = shlex.split(line)
        assert (name, main(words)) == ("zhenzan", 0), line
    exec(python_of(ROOT / "README.md"), {})


@pytest.mark.slow
def test_the_tutorial_of_the_lab_runs_as_printed(tmp_path: Path) -> None:
    script = "\n".join(["set -e", *blocks(DOCS / "tutorial-lab.md", "sh")])
    for most, few in (("replicates = 10", "replicates = 2"), ("= 8\n", "= 2\n"), ("0.25, 0.5, 0.75, ", "")):
        assert most in script
        script = script.replace(most, few)
    run(script, tmp_path)
    assert all((tmp_path / name / "report.html").is_file() for name in ("first", "fines", "recall"))


def test_the_reference_names_every_key_and_table_of_experiments() -> None:
    page = (DOCS / "reference" / "experiment.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    assert named >= {*FRONTIER.names, *SIDES, "runs", "sizes", "intervals", "size_intervals", "contrasts"}
    assert named >= {"format", "name", "scenario", "replicates", "first_seed", "outcomes", "keys", "values"}
    assert named >= {"title", "title_zh", "swept"}


def test_both_readmes_print_the_same_commands_and_code() -> None:
    english, chinese = ROOT / "README.md", ROOT / "README.zh-CN.md"
    assert commands(english) == commands(chinese)
    assert ast.dump(ast.parse(python_of(english))) == ast.dump(ast.parse(python_of(chinese)))


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_every_zhenzan_command_of_the_documentation_is_one(page: Path) -> None:
    verbs = all_verbs()
    for line in commands(page):
        words = line.split()
        verb = words[1] if words[1] in verbs else " ".join(words[1:3])
        assert verb in verbs, line
        known = {option for parameter in verbs[verb].params for option in parameter.opts} | {"--help"}
        assert {word for word in line.split() if word.startswith("--")} <= known, line


def test_the_reference_names_every_verb_and_option() -> None:
    page = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    for name, verb in all_verbs().items():
        section = page.split(f"## {name}\n", 1)[1].split("\n## ", 1)[0]
        missing = [p.opts[0] for p in verb.params if p.opts[0].startswith("--") and p.opts[0] not in section]
        assert [option for option in missing if option not in ("--help", "--debug")] == []


def test_the_reference_lists_what_the_screen_counts_and_hears() -> None:
    page = (DOCS / "reference" / "screen.md").read_text(encoding="utf-8")
    assert [name for name, words in SCREENED.items() if f"| `{name}` | {words} |" not in page] == []
    heard = (
        f"| `{evidence.name}` | {evidence.description} | {max(evidence.decibans):+.0f} dB |"
        for evidence in EVIDENCE
    )
    assert [line for line in heard if line not in page] == []


def test_the_reference_names_every_outcome() -> None:
    page = (DOCS / "explanation" / "lab.md").read_text(encoding="utf-8")
    assert {name: what for name, what in SUMMARY.items() if f"| `{name}` | {what} |" not in page} == {}


def test_the_reference_names_every_feature_and_every_column_of_rules() -> None:
    page = (DOCS / "reference" / "evidence.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|", page, re.MULTILINE)
    assert {(f.name, f.unit, f.description) for f in FEATURES.values()} <= set(rows)
    assert {name for name, _, _ in rows} >= set(COLUMNS)


def test_the_reference_explains_every_name_of_evidence(sample_result: Path) -> None:
    page = (DOCS / "reference" / "evidence.md").read_text(encoding="utf-8").split("\n## Features", 1)[0]
    explained = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", page, re.MULTILINE))
    names = json.loads((sample_result / "summary.json").read_text())["evidence_names"]
    assert {name: explained.get(name, "").strip() for name in names} == names


def test_the_rules_of_the_how_to_guide_are_valid(tmp_path: Path) -> None:
    (rules,) = blocks(DOCS / "howto" / "rules.md", "toml")
    (tmp_path / "policy.toml").write_text(rules)
    policy = load_policy(tmp_path / "policy.toml")
    assert len(policy.rules) == 3
    check_rules(policy.rules)


@pytest.mark.parametrize("table", ["verdicts", "accounts", "items", "moments", "rings"])
def test_the_reference_names_every_column_of_the_results(table: str, sample_result: Path) -> None:
    page = (DOCS / "reference" / "results.md").read_text(encoding="utf-8")
    section = page.split(f"## {table}\n", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", section, re.MULTILINE))))
    assert named == set(pa_parquet.read_schema(sample_result / f"{table}.parquet").names)


def test_every_dependency_is_pinned_to_a_version_and_no_address() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    dependencies = [
        *project["dependencies"],
        *(d for extra in project["optional-dependencies"].values() for d in extra),
    ]
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pinned = {line.split("==")[0] for line in lines}
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in lines)
    assert {re.split(r"[\[<>=]", name)[0] for name in dependencies} - {"zhenzan"} <= pinned
