"""Every fixed text of the page by a name. `{names}` are filled with numbers and ids."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.presentation import COUNTS
from zhenzan.translation import N_, NC_

__all__ = ["TEXTS"]

TEXTS: Mapping[str, str] = {
    "title": N_("Like verification report"),
    "skip": N_("Skip to the findings"),
    "theme": NC_("a button of the report", "Light / dark"),
    "contents": N_("Contents"),
    # headline
    **COUNTS,
    "lede": N_("{verified} of {claimed} claimed likes are verified."),
    "lede_empty": N_("There are no likes to judge."),
    "bubble": N_(
        "{share} of the likes could not be verified. With 95 % confidence, between {low} and "
        "{high} are genuine."
    ),
    "bubble_none": N_(
        "Nearly every like stands. With 95 % confidence, between {low} and {high} are genuine."
    ),
    "two_counts": N_(
        "Verified is the number of likes expected to be genuine: an uncertain like counts in "
        "part. The parts under the bar sort every claimed like into one, so they add up to "
        "the claimed."
    ),
    "tile_rings": NC_("a tile of the report", "rings found"),
    "tile_ring_accounts": N_("accounts in rings"),
    "tile_campaigns": N_("bought campaigns"),
    "tile_cleared": N_("bursts examined and cleared"),
    "not_counted": N_("Not counted among the claimed: {repeated} repeated and {cancelled} cancelled."),
    "idle_text": N_(
        "By hired accounts: {idle} likes that were not bought, but come from accounts that mostly sell "
        "likes. They say nothing about anybody's interest, so none of them is verified."
    ),
    "untold": N_(
        "Whether {untold} of the likes were bought cannot be told from one item: they are "
        "more than the item's own pace explains, and its accounts are hardly seen elsewhere. "
        "They count by half, and the interval holds both answers."
    ),
    # sections
    "certainty": N_("How sure we are"),
    "certainty_text": N_(
        "Every like has a probability of being fake. From {fake_threshold} it is called "
        "fake, up to {genuine_threshold} genuine, between the two uncertain. The verified "
        "number adds up the probabilities of being genuine, so an uncertain like counts in "
        "part. Its interval takes likes to be judged wrongly together: it reaches to what "
        "the number would be were all evidence much stronger, and weaker."
    ),
    "items": N_("Where the bubble is"),
    "items_text": N_(
        "The {shown} with the largest difference between claimed and verified likes, of {total}."
    ),
    "items_none": N_("No item claims more likes than it has."),
    "item": N_("item"),
    "creator": N_("creator"),
    "interval": N_("95 % interval"),
    "by_verdict": N_("by verdict"),
    "bursts": N_("Bursts: bought, and cleared"),
    "bursts_text": N_(
        "A burst is not a crime. Examined and cleared: {cleared}. Judged to be bought: "
        "{bought}. What counts is not how large a burst is, but who came. On the dashed line "
        "a burst is exactly as large as expected."
    ),
    "bursts_none": N_("No burst was large enough to be examined."),
    "cleared_title": N_("The largest that were cleared"),
    "cleared_none": N_("None was cleared."),
    "received": N_("received"),
    "expected": N_("expected"),
    "within": N_("within"),
    "suspects": N_("called fake"),
    "chance": N_("likely bought"),
    "start": N_("start (UTC)"),
    "rings": N_("The rings"),
    "rings_text": N_(
        "A ring is accounts that keep taking part in the same campaigns. Here are {shown} of {total}."
    ),
    "rings_none": N_("No ring was found: no group of accounts keeps appearing together where it should not."),
    "network_caption": N_(
        "Who with whom. A circle is a campaign, its area the number of likes; a line joins "
        "campaigns that share accounts, the thicker the larger the shared part."
    ),
    "rasters_caption": N_(
        "When, and on what. A row is an item, a cell a span of time (UTC): the ring's likes "
        "in red over everybody else's in grey."
    ),
    "ring": N_("ring"),
    "ring_title": N_("Ring"),
    "kind": N_("kind"),
    "accounts": N_("accounts"),
    "campaigns": N_("campaigns"),
    "creators": N_("creators"),
    "likes": N_("likes"),
    "at_work": N_("at work"),
    "mean_probability": N_("mean probability"),
    "story": N_("One ring, told"),
    "matrix_caption": N_(
        "Its most active accounts (rows) and its campaigns in order of time (columns): a "
        "mark where one took part. Real viewers fill such a table at random; a ring fills it in columns."
    ),
    "typical": N_("Three likes, explained"),
    "typical_text": N_(
        "Evidence is weighed in decibans (dB): +10 dB makes fake ten times likelier, −10 dB "
        "genuine ten times likelier. Weights add up from the prior to the verdict."
    ),
    "typical_fake": N_("Called fake"),
    "typical_uncertain": N_("Left uncertain"),
    "typical_cleared": N_("Cleared, although in a burst"),
    "typical_none": N_("There is no like to show."),
    "evidence": N_("What spoke"),
    "evidence_text": N_(
        "How often each kind of evidence spoke, and how strongly on average. Of {silent} "
        "nothing is known beyond the prior."
    ),
    "evidence_sampled": N_("Counted on every {step}-th row and scaled up."),
    "evidence_none": N_("No evidence spoke: every like has the prior alone."),
    "kind_of_evidence": N_("kind of evidence"),
    "for_fake": N_("for fake"),
    "for_genuine": N_("for genuine"),
    "mean_weight": N_("mean"),
    "unknown": N_("What the log could not tell"),
    "unknown_text": N_("These columns are absent. With them, more could be known:"),
    "unknown_none": N_("The log has every column that the model can use."),
    "honest": N_(
        "A verdict is a probability, not a proof: single likes that nobody coordinated leave "
        "little trace in a log, and bots' likes on popular items look like anybody's."
    ),
    "column": N_("column"),
    "would_add": N_("what it would add"),
    "making": N_("How this was made"),
    "policy": N_("policy"),
    "version": N_("Zhenzan version"),
    "sources": N_("read from"),
    "rows": N_("rows read"),
    "rejected": N_("rows rejected"),
    "period": N_("period of the likes (UTC)"),
    "prior": N_("prior of fake"),
    "thresholds": N_("thresholds"),
    "present": N_("columns used"),
    "time": N_("time taken"),
    "seconds": N_("{seconds} s"),
    "footer": N_("Every like has its reasons: zhenzan explain --like, --account, --item or --ring."),
    # what a screen reader says of a chart
    "alt_certainty": N_("Likes by probability of being fake"),
    "alt_bursts": N_("Likes received against likes expected, per burst"),
    "alt_network": N_("Rings and their campaigns as a network"),
    "alt_raster": N_("Likes of ring {ring} by item and time"),
    "alt_matrix": N_("Accounts and campaigns of ring {ring}"),
    "alt_waterfall": N_("From prior to verdict"),
    "alt_evidence": N_("How often each kind of evidence spoke"),
}
