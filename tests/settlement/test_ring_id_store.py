"""What rings are called: the same people keep their ring's id, and nobody gets another ring's."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.settlement.ring_id_store import carry_ring_ids, merged_in, read_ring_ids, tidy_ring_ids
from zhenzan.times import DAY_US
from zhenzan.verify.rings.partition import Rings
from zhenzan.verify.rings.ring_ids import named_rings

Crews = dict[str, set[int]]
MANY = 400


def settle(home: Path, number: int, crews: list[set[int]], day: int | None = None) -> dict[int, set[int]]:
    """One settlement that finds these crews, and what it calls them; nothing is held in memory."""
    of_account = np.full(MANY, -1, np.int32)
    for ring, crew in enumerate(sorted(crews, key=len, reverse=True)):
        of_account[list(crew)] = ring
    names = pa.array([f"a{account}" for account in range(MANY)])
    before = read_ring_ids(home, number - 1)
    rings = named_rings(Rings(of_account, len(crews)), names, before.known)
    called = rings.called(of_account)
    folder = home / "results" / f"pass-{number:08d}"
    folder.mkdir(parents=True)
    accounts = pa.table({"account": names, "ring": pa.array(called, mask=called < 0)})
    pq.write_table(accounts, folder / "accounts.parquet")
    carry_ring_ids(home, folder, before, number, (number if day is None else day) * DAY_US)
    tidy_ring_ids(home, number)
    members: dict[int, set[int]] = {}
    for account in np.flatnonzero(called >= 0).tolist():
        members.setdefault(int(called[account]), set()).add(account)
    return members


def merged(home: Path, number: int) -> dict[int, int]:
    return merged_in(home / "results" / f"pass-{number:08d}")


def crew(first: int, count: int) -> set[int]:
    return set(range(first, first + count))


def test_a_ring_that_grows_past_another_keeps_its_id(tmp_path: Path) -> None:
    assert settle(tmp_path, 1, [crew(0, 30), crew(100, 20)]) == {0: crew(0, 30), 1: crew(100, 20)}
    assert settle(tmp_path, 2, [crew(0, 30), crew(100, 90)]) == {0: crew(0, 30), 1: crew(100, 90)}


def test_of_rings_that_merge_the_larger_keeps_its_id_and_the_others_lead_to_it(tmp_path: Path) -> None:
    settle(tmp_path, 1, [crew(0, 20), crew(100, 30), crew(200, 50)])
    assert set(settle(tmp_path, 2, [crew(0, 20) | crew(100, 30), crew(200, 50)])) == {0, 1}
    assert merged(tmp_path, 2) == {2: 1}
    everyone = crew(0, 20) | crew(100, 30) | crew(200, 50)
    for number in (3, 4):
        assert settle(tmp_path, number, [everyone]) == {0: everyone}
        assert merged(tmp_path, number) == {1: 0, 2: 0}


def test_of_a_ring_that_goes_apart_the_larger_part_keeps_the_id(tmp_path: Path) -> None:
    settle(tmp_path, 1, [crew(0, 60)])
    assert settle(tmp_path, 2, [crew(0, 35), crew(35, 25)]) == {0: crew(0, 35), 1: crew(35, 25)}
    assert merged(tmp_path, 2) == {}


def test_a_ring_that_comes_back_is_itself_and_one_of_other_people_is_not(tmp_path: Path) -> None:
    settle(tmp_path, 1, [crew(0, 40)])
    assert settle(tmp_path, 2, []) == {}
    assert settle(tmp_path, 3, [crew(5, 40)]) == {0: crew(5, 40)}
    assert settle(tmp_path, 4, []) == {}
    assert set(settle(tmp_path, 5, [crew(30, 90)])) == {1}
    assert set(settle(tmp_path, 6, [crew(200, 20)])) == {2}


def test_ids_outlive_lost_results_and_long_absence_but_are_never_given_again(tmp_path: Path) -> None:
    settle(tmp_path, 1, [crew(0, 40), crew(100, 20)])
    settle(tmp_path, 57, [crew(0, 40)])
    assert settle(tmp_path, 2, [crew(0, 40), crew(300, 10)]) == {0: crew(0, 40), 2: crew(300, 10)}
    assert set(settle(tmp_path, 3, [crew(100, 20)], day=400)) == {1}
    assert set(settle(tmp_path, 4, [crew(0, 40)], day=800)) == {3}


steps = st.lists(
    st.tuples(st.sampled_from(["grow", "shrink", "born", "gone"]), st.integers(0, 9), st.integers(1, 6)),
    min_size=3,
    max_size=8,
)


@settings(max_examples=5)
@given(steps)
def test_people_who_stay_together_keep_their_ring(steps: list[tuple[str, int, int]]) -> None:
    crews: dict[int, set[int]] = {0: crew(0, 12)}
    ids: dict[int, int] = {}
    free = list(range(12, MANY))
    with tempfile.TemporaryDirectory() as folder:
        for number, (what, which, count) in enumerate(steps, 1):
            chosen = sorted(crews)[which % len(crews)]
            if what == "born":
                crews[max([*crews, *ids]) + 1] = {free.pop() for _ in range(count + 4)}
            elif what == "gone" and len(crews) > 1:
                del crews[chosen]
            elif what == "grow":
                crews[chosen] |= {free.pop() for _ in range(count)}
            elif len(crews[chosen]) >= 8:  # of a handful, who stays is a handful too
                crews[chosen] = set(sorted(crews[chosen])[min(count, len(crews[chosen]) // 2) :])
            members = settle(Path(folder), number, list(crews.values()))
            called = {
                name: ring for name, people in crews.items() for ring in members if members[ring] == people
            }
            assert len(called) == len(crews)
            for name, ring in called.items():
                assert ids.setdefault(name, ring) == ring
        assert len(set(ids.values())) == len(ids)
