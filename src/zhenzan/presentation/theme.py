"""The theme of every chart, and its static SVG for a page, in the page's fonts and colours."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import vl_convert
from altair.utils.schemapi import debug_mode

from zhenzan.translation import Language

__all__ = ["COLOURS", "svg", "themed"]

COLOURS: dict[str, str] = {
    # Told apart with every common colour-vision deficiency, by lightness as well as by hue.
    "genuine": "#2f7196",
    "uncertain": "#dba63f",
    "fake": "#b3372b",
    "idle": "#8a6bb0",
    "ink": "#1c2430",
    "muted": "#667080",
    "faint": "#c6ccd4",
    "grid": "#e5e8ed",
    "paper": "#ffffff",
}
_FONT = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
_TIME_LOCALE: dict[Language, Any] = {"en": "en-US", "zh": "zh-CN"}
_PADDING = {"left": 22, "right": 10, "top": 6, "bottom": 4}
"""The reader's fonts may be wider than those that the drawing was measured with."""
PHONE_WIDTH = 440
"""Pixels that a drawing keeps on a narrow screen, where it scrolls: smaller would be unreadable."""
_SVG = "http://www.w3.org/2000/svg"
_DROPPED = {
    "clip-path",
    "aria-roledescription",
    "aria-hidden",
    "pointer-events",
    "font-family",
    "role",
    "class",
}


def themed(chart: Any) -> Any:
    """The chart with fonts, axes and marks in the product's look. For a finished chart, once."""
    text = {"labelFont": _FONT, "titleFont": _FONT, "labelColor": COLOURS["muted"]}
    return (
        chart.configure(background="transparent", font=_FONT, padding=_PADDING)
        .configure_view(stroke=None)
        .configure_axis(
            **text,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            titleColor=COLOURS["muted"],
            titlePadding=10,
            labelPadding=6,
            labelLimit=260,
            domain=False,
            # Titles of vertical axes lie flat above them: turned text is hard to read, Chinese above all.
            titleAnchor="middle",
            ticks=False,
            gridColor=COLOURS["grid"],
        )
        .configure_axisY(
            titleAngle=0, titleAnchor="end", titleAlign="left", titleBaseline="bottom", titleX=0, titleY=-9
        )
        .configure_legend(
            offset=26,
            **text,
            title=None,
            labelFontSize=12,
            orient="top",
            direction="horizontal",
            symbolType="square",
            symbolStrokeWidth=0,
        )
        .configure_text(font=_FONT, fontSize=12, color=COLOURS["ink"])
        .configure_title(font=_FONT, fontSize=13, color=COLOURS["ink"], anchor="start", fontWeight=600)
    )


def svg(make: Callable[[], Any], language: Language, title: str) -> str:
    """Draw what `make` makes as an `<svg>` for a page: its palette as CSS variables, its fonts the page's.

    `title` is what a screen reader says. Well-formed by construction: the drawing is parsed and written
    again, so nothing from the log can leave its text. Some 30 ms a chart, half a second the first time.
    """
    with debug_mode(False):  # our own charts are checked by their tests; checking each again doubles the time
        specification = make().to_dict(validate=False)
    drawn = vl_convert.vegalite_to_svg(specification, time_format_locale=_TIME_LOCALE[language])
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(drawn)
    _tidy(root)
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    size = f"max-width:{width}px;--least:{min(int(float(width)), PHONE_WIDTH)}px"
    root.attrib.update({"role": "img", "aria-label": title, "style": size, "class": "chart"})
    root.attrib.setdefault("viewBox", f"0 0 {width} {height}")
    return ElementTree.tostring(root, encoding="unicode")


def _tidy(parent: ElementTree.Element) -> None:
    """Drop what only an interactive view needs; keep what a mark says of itself as `data-tip`."""
    for element in list(parent):
        if element.tag.endswith("defs"):  # clips only: none of our marks leaves its plot
            parent.remove(element)
            continue
        invisible = element.get("display") == "none" or element.get("class") == "background"
        if invisible and not len(element) and element.get("fill") in (None, "none", "transparent"):
            parent.remove(element)
            continue
        tip = element.attrib.pop("aria-label", None)
        marks = element.get("role") == "graphics-symbol" and element.get("aria-roledescription") != "axis"
        for name in _DROPPED & set(element.attrib):
            del element.attrib[name]
        if tip and marks and not len(element):
            element.set("data-tip", tip)
        if element.get("opacity") == "1":
            del element.attrib["opacity"]
        _restyle(element)
        _tidy(element)


def _restyle(element: ElementTree.Element) -> None:
    """Palette colours as CSS variables, so that one drawing serves light and dark; no needless digits."""
    for name in ("fill", "stroke"):
        if element.get(name) in _VARIABLES:
            element.set(name, _VARIABLES[element.attrib[name]])
    for name in ("transform", "d", "x2", "y2"):
        if name in element.attrib:
            element.set(name, _LONG_NUMBER.sub(r"\1", element.attrib[name]))
    if element.get("font-size") == "12px":
        del element.attrib["font-size"]


_VARIABLES = {colour: f"var(--{name})" for name, colour in COLOURS.items()}
_LONG_NUMBER = re.compile(r"(\d+\.\d)\d+")
