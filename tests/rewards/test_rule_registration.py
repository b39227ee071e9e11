"""A new kind of rule is a class with a tag and a statement, and an entry in the list of kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Annotated

import pytest
from hypothesis import given, settings
from tests.rewards.test_earned_claims import HEAD, Like, granted, logs

from zhenzan.config import about
from zhenzan.errors import CatalogueError
from zhenzan.rewards import read_catalogue
from zhenzan.rewards.catalogue_records import Count, Filter
from zhenzan.rewards.rules import RULES, Rule
from zhenzan.rewards.rules.sql import SCOPE_SQL, WINDOW_SQL, likes_sql


class VarietyRule(Rule, frozen=True, kw_only=True, tag="variety", tag_field="kind"):
    """A grant for so many different creators."""

    creators_each: Annotated[Count, about("So many different creators earn a grant.")]

    def claims_sql(self, campaign: Filter | None, likes: str) -> tuple[str, list[object]]:
        where, values = likes_sql(self, campaign)
        scope, span = SCOPE_SQL[self.per], WINDOW_SQL[self.window]
        return (
            f"""SELECT account, {scope} AS scope, {span} AS span,
                count(DISTINCT creator) // {self.creators_each} AS grants,
                max(epoch_us(timestamp)) AS earned_at
            FROM {likes} WHERE {where} GROUP BY ALL HAVING grants > 0 ORDER BY earned_at, account""",
            values,
        )


@pytest.fixture(autouse=True, scope="module")
def registered() -> Iterator[None]:
    RULES.append(VarietyRule)
    yield
    RULES.remove(VarietyRule)


@settings(max_examples=6)
@given(logs)
def test_a_registered_rule_earns_what_a_plain_count_says(likes: list[Like]) -> None:
    creators = defaultdict(set)
    for account, item, _, watched in likes:
        if watched >= 0.5:
            creators[f"a{account}"].add(item % 4)
    expected = {(account, "", ""): len(of) // 2 for account, of in creators.items() if len(of) >= 2}
    text = '[[rule]]\nid = "r"\nkind = "variety"\npoints = 1\ncreators_each = 2\nwatched = 0.5\n'
    assert granted(likes, text) == expected
    assert granted(likes, text.replace('kind = "variety"\n', "")) == expected


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('kind = "varied"', "line 7: rule[1].kind: 'varied' is not allowed; allowed are 'count', 'streak'"),
        ('kind = "variety"', "line 5: rule[1]: has no creators_each"),
        ('kind = "variety"\ncreators_each = 0', "line 8: rule[1].creators_each: 0 is not a whole number"),
        ('kind = "count"\ncreators_each = 2', "creators_each: is for a `variety`; this one is a `count`"),
        (
            "streak = 2\ncreator_most = 1",
            "rule[1].creator_most: is for a `count`; this one is a `streak`",
        ),
    ],
)
def test_keys_of_another_kind_are_refused_by_name(keys: str, message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(f'{HEAD}[[rule]]\nid = "r"\n{keys}\npoints = 1\n')
    assert message in str(caught.value)
