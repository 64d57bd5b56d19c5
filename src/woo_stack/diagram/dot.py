"""A picture as DOT text, which Graphviz draws."""

import json
from html import escape

from woo_stack.diagram.graph import Graph, Node
from woo_stack.diagram.words import COLORS, edge_lines, node_lines

#: Graphviz lays what comes first at the bottom: what stands beside the flow from entry to data is below it.
_BELOW = ("Network", "Eyes")
_HEAD = """\
digraph {
  graph [rankdir=LR, bgcolor=transparent, fontname="Helvetica", fontsize=14, fontcolor="#707a85",
    color="#8c959f", style="rounded,dashed", nodesep=0.2, ranksep=0.6, pad=0.1]
  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, fontcolor="#ffffff",
    margin="0.2,0.08"]
  edge [fontname="Helvetica", fontsize=11, fontcolor="#707a85", color="#8c959f", arrowsize=0.7]
"""


def dot(graph: Graph) -> str:
    """The picture as a digraph from left to right; the same graph gives the same text."""
    names = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = [_HEAD.rstrip()]
    for tier, nodes in sorted(graph.tiers.items(), key=lambda one: one[0] not in _BELOW):
        lines += [f"  subgraph cluster_{tier} {{", f"    label={json.dumps(tier)}", "    margin=14"]
        lines += [f"    {names[node.id]} [label={_label(node)}, {_colors(tier)}]" for node in nodes]
        lines.append("  }")
    for edge in graph.edges:
        # HTML-like as the nodes' labels: a backslash means nothing there.
        shown = "<br/>".join(map(escape, edge_lines(edge)))
        said = [f"label=<{shown}>"] * bool(shown) + ["style=dashed"] * edge.dashed
        attributes = f" [{', '.join(said)}]" if said else ""
        lines.append(f"  {names[edge.source]} -> {names[edge.target]}{attributes}")
    return "\n".join([*lines, "}"]) + "\n"


def _colors(tier: str) -> str:
    return f'fillcolor="{COLORS[tier]}", color="{COLORS[tier]}"'


def _label(node: Node) -> str:
    lines = list(map(escape, node_lines(node)))
    if not lines:
        return '""'
    rest = "".join(f'<br/><font point-size="10">{line}</font>' for line in lines[1:])
    return f"<<b>{lines[0]}</b>{rest}>"
