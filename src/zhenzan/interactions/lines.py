"""Text files as blocks of whole lines, with the physical number of each line."""

from __future__ import annotations

from collections.abc import Iterator

from zhenzan.errors import InputError
from zhenzan.interactions.files import Bytes

__all__ = [
    "BLOCK_BYTES",
    "check_line_length",
    "estimate_lines",
    "estimate_rows",
    "line_blocks",
    "numbered_lines",
]

BLOCK_BYTES = 32 << 20  # about a million short records
HEAD_BYTES = 1 << 20  # from which the number of lines is guessed
LINE_BYTES_MAX = 64 << 20  # a line longer than this is no record; it would not fit into memory either

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def line_blocks(path: str, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[bytes, int]]:
    """Yield blocks of whole lines, and how many lines came before each. Memory: two blocks."""
    lines_before = 0
    carry = b""
    with Bytes(path) as source:
        while fresh := source.read(block_bytes):
            if not lines_before and not carry:
                fresh = fresh.removeprefix(_BYTE_ORDER_MARK)
            block = carry + fresh
            cut = block.rfind(b"\n") + 1
            carry = block[cut:]
            check_line_length(carry, path)
            if cut:
                whole = block[:cut] if carry else block
                yield whole, lines_before
                lines_before += whole.count(b"\n")
    if carry:
        yield carry, lines_before


def numbered_lines(block: bytes, lines_before: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, each with its physical number, counted from 1."""
    for number, line in enumerate(block.split(b"\n"), lines_before + 1):
        if line and not line.isspace():
            yield number, line


def check_line_length(line: bytes, path: str) -> None:
    """Raise InputError if an unfinished line is too long to be one."""
    if len(line) > LINE_BYTES_MAX:
        raise InputError(f"{path} has a line longer than {LINE_BYTES_MAX >> 20} MiB: is it a log?")


def estimate_lines(head: bytes, whole: bool, size: int, consumed: int) -> int:
    """Guess the lines of a file of `size` bytes from its first ones, for which `consumed` bytes were read."""
    lines = head.count(b"\n") + (whole and not head.endswith(b"\n"))
    return lines if whole else int(lines * size / max(consumed, 1))


def estimate_rows(path: str) -> int:
    """Guess the lines of a file from its first megabyte."""
    with Bytes(path) as source:
        head = source.read(HEAD_BYTES)
        return estimate_lines(head, len(head) < HEAD_BYTES, source.size, source.consumed)
