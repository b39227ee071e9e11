from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tests.interactions.helpers import read, read_with_rejects, write

from zhenzan.interactions.column_types import NULL_WORDS
from zhenzan.interactions.pseudonyms import KeyedHash

HEADER = "user,item,time,ip,device\n"


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=5))))
def test_equal_values_and_only_these_have_equal_hashes(values: list[str | None]) -> None:
    hashed = KeyedHash(b"key", "device").read(pa.array(values, pa.string()))
    assert hashed.type == pa.uint64()
    stripped = [(value or "").strip() for value in values]
    clean = [None if value.casefold() in NULL_WORDS else value for value in stripped]
    assert [number is None for number in hashed.to_pylist()] == [value is None for value in clean]
    assert len(set(hashed.to_pylist())) == len(set(clean))


def test_the_hash_is_keyed_blake2b() -> None:
    key = blake2b(b"secret", digest_size=32, person=b"ip").digest()
    expected = int.from_bytes(blake2b(b"10.0.0.1", digest_size=8, key=key).digest(), "little")
    assert KeyedHash(b"secret", "ip").read(pa.array(["10.0.0.1"])).to_pylist() == [expected]


def test_key_and_purpose_keep_hashes_apart() -> None:
    values = pa.array(["10.0.0.1"])
    hashes = [
        KeyedHash(key, purpose).read(values)[0].as_py()
        for key in (None, b"k" * 100)
        for purpose in ("ip", "device")
    ]
    assert len(set(hashes)) == 4


def test_runs_agree_without_a_key_and_differ_between_keys(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", HEADER + "a,b,2024-01-01,10.0.0.1,phone\nc,d,2024-01-01,,\n")
    first = read(path)
    assert read(path) == first
    assert (first[1]["ip"], first[1]["device"]) == (None, None)
    other = read(path, hash_key=b"secret")
    assert {row["ip"] for row in other[:1]}.isdisjoint({row["ip"] for row in first})


def test_addresses_and_devices_never_reach_the_rejects(tmp_path: Path) -> None:
    text = (
        HEADER
        + ",b,2024-01-01,203.0.113.77,phone-12345\na,b,never,203.0.113.77,phone-12345\na,203.0.113.77\n"
    )
    _, rejected = read_with_rejects(
        write(tmp_path / "log.csv", text + '"a,b,2024-01-01,203.0.113.77,phone-12345\n')
    )
    assert len(rejected) == 4
    assert "203.0.113" not in str(rejected)
    assert "phone-12345" not in str(rejected)
