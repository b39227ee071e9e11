"""The committed pages of the reference are those that the records' descriptions make."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from zhenzan.config import filled_page

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("write_reference", ROOT / "scripts" / "write_reference.py")
assert SPEC is not None
assert SPEC.loader is not None
write_reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(write_reference)


@pytest.mark.parametrize("name", sorted(write_reference.PARTS))
def test_a_page_of_the_reference_is_the_generated_one(name: str) -> None:
    page, parts = (
        (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8"),
        write_reference.PARTS[name],
    )
    assert filled_page(page, parts) == page, "run `make reference`"


def test_a_part_without_a_place_is_named() -> None:
    page = "<!-- generated: one -->\n<!-- end -->\n"
    assert filled_page(page, {"one": "1"}) == "<!-- generated: one -->\n\n1\n\n<!-- end -->\n"
    with pytest.raises(ValueError, match="no place for 'two': write <!-- generated: two -->"):
        filled_page(page, {"one": "1", "two": "2"})
