"""The policy file: what it says comes back, what is wrong is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.errors import PolicyError
from zhenzan.policy import (
    LEARN,
    Context,
    Curve,
    Joint,
    Limits,
    Policy,
    Prior,
    Reputation,
    Rule,
    Verdict,
    Weights,
    Witness,
    load_policy,
    read_policy,
)
from zhenzan.policy.weights import REPUTED

shares = st.floats(0, 1)
inner_shares = st.floats(1e-12, 1 - 1e-12)
decibans = st.floats(-100, 100)
any_character = st.characters(codec="utf-8")
names = st.text(any_character, min_size=1, max_size=30).filter(lambda s: bool(s.strip()) and s.isprintable())
visible = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
conditions = st.text(visible | st.sampled_from(" \n\t"), min_size=1, max_size=60).filter(
    lambda s: bool(s.strip())
)


@st.composite
def curves(draw: st.DrawFn, name: str) -> Curve:
    at = sorted(draw(st.sets(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6)))
    heights = draw(st.lists(decibans, min_size=len(at), max_size=len(at)))
    return Curve(name, tuple(at), tuple(heights), draw(decibans))


@st.composite
def joints(draw: st.DrawFn, first: str, second: str) -> Joint:
    finite = st.floats(allow_nan=False, allow_infinity=False)
    below, beside = (tuple(sorted(draw(st.sets(finite, min_size=1, max_size=3)))) for _ in range(2))
    row = st.tuples(*[decibans] * (len(beside) + 2))
    return Joint((first, second), (below, beside), tuple(draw(row) for _ in range(len(below) + 2)))


ids = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def reputations(draw: st.DrawFn, of: str) -> Reputation:
    names = draw(st.lists(ids, min_size=1, max_size=30, unique=True))
    return Reputation(of, tuple(names), tuple(draw(decibans) for _ in names))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    low, high = sorted(draw(st.lists(shares, min_size=2, max_size=2, unique=True)))
    rules = [
        Rule(name, draw(conditions), draw(decibans | st.just(LEARN)))
        for name in draw(st.lists(names, max_size=3, unique=True))
    ]
    weights = Weights(
        draw(decibans),
        draw(st.dictionaries(names, decibans, max_size=3)),
        tuple(draw(curves(name)) for name in draw(st.lists(names, max_size=3, unique=True))),
        tuple(
            draw(joints(first, second))
            for first, second in draw(
                st.lists(
                    st.tuples(names, names).filter(lambda two: two[0] != two[1]),
                    max_size=2,
                    unique_by=lambda two: " and ".join(sorted(two)),
                )
            )
        ),
        tuple(draw(reputations(of)) for of in draw(st.lists(st.sampled_from(REPUTED), unique=True))),
        tuple(draw(st.lists(st.builds(Witness, ids, ids, st.integers(0, 2**62)), max_size=3))),
    )
    return Policy(
        draw(names),
        Verdict(high, low),
        Prior(draw(st.none() | inner_shares), draw(st.none() | inner_shares)),
        Limits(
            draw(st.floats(0, 100)), draw(st.floats(0, 100)), draw(st.integers(2, 9)), draw(st.integers(0, 9))
        ),
        Context(**{name: draw(st.booleans()) for name in Context.__struct_fields__}),
        tuple(rules),
        draw(st.none() | st.just(weights)),
    )


@settings(max_examples=60)
@given(policies())
def test_what_is_written_is_read_back(policy: Policy) -> None:
    again = read_policy(policy.to_toml())
    assert again == policy
    assert again.to_toml() == policy.to_toml()
    assert again.version == policy.version
    assert again.to_dict() == policy.to_dict()


def test_an_empty_file_is_the_default_policy() -> None:
    assert read_policy("") == Policy.default()
    assert Policy.default().verdict.fake_threshold == 0.9
    assert Policy.default().verdict.genuine_threshold == 0.5


def test_the_version_changes_with_every_value() -> None:
    texts = [
        "",
        "name = 'b'",
        "[verdict]\nfake_threshold = 0.8",
        "[context]\nip = false",
        "[prior]\nrecruit = 0.1",
        "[[rule]]\nname = 'r'\nwhen = 'true'\nweight = 1",
        "[weights]\nintercept = 0",
    ]
    assert len({read_policy(text).version for text in texts}) == len(texts)
    assert read_policy("name = 'b'").version.startswith("b@")


def test_whole_numbers_may_stand_for_decibans() -> None:
    policy = read_policy("[[rule]]\nname = 'r'\nwhen = 'true'\nweight = 3\n[verdict]\nfake_threshold = 1")
    assert policy.rules[0].weight == 3.0
    assert isinstance(policy.rules[0].weight, float)
    assert isinstance(policy.verdict.fake_threshold, float)


RULE = "[[rule]]\nname = 'a'\nwhen = 'true'\nweight = 1\n"
JOINT = """[weights]
intercept = 0
[[weights.joint]]
features = ['f', 'g']
cuts = [[1], [2]]
decibans = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
"""
REPUTATION = (
    "[weights]\nintercept = 0\n[[weights.reputation]]\nof = 'account'\nids = ['a', 'b']\ndecibans = [1, 2]\n"
)
CURVE = "[weights]\nintercept = 0\n[[weights.feature]]\nfeature = 'f'\n"
WRONG: list[tuple[str, str]] = [
    ("[verdict]\n\nfake_treshold = 0.8", "line 3: verdict.fake_treshold: there is no such key; did you mean"),
    ("[verdict]\nzzz = 1", "the keys here are fake_threshold, genuine_threshold"),
    ("[verdit]\n", "line 1: verdit: there is no such key; did you mean 'verdict'"),
    (
        "[verdict]\nfake_threshold = 1.5",
        "line 2: verdict.fake_threshold: 1.5 is not a number between 0 and 1",
    ),
    ("[verdict]\nfake_threshold = nan", "nan is not a number between 0 and 1"),
    ("[verdict]\nfake_threshold = true", "True is not a number"),
    ("[verdict]\nfake_threshold = 'high'", "'high' is not a number"),
    (
        "[verdict]\nfake_threshold = 0.4",
        "line 1: verdict.genuine_threshold: 0.5 is not below fake_threshold (0.4)",
    ),
    ("[prior]\nrecruit = 0", "0 is not a number between 0 and 1, both excluded"),
    ("[limits]\nring_accounts_min = 2.5", "2.5 is not a whole number"),
    ("[limits]\nring_accounts_min = 1", "1 is not a whole number between 2"),
    ("[context]\nip = 'yes'", "line 2: context.ip: 'yes' is not true or false"),
    ("context = 1", "context: 1 is not a table; write [context]"),
    ("name = ''", "name: is empty"),
    ('name = "a\\u0007b"', "unprintable"),
    (f"name = '{'x' * 81}'", "81 characters long, more than 80"),
    ("format = 2", "line 1: format: 2 is not a format this version reads"),
    ("format = true", "True is not a format"),
    ("rule = 1", "rule: is not a list of tables; write [[rule]]"),
    ("[[rule]]\nname = 'a'\nwhen = 'true'", "line 1: rule[1]: has no weight"),
    (RULE + RULE, "line 6: rule[2].name: 'a' is the name of another rule"),
    (RULE.replace("1\n", "'lern'\n"), "line 4: rule[1].weight: 'lern' is neither a number"),
    (RULE.replace("1\n", "101\n"), "rule[1].weight: 101 is neither a number between -100 and 100"),
    (RULE.replace("'true'", "' '"), "rule[1].when: is empty"),
    (RULE.replace("weight", "wait"), "rule[1].wait: there is no such key"),
    (RULE.replace("'a'", "1"), "rule[1].name: 1 is not text"),
    ("[weights]\n", "line 1: weights: has no intercept"),
    ("[weights]\nintercept = inf", "line 2: weights.intercept: inf is not a number"),
    (
        "[weights]\nintercept = 0\n[weights.structural]\nmoment = 'x'",
        "line 4: weights.structural.moment: 'x' is",
    ),
    (CURVE + "at = [1, 1]\ndecibans = [1, 2]", "line 5: weights.feature[1].at: the knots must rise"),
    (CURVE + "at = [1, 2]\ndecibans = [1]", "line 6: weights.feature[1].decibans: has 1 numbers, but"),
    (CURVE + "at = []\ndecibans = []", "needs 1 to 256 knots, has 0"),
    (CURVE + "at = ['a']\ndecibans = [1]", "'a' is not a number"),
    (CURVE + "at = [inf]\ndecibans = [1]", "inf is not a finite number"),
    (CURVE + "at = 1\ndecibans = [1]", "1 is not a list of numbers"),
    (
        (CURVE + "at = [1]\ndecibans = [1]\n").replace("[weights]\nintercept = 0\n", "") * 2
        + "[weights]\nintercept = 0",
        "weights.feature[2].feature: 'f' has a curve already",
    ),
    (
        JOINT.replace("['f', 'g']", "['f']"),
        "line 4: weights.joint[1].features: ['f'] is not a list of two names",
    ),
    (JOINT.replace("'g'", "'f'"), "line 4: weights.joint[1].features: 'f' stands there twice"),
    (JOINT.replace("'g'", "2"), "line 4: weights.joint[1].features[2]: 2 is not text"),
    (JOINT.replace("[[1], [2]]", "[[1], 2]"), "line 5: weights.joint[1].cuts[2]: 2 is not a list of numbers"),
    (
        JOINT.replace("[[1], [2]]", "[[1], []]"),
        "line 5: weights.joint[1].cuts[2]: needs 1 to 62 cuts, has 0",
    ),
    (JOINT.replace("[[1], [2]]", "[[1], [2, 2]]"), "line 5: weights.joint[1].cuts[2]: the cuts must rise"),
    (JOINT.replace("[[1], [2]]", "[[1], [2, 3]]"), "line 6: weights.joint[1].decibans: must be 3 rows of 4"),
    (JOINT.replace("[7, 8, 9]", "[7, 8, 900]"), "decibans[3][3]: 900 is not a number between -100 and 100"),
    (JOINT.replace("cuts", "at"), "weights.joint[1].at: there is no such key"),
    (
        JOINT + JOINT.replace("[weights]\nintercept = 0\n", ""),
        "weights.joint[2].features: f and g have a table",
    ),
    (
        REPUTATION.replace("'account'", "'creator'"),
        "line 4: weights.reputation[1].of: 'creator' is not allowed",
    ),
    (REPUTATION.replace("'b'", "'a'"), "line 5: weights.reputation[1].ids[2]: 'a' stands there twice"),
    (REPUTATION.replace("'b'", "7"), "line 5: weights.reputation[1].ids[2]: 7 is not text"),
    (REPUTATION.replace("['a', 'b']", "[]"), "weights.reputation[1].ids: needs 1 to 100,000 ids, has 0"),
    (REPUTATION.replace("['a', 'b']", "'a'"), "weights.reputation[1].ids: 'a' is not a list of ids"),
    (REPUTATION.replace("[1, 2]", "[1]"), "line 6: weights.reputation[1].decibans: has 1 numbers, but"),
    (REPUTATION.replace("[1, 2]", "[1, 200]"), "decibans[2]: 200 is not a number between -100 and 100"),
    (
        REPUTATION + REPUTATION.replace("[weights]\nintercept = 0\n", ""),
        "weights.reputation[2].of: there is one of accounts already",
    ),
    ("[weights]\nintercept = 0\nwitnesses = 1", "line 3: weights.witnesses: 1 is not a list"),
    (
        "[weights]\nintercept = 0\nwitnesses = [['a', 'b', 0.5]]",
        "weights.witnesses[1]: ['a', 'b', 0.5] is not an account, an item, and a time in µs",
    ),
    ("a = \n", "line 1, column 5: is not valid TOML"),
    ("a = 1\na = 2", "is not valid TOML"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(text, "p.toml")
    assert str(caught.value).startswith("p.toml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=100)
@given(st.text(st.sampled_from("[]=.\"'#\n truefalse0-9abc{},\\") | any_character, max_size=60))
def test_any_text_is_a_policy_or_a_policy_error(text: str) -> None:
    try:
        read_policy(text)
    except PolicyError:
        return


@settings(max_examples=100)
@given(
    st.sampled_from(["format", "name", "verdict", "prior", "limits", "context", "rule", "weights"]), st.data()
)
def test_any_value_in_any_place_is_a_policy_or_a_policy_error(key: str, data: st.DataObject) -> None:
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    inner = st.sampled_from(
        [
            "name",
            "when",
            "weight",
            "intercept",
            "structural",
            "feature",
            "at",
            "decibans",
            "ip",
            "reputation",
            "ids",
        ]
    )
    value: Any = data.draw(
        st.recursive(
            plain, lambda v: st.lists(v, max_size=3) | st.dictionaries(inner, v, max_size=5), max_leaves=8
        )
    )
    try:
        policy = Policy.from_document({key: value})
    except PolicyError:
        return
    assert read_policy(policy.to_toml()) == policy


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there is no such policy file"):
        load_policy(tmp_path / "none.toml")


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path)


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(PolicyError, match="is not UTF-8 text"):
        load_policy(tmp_path / "p.toml")


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(
        "\ufeffname = '政策'\r\n[verdict]\r\nfake_threshold = 0.95\r\n".encode()
    )
    policy = load_policy(tmp_path / "p.toml")
    assert (policy.name, policy.verdict.fake_threshold) == ("政策", 0.95)
