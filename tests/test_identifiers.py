"""Names that say nothing, and words of an earlier private language, are no identifiers here.

A stranger searches for the field's own term. Words in strings, docstrings and comments are no identifiers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("src/zhenzan", "tests", "benchmarks", "scripts")
FROZEN = "migrations/versions"  # revisions stay as they were released

# What a thing was done to it, or that it is some thing: say what it holds instead.
VAGUE = {"found", "told", "said", "each", "given", "asked", "wanted", "made", "place"}

# Files, by their stems: the word of before, the standard term.
FILES = {
    "access": "auth",
    "additive": "gam",
    "ahead": "prefetch",
    "asking": "list_form",
    "book": "state_machine",
    "callers": "dependencies",
    "calls": "call_names",
    "checking": "verification",
    "citing": "reversal_reasons",
    "comparing": "shadow_comparison",
    "convert": "conversion",
    "copies": "backup_manifest",
    "core": "resources",
    "counting": "event_counters",
    "days": "daily_totals",
    "dead": "dead_letter",
    "dead_topic": "dead_letter_topic",
    "deals": "market_records",
    "decorating": "decorations",
    "deprecated": "deprecated_methods",
    "derived": "derived_table",
    "dialects": "layouts",
    "distinct": "unique",
    "dumps": "backup_database",
    "earning": "earned_claims",
    "expectation": "natural_rate",
    "folders": "report_folders",
    "forgetting": "erasure",
    "frames": "dataframes",
    "gather": "like_columns",
    "gathering": "batching",
    "granting": "grant_commands",
    "ground": "base",
    "grouped": "counting_sort",
    "groups": "item_and_ring",
    "homes": "home_binding",
    "identity": "pseudonyms",
    "joint": "pairwise",
    "judgement": "scored_log",
    "kind": "evidence_kind",
    "known": "known_suspects",
    "lateness": "late_likes",
    "learn": "fit",
    "learning": "em_weights",
    "life": "decay_curve",
    "lists": "listing",
    "loading": "batch_reads",
    "lone": "lone_items",
    "lookup": "index_of",
    "measures": "metrics",
    "memory": "carry_over",
    "message": "payload",
    "minimal": "speed_comparison_model",
    "missing": "not_found",
    "naming": "account_ids",
    "nested": "nested_fields",
    "once": "idempotency",
    "ordering": "like_order",
    "overlaps": "cell_overlaps",
    "pages": "presentation",
    "participation": "moment_prior",
    "parts": "column_roles",
    "passes": "run",
    "people": "population",
    "policy_words": "policy_text",
    "priority": "thread_priority",
    "private": "file_permissions",
    "query": "list_parameters",
    "reading": "reader",
    "refusals": "rejections",
    "reputation": "random_effects",
    "resent": "redelivery",
    "residue": "candidate_graph",
    "rest": "subset",
    "running": "run",
    "sealed": "finalize",
    "seen": "dedup",
    "serving": "server",
    "settled": "run_totals",
    "settling": "verdict_updates",
    "shape": "normalize",
    "shared": "common",
    "singles": "like_and_account",
    "still": "snapshot",
    "suggest": "suggestions",
    "sums": "verdict_totals",
    "suspicion": "review_order",
    "taken": "fraud_loss",
    "taking": "message_handler",
    "tally": "rule_metrics",
    "ties": "tie_break",
    "trading": "market_postings",
    "trial": "trial_orders",
    "verified": "verified_counts",
    "versions": "result_format",
    "waiting": "holding_period",
    "warm": "compile_notice",
    "washing": "wash_trades",
    "watching": "monitoring",
    "whole": "atomic_files",
    "working": "worker",
    "writing": "html",
}

# Classes and functions, wherever they stand: the word of before, the standard term.
NAMES = {
    "AccountsAsked": "AccountsQuery",
    "add_sealed_items": "add_final_items",
    "Added": "DedupResult",
    "ahead": "prefetch",
    "Asked": "Request",
    "asked_keys": "matching_keys",
    "asked_of": "list_query_of",
    "be_private": "restrict_permissions",
    "Book": "StateMachine",
    "bottomless": "allows_negative",
    "bring": "reconcile",
    "bury": "publish",
    "CasesAsked": "CasesQuery",
    "check_parts": "check_files",
    "Cited": "ReversalReasons",
    "coming": "credits_pending",
    "Copied": "CopiedFile",
    "Core": "Resources",
    "core_of": "resources_of",
    "counter": "rewards_desk",
    "Counter": "RewardsDesk",
    "counter_of": "rewards_desk_of",
    "CreatorsAsked": "CreatorsQuery",
    "Dead": "DeadLetter",
    "DeadTopic": "DeadLetterTopic",
    "Dialect": "Layout",
    "dialect": "layout",
    "dialect_of": "layout_of",
    "distinct_in": "unique_in",
    "Expectation": "NaturalRate",
    "floor": "min_balance",
    "Gathered": "LikeColumns",
    "Gathering": "MicroBatcher",
    "Gatherings": "OrganicEvents",
    "Granting": "GrantCommands",
    "has_sealed": "has_final",
    "heard_mass": "message_mass",
    "Heart": "HeartbeatWriter",
    "heights": "intercepts",
    "hold_still": "snapshot_files",
    "hopes": "pending_claims",
    "in_turn": "rolling_predictions",
    "ItemsAsked": "ItemsQuery",
    "Kept": "RunCheckpoints",
    "kept_beside": "checkpoints_beside",
    "KeysAsked": "KeysQuery",
    "Known": "KnownSuspects",
    "ladder": "escalated",
    "lapse": "expire_points",
    "lapsing": "expiry_commands",
    "LeadersAsked": "LeadersQuery",
    "learn_expectation": "learn_natural_rate",
    "make_makers": "make_creators",
    "Makers": "CreatorTraits",
    "memory": "snapshot",
    "merge_hour": "compact_hour",
    "Narrowed": "Filter",
    "OneAsked": "OneQuery",
    "only_hoped": "only_pending",
    "part_files": "partition_files",
    "Parts": "ColumnRoles",
    "Pass": "Settlement",
    "passed": "current_settlement",
    "people": "api_keys",
    "Person": "Principal",
    "places_of": "index_of",
    "pull_of": "shrinkage_of",
    "purse": "budget_account",
    "Reading": "Reader",
    "recall": "restore",
    "RefusalError": "RejectionError",
    "reputed": "random_effect_decibans",
    "Residue": "CandidateGraph",
    "residue": "graph",
    "residue_of": "candidate_graph_of",
    "Rest": "Subset",
    "rest_of": "subset_of",
    "RingsAsked": "RingsQuery",
    "rows_by_standing": "rows_by_count_status",
    "saw": "observe",
    "say_if_cold": "notice_if_cold",
    "scale_of": "platt_scale",
    "seal": "finalize",
    "seal_until": "final_until",
    "sealed": "final_files",
    "sealed_files": "final_files",
    "sealed_items": "final_item_files",
    "sealed_until": "final_watermark",
    "Seen": "RecentIds",
    "settle_ties": "break_ties",
    "Settled": "RunTotals",
    "shape": "normalize",
    "Shaped": "Normalized",
    "Shaper": "Normalizer",
    "Shop": "Redemptions",
    "Spoken": "EvidenceTerm",
    "step_back": "lower_thread_priority",
    "Still": "SnapshotFile",
    "suspicion_of": "review_order_of",
    "take_back": "rollback",
    "Taken": "FraudLoss",
    "taken_by_fakes": "fraud_losses",
    "TakenBack": "RetractedLikes",
    "Taking": "MessageHandler",
    "tally": "rule_metrics",
    "Tally": "RuleMetrics",
    "Taught": "FittedModel",
    "tell_foreign": "warn_foreign",
    "Telling": "WebhookEvents",
    "tend": "flush_segments",
    "Trial": "TrialOrders",
    "turns": "attempt",
    "Verified": "VerifiedResult",
    "WholeFolder": "AtomicFolder",
    "witnesses_of": "labelled_ids_of",
    "write_parts": "write_partitions",
}

# Documented keywords that stay accepted.
KEPT_WORDS: set[tuple[str, str]] = set()


def python_files() -> list[Path]:
    paths = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in paths if FROZEN not in path.as_posix())


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of what the code itself names: parameters, variables, attributes, functions, classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.lineno, node.name


def definitions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def complaints(path: Path, tree: ast.AST) -> list[str]:
    where = path.as_posix()
    out = [
        f"{where}:{line}: {name} does not say what it holds"
        for line, name in identifiers(tree)
        if name.lstrip("_") in VAGUE and (where, name) not in KEPT_WORDS
    ]
    out += [
        f"{where}:{line}: {name} is {NAMES[name]} in the field's words"
        for line, name in definitions(tree)
        if name in NAMES
    ]
    if path.stem in FILES:
        out.append(f"{where}: {path.stem} is {FILES[path.stem]} in the field's words")
    return out


def test_names_say_what_they_hold_in_the_words_of_the_field() -> None:
    paths = python_files()
    assert len(paths) > 500, "the files were not found"
    wrong = [
        line
        for path in paths
        for line in complaints(path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        "found = 1",
        "def f(told): ...",
        "def place(): ...",
        "[each for each in rows]",
        "self.asked = 1",
        "lambda given: given",
        "with a as made: ...",
        "for said in rows: ...",
        "if (wanted := 1): ...",
        "class C:\n    found: int",
        "def _found(): ...",
        "match x:\n    case found: ...",
        "class Seen: ...",
    ],
)
def test_a_vague_or_private_name_is_noticed(code: str) -> None:
    assert complaints(Path("some.py"), ast.parse(code)) != []


@pytest.mark.parametrize(
    "code",
    ["'found'", "print(found)", "from hypothesis import given", "f(told=1)", "row.place", "founded = 1"],
)
def test_what_is_named_elsewhere_is_left_in_peace(code: str) -> None:
    assert complaints(Path("some.py"), ast.parse(code)) == []
