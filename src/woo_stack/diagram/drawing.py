"""From a template to its picture: what an architect draws, with everything else as edges, parts and notes."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from woo_stack.diagram.access import access, verbs
from woo_stack.diagram.graph import Edge, Graph, Node
from woo_stack.diagram.grouping import grouped
from woo_stack.diagram.routes import listed, properties, route
from woo_stack.diagram.serverless import implied
from woo_stack.diagram.services import noun, service_of, title
from woo_stack.diagram.wholes import Wholes
from woo_stack.diagram.wiring import AMBIENT, LINKS, MEANINGS, QUIET, Link
from woo_stack.errors import WooStackError
from woo_stack.loops import Loops

#: What tells more of the same pair: a route before a property, that before a permission, that before a mere reference.
ROUTE, MEANING, RIGHT, REFERENCE = range(4)


class Wire(NamedTuple):
    """An edge as one resource tells it, before all that say the same are one."""

    rank: int
    edge: Edge


def graph(template: Mapping[str, Any], every_resource: bool = False) -> Graph:
    """The picture of a template, a mapping as JSON has it; every resource as a node of its own, if that is asked.

    Raises WooStackError for a template without Resources, or with values nested too deep.
    """
    loops = Loops(template)
    try:
        given = loops.unrolled(template.get("Resources"))
        if not isinstance(given, Mapping) or not any(isinstance(one, Mapping) for one in given.values()):
            raise WooStackError("the template has no Resources, allowed: a CloudFormation template with at least one")
        resources = implied({f"{name}": one for name, one in given.items() if isinstance(one, Mapping)})
        wholes = Wholes(resources, loops.once)
        return _whole(wholes) if every_resource else _drawn(wholes) or _whole(wholes)
    except RecursionError:
        raise WooStackError("the template's values are nested too deep, allowed: what CloudFormation takes") from None


def _whole(wholes: Wholes) -> Graph:
    """Each resource and each reference, labelled with the property that has it; and what waits for what, dashed."""
    edges = {
        Edge(name, found.name, found.path[0] if found.path else "")
        for name in wholes.resources
        for found in wholes.named[name]
    }
    edges |= {
        Edge(name, other, "after", dashed=True)
        for name, resource in wholes.resources.items()
        for other in _awaited(resource)
        if other in wholes.resources and other != name
    }
    return Graph(tuple(_node(name, wholes, "") for name in wholes.resources), tuple(sorted(edges)))


def _awaited(resource: Mapping[str, Any]) -> list[str]:
    """What the resource's DependsOn names."""
    named = resource.get("DependsOn")
    return [one for one in (named if isinstance(named, list) else [named]) if isinstance(one, str)]


def _drawn(wholes: Wholes) -> Graph | None:
    """What an architect draws; None where that is nothing."""
    names = dict.fromkeys(owner for name in wholes.resources for owner in wholes.of(name))
    nodes = {
        name: _node(name, wholes, _note(name, wholes), shortened=True) for name in wholes.resources if name in names
    }
    if not nodes:
        return None
    return grouped(Graph(tuple(nodes.values()), tuple(_merged(_wires(wholes, nodes), nodes))))


def _node(name: str, wholes: Wholes, note: str, shortened: bool = False) -> Node:
    resource = wholes.resources[name]
    kind, metadata = wholes.kind(name), resource.get("Metadata")
    service = service_of(kind)
    words = noun(kind, properties(resource))
    # Of a type without a row its own words are all that is known.
    shown = (service.name if service.name.endswith(f" {words}") else f"{service.name} {words}") if service else kind
    path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
    many = f"for each {wholes.once[name]}" if name in wholes.once else ""
    called = title(name, path) if shortened else name
    tier = service.tier if service else "Other"
    return Node(name, called, kind, shown, tier, ", ".join(filter(None, (note, many))))


def _note(name: str, wholes: Wholes) -> str:
    """What is said of a resource instead of edges, or because nothing in the template is at their other end."""
    kind, given = wholes.kind(name), properties(wholes.resources[name])
    if kind == "AWS::KMS::Key":
        users = {owner for one in wholes.naming[name] if "::IAM::" not in wholes.kind(one) for owner in wholes.of(one)}
        return f"encrypts {len(users - {name})} resources" if users - {name} else ""
    if kind == "AWS::SNS::Topic":
        ways = _outside(given, [wholes.resources[one] for one in wholes.naming[name]])
        return f"to {', '.join(ways)}" if ways else ""
    schedule = given.get("ScheduleExpression")
    return schedule if isinstance(schedule, str) else ""


def _outside(topic: Mapping[str, Any], naming: list[Mapping[str, Any]]) -> list[str]:
    """The protocols by which a topic's messages leave the template."""
    within = topic.get("Subscription")
    those = [properties(one) for one in naming if one.get("Type") == "AWS::SNS::Subscription"]
    those += [dict(one) for one in within if isinstance(one, Mapping)] if isinstance(within, list) else []
    return sorted({f"{one.get('Protocol')}" for one in those} - {"lambda", "sqs", "firehose", "None"})


def _wires(wholes: Wholes, nodes: Mapping[str, Node]) -> Iterator[Wire]:
    for name, resource in wholes.resources.items():
        kind = wholes.kind(name)
        for right in access(name, resource):
            # To pass a role or to assume it is nothing that is done to the function that works with it.
            if right.name in wholes.resources and not _lent(wholes, right.name):
                yield from _between(wholes, name, right.name, RIGHT, right.verb)
        if link := LINKS.get(kind):
            yield from _linked(wholes, name, link)
        elif kind not in QUIET and nodes.keys() & {*wholes.of(name)}:
            yield from _referred(wholes, name)


def _lent(wholes: Wholes, name: str) -> bool:
    """Whether it is a role that is a part of what works with it."""
    return wholes.kind(name) == "AWS::IAM::Role" and wholes.of(name) != (name,)


def _linked(wholes: Wholes, name: str, link: Link) -> Iterator[Wire]:
    ends: dict[str, list[str]] = {link.source: [], link.target: []}
    for found in wholes.named[name]:
        if found.path and found.path[0] in ends:
            ends[found.path[0]].append(found.name)
    # A permission repeats what a route or a rule says better.
    rank = RIGHT if wholes.kind(name) == "AWS::Lambda::Permission" else MEANING
    for one in ends[link.source]:
        for other in ends[link.target]:
            yield from _between(wholes, one, other, rank, link.label)


def _referred(wholes: Wholes, name: str) -> Iterator[Wire]:
    routes = route(wholes.resources, name)
    for found in wholes.named[name]:
        kind = wholes.kind(found.name)
        # What a policy allows is told as a right, and what it denies is nothing to draw.
        if {"Policies", "PolicyDocument"} & {*found.path}:
            continue
        if "::IAM::" in kind and "::IAM::" not in wholes.kind(name):
            continue
        above = [MEANINGS[part] for part in found.path if part in MEANINGS]
        # An alarm refers to what it watches as well; that is most of the template.
        if wholes.kind(name) == "AWS::CloudWatch::Alarm" and not above:
            continue
        meaning = above[-1] if above else ""
        if routes and not meaning:
            yield from _between(wholes, name, found.name, ROUTE, listed(routes))
        elif meaning.startswith("<"):
            yield from _between(wholes, found.name, name, MEANING, meaning[1:])
        else:
            yield from _between(wholes, name, found.name, MEANING if meaning else REFERENCE, meaning)


def _between(wholes: Wholes, source: str, target: str, rank: int, label: str) -> Iterator[Wire]:
    # A role and its shared policy are parts of the same functions, which that does not connect.
    if rank == REFERENCE and {*wholes.of(source)} & {*wholes.of(target)}:
        return
    for one in wholes.of(source):
        for other in wholes.of(target):
            if one != other and wholes.kind(other) not in AMBIENT and wholes.kind(one) not in AMBIENT:
                yield Wire(rank, Edge(one, other, label))


def _merged(wires: Iterator[Wire], nodes: Mapping[str, Node]) -> Iterator[Edge]:
    """One edge a pair, with what tells most of it; what goes on within a network is shown by nothing outside it."""
    pairs: dict[tuple[str, str], list[Wire]] = {}
    for wire in wires:
        pairs.setdefault((wire.edge.source, wire.edge.target), []).append(wire)
    for (source, target), those in pairs.items():
        rank = min(wire.rank for wire in those)
        told = list(dict.fromkeys(wire.edge.label for wire in those if wire.rank == rank and wire.edge.label))
        back = [wire for wire in pairs.get((target, source), []) if wire.rank < rank]
        network = nodes[target].tier == "Network" != nodes[source].tier
        # The function that a queue triggers may also receive from it, and one that an API calls may know the API.
        again = told == ["consumes"] or rank == REFERENCE
        if network or (back and again):
            continue
        if rank == RIGHT:
            yield Edge(source, target, verbs(told))
        else:
            yield Edge(source, target, listed([line for label in told for line in label.split("\n")]))
