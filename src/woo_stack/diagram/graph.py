"""What a picture of a template is made of: tiers of nodes, and edges; a value, without a notion of how it is drawn."""

from dataclasses import dataclass

#: In the order in which a person reads them.
TIERS = ("Entry", "Logic", "Data", "Security", "Eyes", "Network", "Other")


@dataclass(frozen=True)
class Node:
    """A resource, or several that are drawn as one."""

    #: The logical id; of several the first.
    id: str
    #: What the picture calls it.
    title: str
    #: The CloudFormation type.
    type: str
    #: Service and kind, by AWS's names: "Amazon SQS FIFO queue".
    kind: str
    tier: str
    #: What is said of it instead of edges: "encrypts 12 resources".
    note: str = ""
    #: How many resources it stands for.
    count: int = 1


@dataclass(frozen=True, order=True)
class Edge:
    """From one node to another, by their ids."""

    source: str
    target: str
    label: str = ""
    #: No more than an order in time.
    dashed: bool = False


@dataclass(frozen=True)
class Graph:
    """The whole picture; every edge ends at nodes of it."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def tiers(self) -> dict[str, tuple[Node, ...]]:
        """The nodes of each tier that has any."""
        found = {tier: tuple(node for node in self.nodes if node.tier == tier) for tier in TIERS}
        return {tier: nodes for tier, nodes in found.items() if nodes}
