"""From where a REST API may be called at all: addresses and VPC endpoints, whatever each route's own auth says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from troposphere import AWSHelperFn, Sub

from woo_stack.authorizers import Authorizer
from woo_stack.checked import is_network, is_within
from woo_stack.component import Value
from woo_stack.permissions import source_path
from woo_stack.routes import Route, addresses

Json = dict[str, Any]


def resource_policy(
    routes: Mapping[str, Route], stage: str, sources: Sequence[Value], endpoints: Sequence[Value]
) -> Json | None:
    """The policy of an API with these routes, None where everybody may try.

    A route without an authorizer of ours (open, or for Cognito's users) needs an Allow beside the denials. The others
    must have none: it would let in whom their authorizer or IAM knows nothing of, from any account
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html). API Gateway takes
    a changed policy with the next deployment, whose id it therefore changes.
    """
    if not (sources or endpoints or any(route.sources for route in routes.values())):
        return None
    paths = _paths(routes)
    open_ones = [f"execute-api:/{stage}/{paths[text]}" for text, route in routes.items() if _needs_allow(route)]
    statements = [_statement("Allow", open_ones)] if open_ones else []
    if endpoints:
        other = {"StringNotEquals": {"aws:SourceVpce": [*endpoints]}}
        statements.append(_statement("Deny", "execute-api:/*", other))
    key = "aws:VpcSourceIp" if endpoints else "aws:SourceIp"
    own = [(f"execute-api:/{stage}/{paths[text]}", route.sources) for text, route in routes.items()]
    for resource, networks in [("execute-api:/*", sources), *own]:
        if networks:
            statements.append(_statement("Deny", resource, {"NotIpAddress": {key: [*networks]}}))
    return {"Version": "2012-10-17", "Statement": statements}


def refusals(
    routes: Mapping[str, Route], sources: Sequence[Value], endpoints: Sequence[Value]
) -> Iterator[tuple[str, object, str]]:
    """Field, value and what is allowed, of whatever makes no policy or one that says more than what was meant."""
    for networks in (sources, *(route.sources for route in routes.values())):
        if not isinstance(networks, list | tuple) or not all(map(is_network, networks)):
            yield "sources", networks, "a list of networks, as in ['203.0.113.0/24']"
        elif not all(is_within(sources, network) for network in networks):
            yield "routes", networks, "networks within the API's own sources, which hold for every route"
    if not isinstance(endpoints, list | tuple) or not all(map(_is_endpoint, endpoints)):
        yield "vpc_endpoints", endpoints, "a list of interface endpoints, as in ['vpce-0a1b2c3d']"
    for text, other in _clashes(routes, limited=bool(sources or endpoints)):
        yield "routes", text, f"a path that does not cover {other!r} too, because a policy knows no more specific route"
    for text, route in routes.items():
        if route.metered and not isinstance(route.auth, Authorizer):
            yield "routes", {text: route}, "metered=True with an Authorizer, which answers whose quota it is"


def private_url(url: Sub, endpoint: Value) -> Sub:
    """The URL of a private API: a name that an endpoint's VPC resolves, whether the endpoint has private DNS or not.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
    """
    shown, values = (endpoint, {}) if isinstance(endpoint, str) else ("${Endpoint}", {"Endpoint": endpoint})
    return Sub(url.data["Fn::Sub"].replace("}.", f"}}-{shown}.", 1), **values)


def _is_endpoint(value: object) -> bool:
    return isinstance(value, AWSHelperFn) or (isinstance(value, str) and value.startswith("vpce-"))


def _clashes(routes: Mapping[str, Route], *, limited: bool) -> Iterator[tuple[str, str]]:
    """Pairs of routes of which the first one's statements would change who may call the second one as well.

    In a policy ``*`` stands for any text, slashes too.
    """
    paths = _paths(routes)
    limited = limited or any(route.sources for route in routes.values())
    for text, route in routes.items():
        for other, beside in routes.items():
            opened = limited and _needs_allow(route) and not _needs_allow(beside)
            denied = route.sources and list(route.sources) != list(beside.sources)
            if other != text and (opened or denied) and _overlap(paths[text], paths[other]):
                yield text, other


def _paths(routes: Iterable[str]) -> dict[str, str]:
    """``METHOD/path`` of every route as it stands in an ARN."""
    texts = [*routes]
    return {text: source_path([address]) for text, address in zip(texts, addresses(texts), strict=True)}


def _overlap(one: str, other: str) -> bool:
    """Whether a call of the other route may match the pattern of this one."""
    (method, _, path), (verb, _, way) = one.partition("/"), other.partition("/")
    return (method == verb or "*" in (method, verb)) and fnmatchcase(way, path)


def _needs_allow(route: Route) -> bool:
    return route.auth != "iam" and not isinstance(route.auth, Authorizer)


def _statement(effect: str, resource: str | list[str], condition: Json | None = None) -> Json:
    statement = {"Effect": effect, "Principal": "*", "Resource": resource}
    return {"Action": "execute-api:Invoke", **({"Condition": condition} if condition else {}), **statement}
