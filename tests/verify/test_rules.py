"""Operators' rules: what they may say, what they may not, and what they weigh."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.pairs import HOUR, PairLog, encoded_of, pair_logs

from zhenzan.errors import PolicyError
from zhenzan.policy import LEARN, Rule
from zhenzan.verify.evidence.features import FEATURES, Features
from zhenzan.verify.evidence.rules import COLUMNS, RuleEvidence, check_rules, learned_weight, rule_evidence

LOG = PairLog(
    [1, 2, 3, 1],
    [1, 1, 1, 2],
    [0, HOUR, 30 * HOUR, 40 * HOUR],
    {1: 7, 2: 8},
    {"watched": [500, None, 9000, 20]},
)


def run(
    when: str, weight: float | str = 3.0, log: PairLog = LOG, *, text_ids: bool = True
) -> tuple[RuleEvidence, list[bool]]:
    """Run one rule; return what it says, and where it applies by row of the log."""
    encoded, row = encoded_of(log, text_ids=text_ids)
    rule = Rule("r", when, weight)  # type: ignore[arg-type]
    check_rules([rule])
    (evidence,) = rule_evidence([rule], encoded, Features(encoded.pairs), np.full(encoded.pairs.n, 0.1), 20.0)
    applies = np.empty(encoded.pairs.n, bool)
    applies[row] = evidence.decibans != 0
    return evidence, applies.tolist()


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("account_likes = 2", [True, False, False, True]),
        ("account = '1' AND item = '2'", [False, False, False, True]),
        ("creator = '7'", [True, True, True, False]),
        ("watched < 1000", [True, False, False, True]),
        ("NOT watched >= 1000", [True, False, False, True]),
        ("watched IS NULL", [False, True, False, False]),
        ("watched_ms BETWEEN 100 AND 600", [True, False, False, False]),
        ("hour(timestamp) = 1 OR hour = 6", [False, True, True, False]),
        ("timestamp < '1970-01-01 01:00:00'", [True, False, False, False]),
        ("timestamp >= TIMESTAMP '1970-01-01' + INTERVAL 1 DAY", [False, False, True, True]),
        ("CASE WHEN item_likes > 2 THEN account LIKE '2%' END", [False, True, False, False]),
        ("ITEM_LIKES > 2 -- counts all", [True, True, True, False]),
        ("true", [True, True, True, True]),
        ("NULL", [False, False, False, False]),
        ("account_likes = 2) OR (item_likes = 3", [True, True, True, True]),
    ],
)
def test_a_rule_applies_where_its_condition_is_true(when: str, expected: list[bool]) -> None:
    if when == "NULL":
        when = "NULL::BOOLEAN"
    assert run(when)[1] == expected


def test_ids_may_be_numbers() -> None:
    assert run("account > 1 AND item = 1", text_ids=False)[1] == [False, True, True, False]


def test_a_rule_weighs_what_the_policy_says() -> None:
    evidence, _ = run("account = '2'", -4.5)
    assert evidence.name == "rule:r"
    assert sorted(evidence.decibans.tolist()) == [-4.5, 0.0, 0.0, 0.0]
    assert evidence.decibans.dtype == np.float32
    assert (evidence.weight, evidence.likes, evidence.missing) == (-4.5, 1, ())


def test_a_rule_on_a_column_that_the_log_lacks_applies_to_nothing_and_says_so() -> None:
    evidence, applies = run("region = 'CN' OR ip_accounts > 3 OR account_likes > 0")
    assert applies == [False] * 4
    assert evidence.missing == ("ip_accounts", "region")


FORBIDDEN = [
    ("acount_likes > 3", "no column or feature 'acount_likes'; did you mean 'account_likes'"),
    ("account_likes", "gives double, not true or false"),
    ("'yes'", "not true or false"),
    ("account >", "is not a SQL expression"),
    ("true; DROP TABLE likes", "is not a SQL expression"),
    ("true) FROM likes; SELECT (true", "must be one SQL expression"),
    ("true) FROM likes WHERE (true", "must be one SQL expression"),
    ("true), (true", "must be one SQL expression"),
    ("true) ORDER BY (1", "must be one SQL expression"),
    ("true) LIMIT (1", "must be one SQL expression"),
    ("true) UNION SELECT (true", "must be one SQL expression"),
    ("true) FROM read_csv('/etc/passwd') AS t(a", "must be one SQL expression"),
    ("SELECT true", "may not hold a query"),
    ("(SELECT count(*) FROM read_text('/etc/passwd')) > 0", "may not hold a query"),
    ("account IN (SELECT content FROM '/etc/passwd')", "may not hold a query"),
    ("EXISTS (FROM duckdb_settings())", "may not hold a query"),
    ("'x' = ANY (SELECT 'x')", "may not hold a query"),
    ("read_text('/etc/passwd') = 'x'", "may not call 'read_text'"),
    ("getenv('HOME') = 'x'", "may not call 'getenv'"),
    ("current_setting('threads') = '1'", "may not call 'current_setting'"),
    ("current_user = 'x'", "no column or feature 'current_user'"),
    ("random() < 0.5", "may not call 'random'"),
    ("now() > timestamp", "may not call 'now'"),
    ("current_date > timestamp", "no column or feature 'current_date'"),
    ("repeat('x', 1000000000) = ''", "may not call 'repeat'"),
    ("max(account_likes) > 1", "may not call 'max'"),
    ("count(*) > 1", "may not call"),
    ("row_number() OVER () = 1", "may not hold a window function"),
    ("sum(account_likes) OVER () > 1", "may not hold a window function"),
    ("list_filter([1], x -> x > 0) = [1]", "may not"),
    ("[x FOR x IN [1]] = [1]", "may not"),
    ("COLUMNS('a.*') = 1", "may not hold *"),
    ("account_likes > ?", "may not hold a parameter"),
    ("account_likes > $n", "may not hold a parameter"),
    ("likes.account = 'a'", "no column or feature 'likes.account'"),
    ("main.lower(account) = 'a'", "may not call 'lower'"),
    ("gesture IS NULL", "no column or feature 'gesture'"),
    ("not " * 900 + "true", "nests too deeply"),
    ("(" * 1500 + "true" + ")" * 1500, "depth"),
    ("regexp_matches(account, '(')", "missing )"),
    ("timestamp > 5", "Cannot compare"),
]


@pytest.mark.parametrize(("when", "message"), FORBIDDEN)
def test_what_a_rule_may_not_say_is_refused_before_the_run(when: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        check_rules([Rule("fine", "true", 1.0), Rule("my rule", when, 1.0)])
    assert message in str(caught.value)
    assert str(caught.value).startswith("rule 'my rule': ")
    assert "\n" not in str(caught.value)


SQL_WORDS = """likes SELECT FROM ( ) , ; ' " -- /* * = < AND OR NOT NULL 1 'a' count read_csv :: INT COPY
ATTACH PRAGMA $1 ? [ ] { } OVER CASE WHEN END IN UNION ALL VALUES TABLE \\ sqlite_scan | ."""
words = st.sampled_from([*COLUMNS, *FEATURES, *SQL_WORDS.split(), "\n"])


@settings(max_examples=80)
@given(st.lists(words, max_size=8).map(" ".join) | st.text(max_size=30))
def test_any_text_is_a_rule_or_a_policy_error(when: str) -> None:
    try:
        check_rules([Rule("r", when, 1.0)])
    except PolicyError as error:
        message = str(error)
        assert "\n" not in message


def test_a_rule_that_fails_on_a_value_of_the_log_says_which_rule() -> None:
    log = PairLog([1], [1], [0], {1: 1}, {"origin": ["search"]})
    with pytest.raises(PolicyError, match="rule 'r': Could not convert string 'search'"):
        run("origin::INTEGER > 3", log=log)


def test_a_learned_weight_has_the_sign_of_what_it_finds_and_is_bounded() -> None:
    applies = np.arange(10_000) < 500
    fake = np.where(np.arange(10_000) < 1000, 0.99, 0.01)
    assert learned_weight(applies, fake, 20.0) > 5
    assert learned_weight(applies, fake, 3.0) == 3.0
    assert learned_weight(~applies, fake, 20.0) < 0
    assert learned_weight(applies, np.full(10_000, 0.3), 20.0) == pytest.approx(0, abs=1e-6)
    assert learned_weight(np.zeros(10_000, bool), fake, 20.0) == 0.0
    assert abs(learned_weight(np.arange(10_000) < 1, fake, 20.0)) < 3  # one like teaches little


@pytest.mark.parametrize("weight", [5.0, LEARN])
def test_a_learned_weight_is_used_where_the_rule_applies(weight: float | str) -> None:
    evidence, applies = run("account_likes = 2", weight)
    assert math.isfinite(evidence.weight)
    assert set(evidence.decibans.tolist()) <= {0.0, float(np.float32(evidence.weight))}
    assert evidence.likes == 2
    assert len(applies) == 4


@settings(max_examples=15)
@given(pair_logs(20), st.integers(0, 4))
def test_rules_see_the_features_as_they_are(log: PairLog, threshold: int) -> None:
    encoded, _ = encoded_of(log)
    features = Features(encoded.pairs)
    rules = [
        Rule(name, f"{name} > {threshold}", 1.0) for name in ("item_rank", "watched_ratio", "ip_accounts")
    ]
    for evidence in rule_evidence(rules, encoded, features, np.full(encoded.pairs.n, 0.5), 20.0):
        with np.errstate(invalid="ignore"):
            plain = np.nan_to_num(features[evidence.name.removeprefix("rule:")], nan=-1) > threshold
        np.testing.assert_array_equal(evidence.decibans != 0, plain)
