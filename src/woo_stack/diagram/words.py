"""Texts of a picture, whatever a template calls its resources: on one line each, and not endless."""

from woo_stack.diagram.graph import Edge, Node

#: Longer texts are cut; a logical id may have 255 characters.
LONGEST = 60
#: By tier: what fills the node; the white text on each has a contrast above 4.5 to 1.
COLORS = {
    "Entry": "#7a3fb0",
    "Logic": "#b4510a",
    "Data": "#2f55c7",
    "Security": "#b8202f",
    "Eyes": "#b01d6a",
    "Network": "#5f3dc4",
    "Other": "#4d5a68",
}


def node_lines(node: Node) -> list[str]:
    """What stands in a node: its title, what it is, and what is said of it."""
    return [one for one in map(plain, (node.title, node.kind, node.note)) if one]


def edge_lines(edge: Edge) -> list[str]:
    """What stands at an edge."""
    return [one for one in map(plain, edge.label.split("\n")) if one]


def plain(text: str) -> str:
    """The text on one line, cut where it is too long, without what no font shows."""
    shown = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
