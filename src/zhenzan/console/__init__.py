"""The console: HTML pages rendered on the server, in English and Chinese; no build step."""

from zhenzan.console.graph import Graph, ring_graph
from zhenzan.console.rendering import render, static_file
from zhenzan.console.texts import WORDS

__all__ = ["WORDS", "Graph", "render", "ring_graph", "static_file"]
