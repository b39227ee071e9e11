import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.metrics import judge
from benchmarks.zhenzan_method import Opinion

from benchmarks import accuracy, document, real_timing_worlds, run, worlds
from zhenzan.progress import SILENT


def _oracle(world: worlds.World) -> Opinion:
    """A detector that knows the truth, but is not quite sure of it."""
    probability = np.where(world.kind_of_like == worlds.NATURAL, 0.01, 0.99)
    called_fake = probability > 0.9
    judged = judge(world, probability, called_fake, world.ring, is_probability=True)
    return Opinion(probability, called_fake, world.ring, 1.0, judged)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "QUICK_LIKES", 60_000)
    monkeypatch.setattr(accuracy, "opine", _oracle)
    monkeypatch.setattr(accuracy, "warm_up", lambda: None)


@pytest.mark.usefixtures("small")
def test_farm_section_has_a_row_for_every_variant() -> None:
    text = accuracy.farms(SILENT, quick=True)
    assert text.count("| 1.000 | 1.000 | 1.000 | 1.000 | 0.000 % | 0.000 % | 0 | 1.000 |") == 4


@pytest.mark.usefixtures("small")
@pytest.mark.skipif(
    not (real_timing_worlds.data_folder() / "github_fake_stars.parquet").exists(),
    reason="the research data is not on this machine (set ZHENZAN_DATA)",
)
def test_replay_section_has_a_row_for_every_case() -> None:
    text = accuracy.replay(SILENT, quick=True)
    assert text.count("| kuairand |") == text.count("| election |") == 6


def test_tables_are_markdown() -> None:
    text = document.table(("what", "n", "share"), [("a", 1234, 0.5), ("b", None, float("nan"))])
    assert text.splitlines() == [
        "| what | n | share |",
        "| --- | ---: | ---: |",
        "| a | 1,234 | 0.500 |",
        "| b | – | – |",
    ]


def test_measuring_one_section_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    document.update({"speed": "## Speed\n\nfast"}, run.SECTIONS, path)
    document.update({"lab": "## Lab\n\nright"}, run.SECTIONS, path)
    document.update({"speed": "## Speed\n\nfaster"}, run.SECTIONS, path)
    text = path.read_text()
    assert text.count("## Speed") == text.count("## Lab") == 1
    assert "faster" in text
    assert text.index("## Lab") < text.index("## Speed") < text.index("## How this is measured")
    assert document.machine() in text


def test_sections_are_chosen_by_name_or_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert run._parse(["--only", "accuracy,speed"])[0] == [
        "lab",
        "farms",
        "replay",
        "labels",
        "speed",
    ]
    assert run._parse([])[0] == list(run.SECTIONS)
    with pytest.raises(SystemExit):
        run._parse(["--only", "sped"])
    assert "no section sped" in capsys.readouterr().err
