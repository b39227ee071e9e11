"""Whose an account of the ledger is, told by its whole name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.rewards import cards_account, is_account_of, owed_account, points_account


@given(st.text(max_size=80))
def test_an_account_is_its_holders(who: str) -> None:
    is_theirs = is_account_of(who)
    for name in (points_account(who), owed_account(who), cards_account("badge", who)):
        assert is_theirs(name)
        assert not is_account_of(who + "x")(name)


@pytest.mark.parametrize("name", ["points:a:x", "cards:badge:a:x", "cards:x", "deeds:x", "x", "points:"])
def test_an_ending_is_not_a_name(name: str) -> None:
    assert not is_account_of("x")(name)
