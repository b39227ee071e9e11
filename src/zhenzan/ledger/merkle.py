"""The Merkle tree over the ledger's leaves: hashes, append, roots and proofs of RFC 6962.

Nodes are kept in tiles of 64 hashes: level 0 holds the leaves, level k the roots of whole subtrees of 64^k
leaves. A tile is written once it is whole and again while it grows, so an append of n leaves writes some
n/63 + levels tiles, and a proof reads one tile a level and computes at most 63 hashes in each.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

__all__ = [
    "TILE",
    "MerkleTree",
    "ReadTile",
    "consistency_holds",
    "inclusion_holds",
    "leaf_hash",
    "node_hash",
]

TILE_BITS = 6
TILE = 1 << TILE_BITS
HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

ReadTile = Callable[[int, int], bytes]
"""Gives the hashes, one after the other, of the tile of a level and number."""


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """A tree of `size` leaves. `read` gives tiles that were kept; `changed` collects those to keep.

    After a failure to keep them, drop the tree and open another: nothing is undone here.
    """

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self.changed: dict[tuple[int, int], bytearray] = {}
        self._read = read
        self._computed: dict[tuple[int, int], list[list[bytes]]] = {}
        self._growing: list[bytearray] = []  # by level, the tile at the right edge
        level, count = 0, size
        while count:
            whole, rest = divmod(count, TILE)
            held = bytearray(read(level, whole)[: rest * HASH_BYTES]) if rest else bytearray()
            assert len(held) == rest * HASH_BYTES, f"tile {level}/{whole} holds too few hashes"
            self._growing.append(held)
            level, count = level + 1, whole
        self._peaks = [self._whole(height, size >> height) for height in _heights(size)]
        self._computed.clear()

    def append(self, leaf: bytes) -> None:
        """Add one leaf, given by its hash."""
        self._computed.clear()
        height, position, hashed = 0, self.size, leaf
        self._keep(0, hashed)
        while position & 1:
            hashed = node_hash(self._peaks.pop(), hashed)
            height, position = height + 1, position >> 1
            if height % TILE_BITS == 0:
                self._keep(height // TILE_BITS, hashed)
        self._peaks.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def root_at(self, size: int) -> bytes:
        """The root that the tree had with `size` leaves."""
        assert 0 <= size <= self.size
        return self._root(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of leaf `index` in the tree of `size` leaves, RFC 6962 section 2.1.1."""
        assert 0 <= index < size <= self.size
        return self._path(index, 0, size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """That the tree of `old` leaves is a prefix of that of `size`, RFC 6962 section 2.1.2."""
        assert 0 <= old <= size <= self.size
        return self._subproof(old, 0, size, True) if 0 < old < size else []

    def _keep(self, level: int, hashed: bytes) -> None:
        if level == len(self._growing):
            self._growing.append(bytearray())
        tile = self._growing[level]
        if len(tile) == TILE * HASH_BYTES:
            tile = self._growing[level] = bytearray()
        tile += hashed
        self.changed[level, (self._count(level) - 1) // TILE] = tile

    def _count(self, level: int) -> int:
        """Hashes on a level, the leaf that is being added included."""
        return (self.size + 1) >> (TILE_BITS * level)

    def _root(self, first: int, last: int) -> bytes:
        """The root over leaves first..last, `first` a multiple of the subtree's size."""
        count = last - first
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self._subtree(height, first >> height)
        split = first + _split(count)
        return node_hash(self._root(first, split), self._root(split, last))

    def _subtree(self, height: int, number: int) -> bytes:
        return self._whole(height, number + 1)

    def _whole(self, height: int, end: int) -> bytes:
        """The root of the whole subtree of 2^height leaves that ends at leaf `end`·2^height."""
        level, above = divmod(height, TILE_BITS)
        number, index = divmod(((end - 1) << above), TILE)
        return self._levels(level, number)[above][index >> above]

    def _levels(self, level: int, number: int) -> list[list[bytes]]:
        """The hashes of a tile and of the whole subtrees over them, by height."""
        held = self._computed.get((level, number))
        if held is None:
            tile = self._tile(level, number)
            hashes = [bytes(tile[i : i + HASH_BYTES]) for i in range(0, len(tile), HASH_BYTES)]
            held = [hashes]
            while len(hashes) > 1:
                hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
                held.append(hashes)
            self._computed[level, number] = held
        return held

    def _tile(self, level: int, number: int) -> bytes | bytearray:
        held = self.changed.get((level, number))
        if held is not None:
            return held
        return self._read(level, number)

    def _path(self, index: int, first: int, last: int) -> list[bytes]:
        if last - first == 1:
            return []
        split = first + _split(last - first)
        if index < split:
            return [*self._path(index, first, split), self._root(split, last)]
        return [*self._path(index, split, last), self._root(first, split)]

    def _subproof(self, old: int, first: int, last: int, whole: bool) -> list[bytes]:
        if old == last:
            return [] if whole else [self._root(first, last)]
        split = first + _split(last - first)
        if old <= split:
            return [*self._subproof(old, first, split, whole), self._root(split, last)]
        return [*self._subproof(old, split, last, False), self._root(first, split)]


def inclusion_holds(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf's hash to the root, RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    node, last, hashed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            hashed = node_hash(sibling, hashed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and hashed == root


def consistency_holds(old: int, size: int, old_root: bytes, root: bytes, path: list[bytes]) -> bool:
    """Whether the tree of `size` leaves extends that of `old`, RFC 9162 section 2.1.4.2."""
    if old == size:
        return not path and old_root == root
    if old == 0:
        return not path
    if not 0 < old < size or not path:
        return False
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _split(count: int) -> int:
    """The largest power of two under `count`, ≥ 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _heights(size: int) -> list[int]:
    """Heights of the whole subtrees that make up a tree, the largest first."""
    return [height for height in range(size.bit_length() - 1, -1, -1) if size >> height & 1]
