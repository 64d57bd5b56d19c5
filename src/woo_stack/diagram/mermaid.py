"""A picture as Mermaid text, which GitHub draws in a Markdown page."""

import re
from collections.abc import Iterable

from woo_stack.diagram.graph import Graph, Node
from woo_stack.diagram.words import COLORS, edge_lines, node_lines

_SAFE_ID = re.compile(r"[A-Za-z0-9]+")
#: Everything else may mean something to Mermaid or to HTML, or steer it (`%%{init: …}%%`).
_PLAIN = frozenset(" ,./()+*-_?{}…")


def mermaid(graph: Graph) -> str:
    """The picture as a flowchart from left to right; the same graph gives the same text."""
    names = _names(graph.nodes)
    lines = ["flowchart LR"]
    for tier, nodes in graph.tiers.items():
        lines.append(f'  subgraph tier_{tier}["{tier}"]')
        lines += [f'    {names[node.id]}["{_label(node_lines(node), "<b>{}</b>")}"]:::{tier}' for node in nodes]
        lines.append("  end")
    for edge in graph.edges:
        label = _label(edge_lines(edge))
        line = "-.->" if edge.dashed else "-->"
        arrow = f'{line}|"{label}"|' if label else line
        lines.append(f"  {names[edge.source]} {arrow} {names[edge.target]}")
    for tier in graph.tiers:
        lines.append(f"  classDef {tier} fill:{COLORS[tier]},stroke:{COLORS[tier]},color:#ffffff")
        # The page's own colour below: readable in light and in dark mode.
        lines.append(f"  style tier_{tier} fill:none,stroke:#8c959f,stroke-dasharray:4")
    return "\n".join(lines) + "\n"


def _names(nodes: Iterable[Node]) -> dict[str, str]:
    """Names in the text by logical id: with a prefix, because `end` and others are Mermaid's own words."""
    return {
        node.id: f"n_{node.id}" if _SAFE_ID.fullmatch(node.id) else f"n{number}" for number, node in enumerate(nodes)
    }


def _label(lines: list[str], first: str = "{}") -> str:
    escaped = ["".join(map(_escaped, line)) for line in lines]
    return "<br>".join([first.format(escaped[0]), *escaped[1:]]) if escaped else ""


def _escaped(one: str) -> str:
    return one if one.isalnum() or one in _PLAIN else f"#{ord(one)};"
