"""The structure of a log: its moments and what is believed of them, of the whole log or without its farms."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from zhenzan.arrays import are_sizes
from zhenzan.verify.baseline.candidate_graph import CandidateGraph
from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.subset import Subset
from zhenzan.verify.evidence.lone_items import LoneItems
from zhenzan.verify.inference.message_passing import Beliefs

__all__ = ["Structure"]


@dataclass(frozen=True)
class Structure:
    """Moments, the likes in them, and what is believed of both; `natural` bool[pairs], likes of regulars of
    groups that were not hired.
    """

    moments: Moments
    graph: CandidateGraph
    beliefs: Beliefs
    natural: np.ndarray
    lone: LoneItems

    def __post_init__(self) -> None:
        assert are_sizes(self.moments.n, self.graph.start, self.beliefs.prior)
        assert are_sizes(self.graph.edges, self.beliefs.bought)
        assert are_sizes(self.graph.account_code.size, self.beliefs.paid)

    def in_whole(self, pairs: Pairs, rest: Subset, creators: np.ndarray) -> Structure:
        """The same of the whole log `pairs`, of which it was the `rest`; `creators` int32[accounts] of the
        whole. A moment spans what lies between its likes.
        """
        moments, residue, lone = self.moments, self.graph, self.lone
        natural, lonely = np.zeros(pairs.n, bool), np.zeros(pairs.n_items, bool)
        doubt = np.zeros(pairs.n_items)
        natural[rest.pair] = self.natural
        lonely[rest.item], doubt[rest.item] = lone.lone, lone.doubt
        stop = rest.pair[moments.stop - 1] + np.int32(1)
        return Structure(
            replace(moments, start=rest.pair[moments.start], stop=stop),
            replace(
                residue,
                edge_pair=rest.pair[residue.edge_pair],
                account_code=rest.account[residue.account_code],
                creators=creators,
            ),
            self.beliefs,
            natural,
            LoneItems(lonely, doubt, rest.pair[lone.pair], lone.share),
        )
