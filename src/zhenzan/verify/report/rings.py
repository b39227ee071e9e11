"""Ring charts: when and on what (raster), who with whom (matrix), shared accounts (network)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import altair as alt

from zhenzan.presentation import COLOURS, themed
from zhenzan.translation import gettext
from zhenzan.verify.report.layout import Disc, pack, spring
from zhenzan.verify.report.number_text import Language, counted, label, number, span, unique_labels, when
from zhenzan.verify.report.result_sql import Tables
from zhenzan.verify.report.story import ring_campaigns

__all__ = [
    "Matrix",
    "Network",
    "Raster",
    "matrix",
    "matrix_of",
    "network",
    "network_of",
    "raster",
    "raster_cells",
]

RASTER_ITEMS_MAX = 18
RASTER_BINS = 120
MATRIX_ACCOUNTS_MAX = 48
MATRIX_CAMPAIGNS_MAX = 40
NETWORK_CAMPAIGNS_MAX = 10
"""Campaigns drawn of one ring: more would hide their links."""


@dataclass(frozen=True)
class Raster:
    """Likes of a ring's items in bins of time. Cells: item, start, end (epoch ms), mine, likes."""

    ring: int
    items: tuple[Any, ...]
    start_ms: float
    end_ms: float
    cells: tuple[dict[str, Any], ...]


def raster_cells(tables: Tables, rings: Sequence[Mapping[str, Any]]) -> dict[int, Raster]:
    """Rasters of several rings in two scans of the verdicts; at most 18 items by 120 bins each."""
    if not rings:
        return {}
    numbers = [int(ring["ring"]) for ring in rings]
    spans = {int(ring["ring"]): _span(ring) for ring in rings}
    tables.run("CREATE OR REPLACE TEMP TABLE drawn (ring INTEGER, start DOUBLE, width DOUBLE)")
    for ring, (start, end) in spans.items():
        tables.run("INSERT INTO drawn VALUES (?, ?, ?)", [ring, start, (end - start) / RASTER_BINS])
    tables.run(
        "CREATE OR REPLACE TEMP TABLE rows_drawn AS SELECT ring, item, first FROM ("
        "SELECT ring, item, count(*) AS likes, min(timestamp) AS first FROM verdicts "
        f"WHERE ring IN ({_list(numbers)}) AND verdict = 'fake' GROUP BY 1, 2) QUALIFY "
        f"row_number() OVER (PARTITION BY ring ORDER BY likes DESC, first, item) <= {RASTER_ITEMS_MAX}"
    )
    top = tables.query("SELECT ring, item FROM rows_drawn ORDER BY ring, first, item")
    rows = tables.query(
        "SELECT d.ring AS ring, v.item AS item, floor((epoch_ms(v.timestamp) - d.start) / d.width) AS bin, "
        "(v.ring IS NOT DISTINCT FROM d.ring AND v.verdict = 'fake') AS mine, count(*) AS likes "
        "FROM verdicts v JOIN rows_drawn t ON v.item = t.item JOIN drawn d ON d.ring = t.ring "
        "WHERE epoch_ms(v.timestamp) >= d.start "
        f"AND epoch_ms(v.timestamp) < d.start + {RASTER_BINS} * d.width "
        "GROUP BY ALL ORDER BY ring, mine, item, bin"
    )
    return {ring: _raster(ring, spans[ring], top, rows) for ring in numbers}


def _raster(
    ring: int, span: tuple[float, float], top: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> Raster:
    start, end = span
    width = (end - start) / RASTER_BINS
    cells = tuple(
        {
            "item": row["item"],
            "start": start + row["bin"] * width,
            "end": start + (row["bin"] + 1) * width,
            "mine": bool(row["mine"]),
            "likes": row["likes"],
        }
        for row in rows
        if row["ring"] == ring
    )
    return Raster(ring, tuple(row["item"] for row in top if row["ring"] == ring), start, end, cells)


def _span(ring: Mapping[str, Any]) -> tuple[float, float]:
    """The ring's time at work in epoch milliseconds, with a margin on both sides."""
    first, last = ring["first"].timestamp() * 1000, ring["last"].timestamp() * 1000
    margin = max(600_000.0, 0.04 * (last - first))
    return first - margin, last + margin


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(one)) for one in numbers) or "NULL"


def raster(drawn: Raster, language: Language = "en", *, width: int = 520, titles: bool = True) -> Any:
    """When and on what: one row an item, one cell a span of time; the ring's likes over everybody else's."""
    names = dict(zip(drawn.items, unique_labels(list(drawn.items), 16), strict=True))
    mine = gettext("the ring's likes", language)
    others = gettext("other likes", language)
    rows = [
        {
            "item": names[cell["item"]],
            "start": cell["start"],
            "end": cell["end"],
            "who": mine if cell["mine"] else others,
            "weight": min(1.0, 0.45 + 0.12 * cell["likes"]),
            "tip": _cell_tip(cell, names[cell["item"]], mine if cell["mine"] else others, language),
        }
        for cell in drawn.cells
        if cell["item"] in names
    ]
    scale = alt.Scale(domain=[mine, others], range=[COLOURS["fake"], COLOURS["faint"]])
    days = (drawn.end_ms - drawn.start_ms) / 86_400_000
    time_format = "%m-%d" if days > 4 else "%m-%d %H:%M" if days > 0.5 else "%H:%M"
    rows_scale = alt.Scale(domain=list(names.values()), padding=0.15)
    time_scale = alt.Scale(type="utc", domain=[drawn.start_ms, drawn.end_ms], nice=False)
    time_axis = alt.Axis(format=time_format, tickCount=6 if titles else 4, grid=False, labelOverlap="greedy")
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(stroke=None)
        .encode(
            y=alt.Y("item:N", sort=None, title=None, scale=rows_scale, axis=alt.Axis(labelLimit=130)),
            x=alt.X("start:T", title="UTC" if titles else None, scale=time_scale, axis=time_axis),
            x2="end:T",
            color=alt.Color("who:N", scale=scale, legend=alt.Legend() if titles else None),
            opacity=alt.Opacity("weight:Q", scale=None, legend=None),
            description="tip:N",
        )
    )
    step = 14 if len(names) > 8 else 18
    return themed(chart.properties(width=width, height=max(40, step * max(1, len(names)))))


def _cell_tip(cell: Mapping[str, Any], item: str, whose: str, language: Language) -> str:
    first, last = (datetime.fromtimestamp(cell[edge] / 1000, UTC) for edge in ("start", "end"))
    return f"{item}, {span(first, last, language)}: {number(cell['likes'])} ({whose})"


@dataclass(frozen=True)
class Matrix:
    """Who took part in what: campaigns in order of time, accounts, and the pairs (account, moment)."""

    campaigns: tuple[dict[str, Any], ...]
    accounts: tuple[Any, ...]
    pairs: tuple[tuple[Any, int], ...]


def matrix_of(tables: Tables, ring: Mapping[str, Any]) -> Matrix:
    """The ring's most active accounts against its largest campaigns."""
    campaigns = ring_campaigns(tables, ring["ring"], MATRIX_CAMPAIGNS_MAX)
    chosen = _list([int(one["moment"]) for one in campaigns])
    pairs = tables.query(
        "WITH took AS (SELECT DISTINCT account, moment FROM verdicts "
        f"WHERE ring = ? AND moment IN ({chosen}) AND verdict = 'fake'), "
        "busiest AS (SELECT account, count(*) AS joined FROM took GROUP BY 1 "
        f"ORDER BY joined DESC, account LIMIT {MATRIX_ACCOUNTS_MAX}) "
        "SELECT account, moment, joined FROM took JOIN busiest USING (account) "
        "ORDER BY joined DESC, account, moment",
        [ring["ring"]],
    )
    accounts = tuple(dict.fromkeys(row["account"] for row in pairs))
    return Matrix(tuple(campaigns), accounts, tuple((row["account"], row["moment"]) for row in pairs))


def matrix(drawn: Matrix, language: Language = "en") -> Any:
    """Who with whom: a row an account, a column a campaign in order of time, a mark where it took part."""
    names = dict(zip(drawn.accounts, unique_labels(list(drawn.accounts), 16), strict=True))
    order = {one["moment"]: index + 1 for index, one in enumerate(drawn.campaigns)}
    campaign_titles = {
        one["moment"]: f"{when(one['start'], language)}, {label(one['item'])}" for one in drawn.campaigns
    }
    rows = [
        {
            "account": names[account],
            "campaign": order[moment],
            "tip": f"{names[account]} · {campaign_titles[moment]}",
        }
        for account, moment in drawn.pairs
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(color=COLOURS["fake"], cornerRadius=1)
        .encode(
            x=alt.X(
                "campaign:O",
                title=gettext("campaigns, in order of time", language),
                scale=alt.Scale(domain=list(order.values()), padding=0.12),
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y(
                "account:N",
                title=gettext("accounts", language),
                sort=None,
                scale=alt.Scale(padding=0.12),
                axis=alt.Axis(labels=len(names) <= 24),
            ),
            description="tip:N",
        )
    )
    width = min(520, max(120, 26 * len(order)))
    height = min(420, max(40, (16 if len(names) <= 24 else 9) * max(1, len(names))))
    return themed(chart.properties(width=width, height=height))


@dataclass(frozen=True)
class Network:
    """Campaigns as nodes, links as the accounts they share. Nodes: moment, ring, x, y; links: two moments."""

    nodes: tuple[dict[str, Any], ...]
    links: tuple[dict[str, Any], ...]
    discs: tuple[Disc, ...]
    rings: tuple[dict[str, Any], ...]
    width: float
    height: float


def network_of(tables: Tables, rings: Sequence[Mapping[str, Any]], width: float = 860.0) -> Network:
    """The largest campaigns of the given rings, placed ring by ring. Deterministic."""
    campaigns = {
        int(ring["ring"]): ring_campaigns(tables, ring["ring"], NETWORK_CAMPAIGNS_MAX) for ring in rings
    }
    chosen = _list([int(one["moment"]) for group in campaigns.values() for one in group])
    shared = tables.query(
        "WITH took AS (SELECT DISTINCT moment, account FROM verdicts "
        f"WHERE moment IN ({chosen}) AND verdict = 'fake'), "
        "sizes AS (SELECT moment, count(*) AS size FROM took GROUP BY 1) "
        "SELECT p.a AS a, p.b AS b, p.shared AS shared, p.shared / least(s.size, t.size) AS share FROM "
        "(SELECT x.moment AS a, y.moment AS b, count(*) AS shared FROM took x JOIN took y "
        "ON x.account = y.account AND x.moment < y.moment GROUP BY 1, 2) p "
        "JOIN sizes s ON s.moment = p.a JOIN sizes t ON t.moment = p.b "
        "ORDER BY shared DESC, a, b LIMIT 600"
    )
    drawn = [ring for ring in rings if campaigns[int(ring["ring"])]]
    discs, height = pack([len(campaigns[int(ring["ring"])]) for ring in drawn], width)
    nodes = []
    for ring, disc in zip(drawn, discs, strict=True):
        group = campaigns[int(ring["ring"])]
        order = {one["moment"]: index for index, one in enumerate(group)}
        links = [
            (order[row["a"]], order[row["b"]], row["share"])
            for row in shared
            if row["a"] in order and row["b"] in order
        ]
        for one, (x, y) in zip(group, spring(len(group), links), strict=True):
            nodes.append(
                {
                    **one,
                    "ring": int(ring["ring"]),
                    "x": disc.x + disc.radius * x,
                    "y": disc.y + disc.radius * y,
                }
            )
    return Network(
        tuple(nodes), tuple(shared), tuple(discs), tuple(dict(ring) for ring in drawn), width, height
    )


def network(drawn: Network, language: Language = "en") -> Any:
    """Circles are campaigns (area: likes), lines the accounts that two campaigns share (width: how many)."""
    places = {node["moment"]: node for node in drawn.nodes}
    frame = {"width": drawn.width, "height": drawn.height}
    across = alt.Scale(domain=[0, drawn.width], nice=False, zero=False)
    down = alt.Scale(domain=[0, drawn.height], nice=False, zero=False, reverse=True)
    lines = [
        {
            "x": places[link["a"]]["x"],
            "y": places[link["a"]]["y"],
            "x2": places[link["b"]]["x"],
            "y2": places[link["b"]]["y"],
            "share": link["share"],
            "tip": gettext("shared: {count}", language, count=number(link["shared"])),
        }
        for link in drawn.links
        if link["a"] in places and link["b"] in places
    ]
    dots = [
        {
            "x": node["x"],
            "y": node["y"],
            "likes": node["likes"],
            "tip": f"{when(node['start'], language)} · {label(node['item'])} · "
            f"{counted(node['likes'], 'like', language)}",
        }
        for node in drawn.nodes
    ]
    titles = [
        {
            "x": disc.x,
            "y": disc.y - disc.radius - 26,
            "ring": gettext("Ring {ring}", language, **ring),
            "size": counted(ring["accounts"], "account", language),
        }
        for disc, ring in zip(drawn.discs, drawn.rings, strict=True)
    ]
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=down, axis=None)
    largest = max([1, *(dot["likes"] for dot in dots)])
    width = alt.Scale(domain=[0, 1], range=[0.4, 4])
    ink = alt.Scale(domain=[0, 1], range=[0.12, 0.5])
    area = alt.Scale(domain=[0, largest], range=[30, 420])
    names = alt.Chart(alt.Data(values=titles))
    layers = [
        alt.Chart(alt.Data(values=lines))
        .mark_rule(color=COLOURS["muted"])
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            description="tip:N",
            strokeWidth=alt.StrokeWidth("share:Q", scale=width, legend=None),
            opacity=alt.Opacity("share:Q", scale=ink, legend=None),
        ),
        alt.Chart(alt.Data(values=dots))
        .mark_circle(color=COLOURS["fake"], opacity=1, stroke=COLOURS["paper"], strokeWidth=1.5)
        .encode(x=x, y=y, description="tip:N", size=alt.Size("likes:Q", scale=area, legend=None)),
        names.mark_text(fontWeight=600).encode(x=x, y=y, text="ring:N"),
        names.mark_text(dy=15, fontSize=11, color=COLOURS["muted"]).encode(x=x, y=y, text="size:N"),
    ]
    return themed(alt.layer(*layers).properties(**frame))
