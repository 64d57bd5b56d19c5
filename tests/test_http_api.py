"""HTTP APIs: every route has an auth, everything is logged and throttled, and what they cannot do is said."""

import json
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from troposphere import Ref, Template, apigatewayv2

from woo_stack import Authorizer, Function, Monitoring, Open, RestApi, Route, SettingError, Watch
from woo_stack.authorizers import Jwt, UserPools
from woo_stack.cors import Cors
from woo_stack.http_api import HttpApi
from woo_stack.logs import ACCESS_LOG
from woo_stack.validate import problems

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:catalog"
OTHER_ARN = ARN.replace("catalog", "basket")
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf"
IAM = Route(ARN, auth="iam")
Of = Callable[..., list[dict[str, Any]]]


def web(routes: Any = None, **settings: Any) -> HttpApi:
    return HttpApi("Web", **{"routes": routes or {"GET /a": IAM}, **settings})


def test_defaults_of_the_stage(properties: Any) -> None:
    stage = properties(web(), "AWS::ApiGatewayV2::Stage")
    log = stage.pop("AccessLogSettings")
    assert stage == {
        "ApiId": {"Ref": "WebHttpApi"},
        "AutoDeploy": True,
        "DefaultRouteSettings": {
            "DetailedMetricsEnabled": True,
            "ThrottlingBurstLimit": 200,
            "ThrottlingRateLimit": 100,
        },
        "StageName": "live",
    }
    assert log["DestinationArn"] == {"Fn::GetAtt": ["WebAccessLogs", "Arn"]}
    assert json.loads(log["Format"])["route"] == "$context.routeKey"


def test_defaults_of_the_api_and_its_log(properties: Any) -> None:
    assert properties(web(), "AWS::ApiGatewayV2::Api") == {
        "Name": {"Fn::Sub": "${AWS::StackName}-Web"},
        "ProtocolType": "HTTP",
    }
    assert properties(web(), "AWS::Logs::LogGroup") == {
        "LogGroupName": {"Fn::Sub": "/aws/vendedlogs/${WebHttpApi}/live"},
        "RetentionInDays": 365,
    }


def test_the_access_log_has_the_fields_of_a_rest_api_as_far_as_there_are_some(properties: Any) -> None:
    text = properties(web(), "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"]
    ours, theirs = json.loads(text), json.loads(ACCESS_LOG)
    assert "\n" not in text
    assert {name for name in theirs if name not in ours} == {"authorizerMs", "tls"}
    assert {name: variable for name, variable in ours.items() if theirs[name] != variable} == {
        "route": "$context.routeKey"
    }


def test_no_role_of_the_account_is_needed(render: Any) -> None:
    kinds = {one["Type"] for one in render(web())["Resources"].values()}
    assert kinds == {
        *(f"AWS::ApiGatewayV2::{kind}" for kind in ("Api", "Integration", "Route", "Stage")),
        *("AWS::Lambda::Permission", "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter"),
    }


def test_a_stack_can_change_its_kind_of_api(render: Any) -> None:
    routes = {"GET /a/{id}": Route(ARN, Authorizer("Keys", OTHER_ARN)), "POST /b": IAM}
    rest, http = (render(kind("Web", routes=routes))["Resources"] for kind in (RestApi, HttpApi))
    shared = {name: (rest[name]["Type"], http[name]["Type"]) for name in rest.keys() & http.keys()}
    # CloudFormation refuses another type under the same id.
    assert all(before == after for before, after in shared.values()), shared
    assert {"WebAccessLogs", "WebInvokesFunction0", "WebAsksKeys", "WebThrottled"} == shared.keys()


def test_each_auth_is_rendered_as_what_it_is(render: Any) -> None:
    keys = Authorizer("Keys", ARN, identity=("X-Key",), cache_seconds=11)
    tokens = Jwt("Tokens", ISSUER, ["web"], scopes=["orders/read"])
    reason = "Webhooks carry a signature"
    resources = render(
        web({
            "GET /a": IAM,
            "GET /b": Route(ARN, auth=keys),
            "POST /c": Route(ARN, auth=Open(reason)),
            "GET /d": Route(ARN, auth=tokens),
        })
    )["Resources"]  # fmt: skip
    told = {
        name: {
            key: value for key, value in resources[f"Web{name}Route"]["Properties"].items() if key.startswith("Auth")
        }
        for name in ("AGet", "BGet", "CPost", "DGet")
    }
    assert told == {
        "AGet": {"AuthorizationType": "AWS_IAM"},
        "BGet": {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "WebKeysHttpAuthorizer"}},
        "CPost": {"AuthorizationType": "NONE"},
        "DGet": {
            "AuthorizationType": "JWT",
            "AuthorizerId": {"Ref": "WebTokensHttpAuthorizer"},
            "AuthorizationScopes": ["orders/read"],
        },
    }
    assert resources["WebCPostRoute"]["Metadata"] == {"woo-stack": {"open": reason}}
    asked = {name: resources[f"Web{name}HttpAuthorizer"]["Properties"] for name in ("Keys", "Tokens")}
    assert asked["Keys"]["AuthorizerPayloadFormatVersion"] == "1.0"
    assert asked["Keys"]["IdentitySource"] == ["$request.header.X-Key"]
    assert asked["Tokens"]["JwtConfiguration"] == {"Audience": ["web"], "Issuer": ISSUER}


def test_routes_of_one_function_share_its_integration(
    new_function: Callable[..., Function], render: Any, resources_of: Of
) -> None:
    orders = new_function("Orders")
    ours = Route(orders, auth="iam")
    routes = {"GET /orders": ours, "ANY /{proxy+}": Route(OTHER_ARN, auth="iam"), "PUT /orders/{id}": ours}
    template = render(orders, web(routes))
    made = {
        one["Properties"]["RouteKey"]: one["Properties"] for one in resources_of(template, "AWS::ApiGatewayV2::Route")
    }
    assert {text: one["Target"]["Fn::Sub"] for text, one in made.items()} == {
        "GET /orders": "integrations/${WebCallsOrders}",
        "ANY /{proxy+}": "integrations/${WebCallsFunction1}",
        "PUT /orders/{id}": "integrations/${WebCallsOrders}",
    }
    calls = {name: template["Resources"][name]["Properties"] for name in ("WebCallsOrders", "WebCallsFunction1")}
    assert {name: one["IntegrationUri"] for name, one in calls.items()} == {
        "WebCallsOrders": {"Fn::GetAtt": ["OrdersFunction", "Arn"]},
        "WebCallsFunction1": OTHER_ARN,
    }
    assert {(one["IntegrationType"], one["PayloadFormatVersion"]) for one in calls.values()} == {("AWS_PROXY", "2.0")}


def test_permissions_are_for_this_account_and_stage(
    new_function: Callable[..., Function], render: Any, resources_of: Of
) -> None:
    one, two, asked = (new_function(title) for title in ("One", "Two", "Asked"))
    keys, tokens = Authorizer("Keys", asked), Jwt("Tokens", ISSUER, ["web"])
    routes = {
        "GET /a/{id}": Route(one, auth=keys),
        "PUT /b": Route(two, auth=tokens),
        "ANY /{proxy+}": Route(ARN, auth="iam"),
        "GET /": Route(OTHER_ARN, auth="iam"),
    }
    template = render(one, two, asked, web(routes, stage="v2"))
    sources = {}
    for permission in (found["Properties"] for found in resources_of(template, "AWS::Lambda::Permission")):
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
        source = permission["SourceArn"]["Fn::Sub"]
        start = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebHttpApi}/"
        assert source.startswith(start)
        sources[json.dumps(permission["FunctionName"])] = source.removeprefix(start)
    assert sources == {
        '{"Fn::GetAtt": ["OneFunction", "Arn"]}': "v2/GET/a/*",
        '{"Fn::GetAtt": ["TwoFunction", "Arn"]}': "v2/PUT/b",
        f'"{ARN}"': "v2/*/*",
        f'"{OTHER_ARN}"': "v2/GET/",
        '{"Fn::GetAtt": ["AskedFunction", "Arn"]}': "authorizers/${WebKeysHttpAuthorizer}",
    }


def test_a_route_may_have_a_throttle_of_its_own(render: Any) -> None:
    routes = {
        "GET /a": IAM,
        "POST /b": Route(ARN, "iam", throttle_rate=7),
        "PUT /c/{id}": Route(ARN, "iam", throttle_burst=9),
        "GET /d": Route(ARN, "iam", throttle_rate=Ref("Rate"), throttle_burst=11),
    }
    stage = render(web(routes, throttle_rate=20, throttle_burst=30, metrics_by_route=False))["Resources"][
        "WebHttpStage"
    ]
    assert stage["Properties"]["RouteSettings"] == {
        text: {"DetailedMetricsEnabled": False, "ThrottlingBurstLimit": burst, "ThrottlingRateLimit": rate}
        for text, rate, burst in (("POST /b", 7, 30), ("PUT /c/{id}", 20, 9), ("GET /d", {"Ref": "Rate"}, 11))
    }
    # API Gateway refuses settings of a route that is not there yet.
    assert sorted(stage["DependsOn"]) == ["WebBPostRoute", "WebCIdPutRoute", "WebDGetRoute"]


def test_url_and_arn_are_the_stages(as_json: Any) -> None:
    api = web({"GET /orders": IAM, "GET /orders/{id}": IAM}, stage="v2")
    assert as_json(api.url)["Fn::Sub"] == "https://${WebHttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v2"
    begin = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebHttpApi}/v2/"
    for routes, end in (((), "*"), (("GET /orders/{id}",), "GET/orders/*"), (("GET /a", "PUT /a"), "*/a")):
        assert as_json(api.arn(*routes))["Fn::Sub"] == begin + end


def test_its_metrics_are_told_by_id_and_stage(as_json: Any) -> None:
    gone = Watch("Gone", "GoneCalls", "Sum", "Gone", "calls", above=6, pattern='{ $.status = "410" }')
    watched = web(metrics=[gone], stage="v2")
    alarms = Monitoring("Health", of=[watched], actions=["arn:x"]).alarms
    told = {
        name: (one.Namespace, one.MetricName, [(each.Name, as_json(each.Value)) for each in one.Dimensions])
        for name, one in alarms.items()
    }
    own, counted = (
        [("ApiId", {"Ref": "WebHttpApi"}), ("Stage", "v2")],
        [("apiId", {"Ref": "WebHttpApi"}), ("stage", "v2")],
    )
    assert told["WebServerErrors"] == ("AWS/ApiGateway", "5xx", own)
    assert told["WebLatency"] == ("AWS/ApiGateway", "Latency", own)
    assert told["WebThrottles"] == ("woo-stack", "Throttled", counted)
    assert told["WebGone"] == ("woo-stack", "GoneCalls", counted)
    assert {one.title for one in watched.counted} == {"WebThrottled", "WebGoneCalls"}


def test_what_only_a_rest_api_has_is_no_field_and_said_so() -> None:
    names = {field.name for field in fields(RestApi)} - {field.name for field in fields(HttpApi)}
    assert {"tracing", "log_level", "responses", "account", "security_policy", "binary_media_types"} <= names
    for name in names:
        with pytest.raises(SettingError, match=f"^HttpApi has no field '{name}', because HTTP APIs cannot do it: use "):
            web(**{name: "x"})
    with pytest.raises(SettingError, match=r"^HttpApi has no field 'tracking', allowed: title, routes, stage, "):
        web(tracking=True)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: web({"GET /a": Route(ARN, "iam", sources=["192.0.2.0/24"])}),
         "sources of 'GET /a' is ['192.0.2.0/24'], allowed: (), because HTTP APIs cannot do it: use RestApi"),
        (lambda: web({"GET /a": Route(ARN, "iam", metered=True)}),
         "metered of 'GET /a' is True, allowed: False, because HTTP APIs cannot do it: use RestApi"),
        (lambda: web({"GET /a": Route(ARN, UserPools("People", [ARN]))}),
         "auth of 'GET /a' is 'UserPools', allowed: Jwt(title, issuer, audience), which checks tokens of Cognito too"),
        (lambda: web(stage="$default"), "stage is '$default', allowed: 1 to 128 letters, digits, '-' and '_'"),
        (lambda: web(cors=["https://shop.example.com"]), "allowed: Cors(origins=...), or None"),
        (lambda: web({"ANY /{proxy+}": IAM}, cors=Cors(["https://shop.example.com"])),
         "routes is 'ANY /{proxy+}', allowed: with cors a route for each method, or beside it one for OPTIONS"),
        (lambda: web({"ANY /a": IAM, "OPTIONS /a": IAM}, cors=Cors(["https://shop.example.com"])),
         "routes is 'ANY /a', allowed: with cors a route for each method"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_by_name(make: Callable[[], HttpApi], said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        make()


def test_a_rest_api_takes_no_tokens_of_any_issuer() -> None:
    with pytest.raises(
        SettingError, match=r"RestApi 'Shop': auth of 'GET /a' is 'Jwt', allowed: UserPools\(title, arns\)"
    ):
        RestApi("Shop", routes={"GET /a": Route(ARN, Jwt("Tokens", ISSUER, ["web"]))})


def test_a_rest_api_takes_tokens_of_user_pools(render: Any) -> None:
    pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf"
    people = UserPools("People", [pool], scopes=["carts/write"])
    template = render(RestApi("Shop", routes={"GET /a": Route(ARN, people)}))["Resources"]
    assert template["ShopAGet"]["Properties"]["AuthorizationType"] == "COGNITO_USER_POOLS"
    assert template["ShopAGet"]["Properties"]["AuthorizationScopes"] == ["carts/write"]
    assert template["ShopPeopleAuthorizer"]["Properties"]["ProviderARNs"] == [pool]
    assert [name for name, one in template.items() if one["Type"] == "AWS::Lambda::Permission"] == [
        "ShopInvokesFunction0"
    ]


@pytest.mark.parametrize(
    "routes",
    [
        {"GET /a": IAM},
        {"ANY /a": IAM, "OPTIONS /a": Route(ARN, Open("Browsers ask without credentials"))},
        {"ANY /a": Route(ARN, Open("The price list is public"))},
    ],
)
def test_cors_is_the_apis_own_answer(routes: Any, render: Any) -> None:
    api = render(web(routes, cors=Cors(Open("Any site may show it"), max_age_seconds=17)))["Resources"]["WebHttpApi"]
    assert api["Properties"]["CorsConfiguration"]["AllowOrigins"] == ["*"]
    assert api["Properties"]["CorsConfiguration"]["MaxAge"] == 17
    assert api["Metadata"] == {"woo-stack": {"open": "Any site may show it"}}


def test_plain_troposphere_inside(render: Any) -> None:
    api = web()
    api.methods["GET /a"].OperationName = "ListOrders"
    api.api.DisableExecuteApiEndpoint = True
    assert isinstance(api.deployed_stage, apigatewayv2.Stage)
    resources = render(api)["Resources"]
    assert resources["WebAGetRoute"]["Properties"]["OperationName"] == "ListOrders"
    assert resources["WebHttpApi"]["Properties"]["DisableExecuteApiEndpoint"] is True


@pytest.mark.soak
def test_the_engines_find_nothing(new_function: Callable[..., Function]) -> None:
    template = Template(Description="Test")
    one = new_function("One")
    routes = {
        "GET /a/{id}": Route(one, Authorizer("Keys", one), throttle_rate=7),
        "PUT /b": Route(one, Jwt("Tokens", ISSUER, ["web"], scopes=["orders/read"])),
        "ANY /{proxy+}": IAM,
        "OPTIONS /{proxy+}": Route(one, Open("Browsers ask without credentials")),
    }
    for component in (one, web(routes, cors=Cors(["https://shop.example.com"]))):
        component.add_to(template)
    assert [str(found) for found in problems(template) if found.level != "note"] == []
