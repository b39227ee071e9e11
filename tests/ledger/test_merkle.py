"""The Merkle tree and its proofs, against vectors and definitions of others."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.ledger.merkle import MerkleTree, consistency_holds, inclusion_holds, leaf_hash, node_hash

# Leaves and roots of the reference tests of Certificate Transparency (RFC 6962).
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def defined(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word by word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(defined(hashes[:split]), defined(hashes[split:]))


def grown(hashes: list[bytes], kept: dict[tuple[int, int], bytes], reopen_at: set[int]) -> MerkleTree:
    """A tree that was kept and opened again at some sizes."""
    tree = MerkleTree(0, lambda level, number: kept[level, number])
    for size, digest in enumerate(hashes):
        if size in reopen_at:
            kept.update({key: bytes(tile) for key, tile in tree.changed.items()})
            tree = MerkleTree(size, lambda level, number: kept[level, number])
        tree.append(digest)
    return tree


def test_roots_are_those_of_the_reference() -> None:
    tree = MerkleTree(0, lambda level, number: b"")
    assert tree.root().hex() == EMPTY
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf_hash(bytes.fromhex(leaf)))
        assert tree.root().hex() == root


@given(st.integers(0, 300), st.sets(st.integers(0, 300), max_size=4), st.data())
def test_roots_and_proofs_are_as_defined_however_often_the_tree_was_kept(
    size: int, reopen_at: set[int], data: st.DataObject
) -> None:
    hashes = [leaf_hash(b"%d" % i) for i in range(size)]
    tree = grown(hashes, {}, reopen_at)
    assert tree.root() == tree.root_at(size) == defined(hashes)
    if not size:
        return
    then = data.draw(st.integers(1, size))
    index, old = data.draw(st.integers(0, then - 1)), data.draw(st.integers(0, then))
    root = defined(hashes[:then])
    path = tree.inclusion(index, then)
    assert inclusion_holds(hashes[index], index, then, path, root)
    assert not inclusion_holds(leaf_hash(b"other"), index, then, path, root)
    if then > 1:
        assert not inclusion_holds(hashes[index], index, then, path[:-1], root)
        assert not inclusion_holds(hashes[index], (index + 1) % then, then, path, root)
    proof = tree.consistency(old, then)
    assert consistency_holds(old, then, defined(hashes[:old]), root, proof)
    if 0 < old < then:
        assert not consistency_holds(old, then, leaf_hash(b"other"), root, proof)
        assert not consistency_holds(old, then, defined(hashes[:old]), leaf_hash(b"other"), proof)


@pytest.mark.parametrize("size", [64, 4096, 4097, 10_000])
def test_large_trees_agree_with_the_definition(size: int) -> None:
    hashes = [leaf_hash(b"%d" % i) for i in range(size)]
    tree = grown(hashes, {}, {63, 64, 65, 4095, 4096, 5000})
    assert tree.root() == defined(hashes)
    for index in (0, 63, size // 2, size - 1):
        assert inclusion_holds(hashes[index], index, size, tree.inclusion(index, size), tree.root())
