"""Fewer nodes and edges that tell the same: siblings as one, and notes instead of many lines to a bystander."""

from collections.abc import Iterable
from dataclasses import replace

from woo_stack.diagram.graph import Edge, Graph, Node
from woo_stack.diagram.wiring import ONE

#: So many names are listed.
NAMES = 3
#: So many edges of one kind to a resource that only stands by are a note.
MANY = 3
#: Tiers whose resources stand by.
BYSTANDERS = ("Eyes", "Security", "Logic")
#: How a label is said of what it points to.
_PASSIVE = {
    "authorized by": "authorizes {}",
    "dead letters": "dead letters of {}",
    "invokes": "invoked by {}",
    "notifies": "notified by {}",
    "protects": "protects {}",
    "publishes": "published to by {}",
    "reads": "read by {}",
    "reads and writes": "read and written by {}",
    "sends": "sent to by {}",
    "writes": "written by {}",
}


def grouped(graph: Graph) -> Graph:
    """The picture with siblings drawn as one, until no two are left."""
    graph = _noted(_ones(graph))
    while (fewer := _siblings(graph)) != graph:
        graph = fewer
    return _watching(graph)


def plural(words: str, count: int) -> str:
    """An English noun for so many."""
    if count == 1:
        return words
    for end, many in (("policy", "policies"), ("query", "queries"), ("proxy", "proxies"), ("ss", "sses"), ("s", "s")):
        if words.endswith(end):
            return f"{words.removesuffix(end)}{many}"
    return f"{words}s"


def _ones(graph: Graph) -> Graph:
    """All of some types as one node each."""
    keys: dict[tuple[str, ...], list[Node]] = {}
    for node in graph.nodes:
        keys.setdefault((node.type,) if node.type in ONE else (node.type, node.id), []).append(node)
    return _joined(graph, keys.values())


def _siblings(graph: Graph) -> Graph:
    """Nodes of one type that have the same edges as one."""
    edges: dict[str, list[tuple[str, str, str]]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        edges[edge.source].append(("to", edge.target, edge.label))
        edges[edge.target].append(("from", edge.source, edge.label))
    keys: dict[tuple[object, ...], list[Node]] = {}
    for node in graph.nodes:
        keys.setdefault((node.type, node.kind, node.note, *sorted(edges[node.id])), []).append(node)
    return _joined(graph, keys.values())


def _joined(graph: Graph, groups: Iterable[list[Node]]) -> Graph:
    """Each group as its first node."""
    those = list(groups)
    first = {node.id: group[0].id for group in those for node in group}
    edges: dict[tuple[str, str], dict[str, None]] = {}
    for edge in graph.edges:
        source, target = first[edge.source], first[edge.target]
        if source != target:
            edges.setdefault((source, target), {})[edge.label] = None
    return Graph(
        tuple(_one(group) for group in those),
        tuple(Edge(*pair, ", ".join(label for label in labels if label)) for pair, labels in edges.items()),
    )


def _one(group: list[Node]) -> Node:
    if len(group) == 1:
        return group[0]
    count = sum(node.count for node in group)
    kind, names = plural(group[0].kind, count), [node.title for node in group]
    shown = ", ".join(names) if len(names) <= NAMES else f"{', '.join(names[: NAMES - 1])}, …"
    return replace(group[0], title=shown, kind=f"{count} {kind}", count=count)


def _watching(graph: Graph) -> Graph:
    """Topics that only alarms publish to belong to what watches: an edge back from there would turn the picture."""
    nodes = {node.id: node for node in graph.nodes}
    busy = {edge.source for edge in graph.edges}
    busy |= {edge.target for edge in graph.edges if nodes[edge.source].tier != "Eyes"}
    told = {edge.target for edge in graph.edges} - busy
    moved = (
        replace(node, tier="Eyes") if node.type == "AWS::SNS::Topic" and node.id in told else node
        for node in graph.nodes
    )
    return replace(graph, nodes=tuple(moved))


def _noted(graph: Graph) -> Graph:
    """A note where as many point at one that stands by; never for queues and functions, whose edges are the picture."""
    nodes = {node.id: node for node in graph.nodes}
    pointing: dict[tuple[str, str], list[Edge]] = {}
    for edge in graph.edges:
        target = nodes[edge.target]
        if target.tier in BYSTANDERS[:2] or (target.type == "AWS::SNS::Topic" and edge.label == "dead letters"):
            pointing.setdefault((edge.target, edge.label), []).append(edge)
    gone: set[Edge] = set()
    for (name, label), edges in pointing.items():
        if len(edges) >= MANY and label:
            gone |= {*edges}
            kinds = {nodes[edge.source].kind for edge in edges}
            words = next(iter(kinds)).split()[-1] if len(kinds) == 1 else "resource"
            said = _PASSIVE.get(label, f"{label}: {{}}").format(f"{len(edges)} {plural(words, len(edges))}")
            nodes[name] = replace(nodes[name], note=", ".join(filter(None, (nodes[name].note, said))))
    return Graph(tuple(nodes.values()), tuple(edge for edge in graph.edges if edge not in gone))
