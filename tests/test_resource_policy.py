"""From where an API may be called: what its policy says of callers, decided as AWS's documentation decides it."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from troposphere import Ref, Template

from woo_stack import Authorizer, Open, RestApi, Route, SettingError
from woo_stack.authorizers import UserPools

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:catalog"
ANYBODY = Open("Each delivery carries a signature")
KEYS = Authorizer("Keys", ARN)
POOLS = UserPools("Pools", ["arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_AbCdEf"])
OFFICE, SHOP, ELSEWHERE = "203.0.113.5", "198.51.100.7", "192.0.2.1"
BOTH = ["203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"]
ROUTES = {
    "ANY /{proxy+}": Route(ARN, KEYS),
    "POST /webhooks": Route(ARN, ANYBODY, sources=[f"{SHOP}/32"]),
    "GET /mine/{id}": Route(ARN, POOLS),
    "GET /reports/all": Route(ARN, "iam"),
}


def api(routes: Any = None, **settings: Any) -> RestApi:
    return RestApi("Shop", routes=routes or {"GET /a": Route(ARN, "iam")}, **settings)


def decided(policy: Any, path: str, address: str, endpoint: str = "") -> str:
    """What a policy says by itself; "neither" leaves it to the route's authorizer or to IAM."""

    def applies(statement: Any) -> bool:
        named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        if not any(fnmatchcase(f"execute-api:/v2/{path}", one) for one in named):
            return False
        ((operator, test),) = statement.get("Condition", {"": {"": ""}}).items()
        ((key, values),) = test.items()
        if operator == "NotIpAddress":
            assert key == ("aws:VpcSourceIp" if endpoint else "aws:SourceIp")
            return not any(ip_address(address) in ip_network(one) for one in values)
        return operator == "" or (key == "aws:SourceVpce" and endpoint not in values)

    assert policy["Version"] == "2012-10-17"
    assert {(one["Action"], one["Principal"]) for one in policy["Statement"]} == {("execute-api:Invoke", "*")}
    effects = {one["Effect"] for one in policy["Statement"] if applies(one)}
    return "Deny" if "Deny" in effects else "Allow" if effects else "neither"


@pytest.fixture
def policy(properties: Callable[..., Any]) -> Callable[..., Any]:
    return lambda made: properties(made, "AWS::ApiGateway::RestApi").get("Policy")


def test_a_statements_keys_are_in_order(policy: Any) -> None:
    for statement in policy(api(ROUTES, sources=BOTH, vpc_endpoints=["vpce-1"]))["Statement"]:
        assert list(statement) == sorted(statement)


def test_without_limits_there_is_no_policy(policy: Any) -> None:
    assert policy(api({**ROUTES, "POST /webhooks": Route(ARN, ANYBODY)})) is None


@pytest.mark.parametrize(
    ("path", "address", "decision"),
    [
        # Open routes and Cognito's need an Allow; where an authorizer or IAM decides, an Allow would decide for them.
        ("POST/webhooks", SHOP, "Allow"),
        ("POST/webhooks", OFFICE, "Deny"),
        ("POST/webhooks", ELSEWHERE, "Deny"),
        ("GET/webhooks", SHOP, "neither"),
        ("GET/webhooks", ELSEWHERE, "Deny"),
        ("GET/products", OFFICE, "neither"),
        ("GET/products", "2001:db8::9", "neither"),
        ("GET/products", ELSEWHERE, "Deny"),
        ("GET/mine/7", OFFICE, "Allow"),
        ("GET/mine/7", ELSEWHERE, "Deny"),
        ("GET/reports/all", OFFICE, "neither"),
        ("GET/reports/all", ELSEWHERE, "Deny"),
    ],
)
def test_the_policy_decides(path: str, address: str, decision: str, policy: Any) -> None:
    assert decided(policy(api(ROUTES, stage="v2", sources=BOTH)), path, address) == decision


def test_a_routes_sources_are_that_routes_alone(policy: Any) -> None:
    made = policy(api(ROUTES, stage="v2"))
    assert decided(made, "POST/webhooks", ELSEWHERE) == "Deny"
    assert decided(made, "POST/webhooks/", SHOP) == "neither"
    assert decided(made, "GET/products", ELSEWHERE) == "neither"


@pytest.mark.parametrize(("endpoint", "address", "decision"), [
    ("vpce-1", SHOP, "Allow"), ("vpce-1", ELSEWHERE, "Deny"), ("vpce-9", SHOP, "Deny"), ("vpce-2", SHOP, "Allow"),
])  # fmt: skip
def test_a_private_api_is_reached_by_its_endpoints_alone(
    endpoint: str, address: str, decision: str, policy: Any, properties: Any
) -> None:
    made = api(ROUTES, stage="v2", vpc_endpoints=["vpce-1", "vpce-2"], sources=BOTH)
    assert decided(policy(made), "POST/webhooks", address, endpoint) == decision
    shown = properties(made, "AWS::ApiGateway::RestApi")["EndpointConfiguration"]
    assert shown == {"Types": ["PRIVATE"], "VpcEndpointIds": ["vpce-1", "vpce-2"]}


def test_the_url_of_a_private_api_names_an_endpoint(as_json: Any, cloudformation: Any) -> None:
    literal = api(vpc_endpoints=["vpce-1", "vpce-2"], stage="v2").url
    assert as_json(literal) == {"Fn::Sub": "https://${ShopApi}-vpce-1.execute-api.${AWS::Region}.${AWS::URLSuffix}/v2"}
    resolved = api(vpc_endpoints=[Ref("Endpoint")]).url
    known = {"ShopApi": "a1b2", "Endpoint": "vpce-7", "AWS::Region": "eu-west-1", "AWS::URLSuffix": "amazonaws.com"}
    assert cloudformation(resolved, known) == "https://a1b2-vpce-7.execute-api.eu-west-1.amazonaws.com/live"


@pytest.mark.parametrize("settings", [{"sources": BOTH}, {"sources": BOTH[:1]}, {"vpc_endpoints": ["vpce-1"]}])
def test_a_changed_policy_is_deployed(settings: Any) -> None:
    assert api(**settings).deployment.title != api().deployment.title
    limited = {"GET /a": Route(ARN, "iam", sources=BOTH[:1])}
    assert api(limited).deployment.title not in (api().deployment.title, api(**settings).deployment.title)


def test_what_cloudformation_resolves_is_taken(policy: Any) -> None:
    made = policy(api({"GET /a": Route(ARN, "iam", sources=[Ref("Branch")])}, sources=[Ref("Office"), "2001:db8::/32"]))
    found = [one["Condition"]["NotIpAddress"]["aws:SourceIp"] for one in made["Statement"]]
    assert found == [[{"Ref": "Office"}, "2001:db8::/32"], [{"Ref": "Branch"}]]


@pytest.mark.parametrize("sources", ["203.0.113.0/24", [""], ["203.0.113.5/24"], ["0.0.0.0/0"], ["::/0"], [7], ["x"]])
def test_networks_that_are_none_or_all_are_refused(sources: Any) -> None:
    with pytest.raises(SettingError, match=r"sources is .*, allowed: a list of networks, as in \['203.0.113.0/24'\]"):
        api(sources=sources)
    if not isinstance(sources, str):
        with pytest.raises(SettingError, match=r"sources is .*, allowed: a list of networks"):
            api({"GET /a": Route(ARN, "iam", sources=sources)})


def test_a_route_that_nobody_could_call_is_refused() -> None:
    limited = {"POST /webhooks": Route(ARN, ANYBODY, sources=[f"{SHOP}/32"])}
    with pytest.raises(SettingError, match=r"routes is \['198.51.100.7/32'\], allowed: networks within the API's own"):
        api(limited, sources=["203.0.113.0/24", "2001:db8::/32"])
    api(limited, sources=["198.51.100.0/30", "198.51.100.4/30"])


def test_a_route_whose_place_is_known_only_later_is_taken() -> None:
    limited = {"POST /webhooks": Route(ARN, ANYBODY, sources=[f"{SHOP}/32"])}
    api(limited, sources=[Ref("Office"), "2001:db8::/32"]).add_to(Template())


@pytest.mark.parametrize("endpoints", ["vpce-1", ["vpc-1"], [7]])
def test_what_is_no_endpoint_is_refused(endpoints: Any) -> None:
    with pytest.raises(SettingError, match=r"vpc_endpoints is .*, allowed: a list of interface endpoints"):
        api(vpc_endpoints=endpoints)


COVERING = [
    # An Allow for the first would let signed strangers in at the second.
    ({"ANY /{proxy+}": Route(ARN, ANYBODY), "GET /admin": Route(ARN, "iam")}, BOTH),
    ({"GET /a/{id}": Route(ARN, POOLS), "GET /a/{id}/b": Route(ARN, KEYS)}, BOTH),
    # A denial for the first would hold for the second.
    ({"ANY /{proxy+}": Route(ARN, KEYS, sources=BOTH), "POST /a": Route(ARN, KEYS)}, ()),
    ({"GET /a/{id}": Route(ARN, KEYS, sources=BOTH[:1]), "ANY /a/{id}/b": Route(ARN, KEYS, sources=BOTH[1:])}, ()),
]


@pytest.mark.parametrize(("routes", "sources"), COVERING)
def test_a_route_whose_rule_would_hold_for_another_is_refused(routes: Any, sources: Any) -> None:
    first, second = routes
    with pytest.raises(SettingError) as refused:
        api(routes, sources=sources)
    assert f"routes is {first!r}, allowed: a path that does not cover {second!r} too" in str(refused.value)


def test_the_same_routes_are_taken_where_nothing_is_limited() -> None:
    for routes, _ in COVERING[:2]:
        api(routes).add_to(Template())
