"""Structural evidence of the model itself: moments, accounts, rings, coordinated groups, and labelled ids."""

from zhenzan.translation import N_
from zhenzan.verify.evidence.kinds.evidence_kind import EvidenceKind

__all__ = ["LABELLED", "STRUCTURAL"]

STRUCTURAL = (
    EvidenceKind(
        "moment",
        title=N_("Improbable moment"),
        for_fake=N_("The item received far more likes at that moment than its own life explains."),
        for_genuine=N_("The item received about as many likes at that moment as its own life explains."),
        description="The item received more likes at that time than its own life makes likely.",
    ),
    EvidenceKind(
        "company",
        title=N_("Company in the moment"),
        for_fake=N_("The moment's other accounts keep meeting in improbable moments of unrelated creators."),
        for_genuine=N_("The moment's other accounts meet nowhere else more often than chance."),
        description="The moment's other accounts keep meeting in improbable moments of unrelated creators "
        "(or they do not).",
    ),
    EvidenceKind(
        "gathering",
        title=N_("Why they meet"),
        for_fake=N_("Nothing says that the moment's accounts meet of their own accord."),
        for_genuine=N_(
            "The moment's accounts meet of their own accord: people of one taste, a class, friends or"
            " organised fans."
        ),
        description="The moment's accounts meet of their own accord: people of one taste, a class, friends, "
        "fans.",
    ),
    EvidenceKind(
        "account",
        title=N_("Account's record"),
        for_fake=N_(
            "The account keeps appearing in improbable moments on creators that have nothing in common."
        ),
        for_genuine=N_("The account's other likes fall in ordinary moments, as those of a real viewer do."),
        description="The account's likes of other creators fall into campaigns (or into ordinary moments).",
    ),
    EvidenceKind(
        "coincidence",
        title=N_("Company it keeps"),
        for_fake=N_("The account meets the same other accounts again and again, far more often than chance."),
        for_genuine=N_("The account meets no other account more often than chance."),
        description="Members of the account's ring liked this item together, far more of them than their "
        "other likes explain.",
    ),
)
"""In the order in which the model hears them; `reasons` computes them."""

LABELLED = (
    EvidenceKind(
        "calibrated:account",
        title=N_("Labels of the account"),
        for_fake=N_("Labelled likes of this account were fake."),
        for_genuine=N_("Labelled likes of this account were genuine."),
    ),
    EvidenceKind(
        "calibrated:item",
        title=N_("Labels of the item"),
        for_fake=N_("More of this item's labelled likes were fake than the rest explains."),
        for_genuine=N_("Fewer of this item's labelled likes were fake than the rest makes likely."),
    ),
)
"""`calibration.reputation` computes them, and describes each with its label."""
