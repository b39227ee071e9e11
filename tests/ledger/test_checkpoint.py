"""Signed notes: against the vector that the format's own documentation gives, and against tampering."""

from __future__ import annotations

import base64
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.errors import ProofError
from zhenzan.ledger import Checkpoint, SigningKey, VerifyingKey

# From the documentation of golang.org/x/mod/sumdb/note.
VECTOR_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
VECTOR_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
VECTOR_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdn"
    "gotpRZb6KE6RyyBwJnAM=\n"
)
KEY = SigningKey("ledger", bytes(range(32)))


def test_a_note_of_the_reference_is_verified() -> None:
    key = VerifyingKey.parse(VECTOR_KEY)
    assert str(key) == VECTOR_KEY
    signed = base64.b64decode(VECTOR_LINE.split(" ")[2])
    assert signed[:4] == key.id
    assert key.signed(VECTOR_TEXT, signed[4:])
    assert not key.signed(VECTOR_TEXT + " ", signed[4:])


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_back_and_holds_by_its_key_alone(size: int, root: bytes) -> None:
    note = Checkpoint("ledger", size, root).signed_by([KEY])
    read = Checkpoint.parse(note)
    assert (read.origin, read.size, read.root) == ("ledger", size, root)
    assert read.holds([KEY.public])
    assert not read.holds([SigningKey("ledger", bytes(32)).public])
    assert not read.holds([])
    other = Checkpoint("ledger", size + 1, root, read.signatures)
    assert not other.holds([KEY.public])


@given(st.data())
def test_a_changed_character_is_noticed(data: st.DataObject) -> None:
    note = Checkpoint("ledger", 12, bytes(32)).signed_by([KEY])
    index = data.draw(st.integers(0, len(note) - 1))
    changed = (
        note[:index]
        + data.draw(st.characters().filter(lambda character: character != note[index]))
        + note[index + 1 :]
    )
    try:
        assert not Checkpoint.parse(changed).holds([KEY.public])
    except ProofError:
        pass


@pytest.mark.parametrize("find", [str.index, str.rindex])
def test_bits_of_base64_that_nothing_reads_are_noticed(find: Callable[[str, str], int]) -> None:
    """Of the root, and of the signature: two of the last character before "="."""
    note = Checkpoint("ledger", 12, bytes(32)).signed_by([KEY])
    index = find(note, "=") - 1
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    same = alphabet[alphabet.index(note[index]) + 1]
    quantum = note[index - 2 : index]
    assert base64.b64decode(f"{quantum}{same}=") == base64.b64decode(f"{quantum}{note[index]}=")
    with pytest.raises(ProofError):
        Checkpoint.parse(note[:index] + same + note[index + 1 :])


@given(st.text(max_size=200))
def test_rubbish_is_refused_in_one_line(text: str) -> None:
    for read in (Checkpoint.parse, VerifyingKey.parse):
        with pytest.raises(ProofError) as raised:
            read(text)
        assert "\n" not in str(raised.value)
