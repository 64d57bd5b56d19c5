"""REST APIs: every method has an auth, everything is logged, and what changes is deployed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from troposphere import Ref

from woo_stack import (
    ApiAccount,
    Authorizer,
    Function,
    GatewayResponse,
    Monitoring,
    Open,
    RestApi,
    Route,
    SettingError,
    Watch,
)
from woo_stack.gateway_responses import TYPES
from woo_stack.routes import RouteError

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:catalog"
Of = Callable[..., list[dict[str, Any]]]


def shop(routes: Any = None, **settings: Any) -> RestApi:
    return RestApi("Shop", **{"routes": routes or {"GET /a": Route(ARN, auth="iam")}, **settings})


def test_defaults_of_the_stage(render: Any, resources_of: Of) -> None:
    template = render(shop())
    (stage,) = (one["Properties"] for one in resources_of(template, "AWS::ApiGateway::Stage"))
    assert stage["TracingEnabled"] is True
    assert stage["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": ["ShopAccessLogs", "Arn"]}
    assert json.loads(stage["AccessLogSetting"]["Format"])["status"] == "$context.status"
    (setting,) = stage["MethodSettings"]
    assert (setting["HttpMethod"], setting["ResourcePath"], setting["LoggingLevel"]) == ("*", "/*", "ERROR")
    assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (100, 200)
    assert setting["DataTraceEnabled"] is False


def test_both_logs_end_when_they_are_told_to_and_have_the_key(render: Any, resources_of: Of) -> None:
    template = render(shop(retention_days=90, kms_key="arn:aws:kms:eu-west-1:111111111111:key/one"))
    logs = [one["Properties"] for one in resources_of(template, "AWS::Logs::LogGroup")]
    assert [one["RetentionInDays"] for one in logs] == [90, 90]
    assert {one["KmsKeyId"] for one in logs} == {"arn:aws:kms:eu-west-1:111111111111:key/one"}


def test_defaults_of_the_api_and_its_logs(render: Any, resources_of: Of) -> None:
    template = render(shop())
    (api,) = (one["Properties"] for one in resources_of(template, "AWS::ApiGateway::RestApi"))
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert "TLS13" in api["SecurityPolicy"]
    assert api["EndpointAccessMode"] == "STRICT"
    (validator,) = (one["Properties"] for one in resources_of(template, "AWS::ApiGateway::RequestValidator"))
    assert validator["ValidateRequestBody"] is validator["ValidateRequestParameters"] is True
    logs = resources_of(template, "AWS::Logs::LogGroup")
    assert {one["Properties"]["RetentionInDays"] for one in logs} == {365}
    assert {"Fn::Sub": "API-Gateway-Execution-Logs_${ShopApi}/live"} in [
        one["Properties"].get("LogGroupName") for one in logs
    ]


def test_each_auth_is_rendered_as_what_it_is(render: Any) -> None:
    keys = Authorizer("Keys", ARN, identity=("X-Key",), cache_seconds=11)
    reason = "Webhooks carry a signature"
    resources = render(
        shop({
            "GET /a": Route(ARN, auth="iam"),
            "GET /b": Route(ARN, auth=keys),
            "POST /c": Route(ARN, auth=Open(reason)),
        })
    )["Resources"]  # fmt: skip
    method = {name: resources[f"Shop{name}"]["Properties"] for name in ("AGet", "BGet", "CPost")}
    assert method["AGet"]["AuthorizationType"] == "AWS_IAM"
    assert method["BGet"]["AuthorizationType"] == "CUSTOM"
    assert method["BGet"]["AuthorizerId"] == {"Ref": "ShopKeysAuthorizer"}
    assert method["CPost"]["AuthorizationType"] == "NONE"
    assert resources["ShopCPost"]["Metadata"] == {"woo-stack": {"open": reason}}
    authorizer = resources["ShopKeysAuthorizer"]["Properties"]
    assert authorizer["IdentitySource"] == "method.request.header.X-Key"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 11


def test_paths_become_resources_each_once(render: Any, resources_of: Of) -> None:
    route = Route(ARN, auth="iam")
    template = render(shop(dict.fromkeys(["GET /v3/orders", "GET /v3/orders/{id}", "PUT /v3/orders/{id}"], route)))
    resources = template["Resources"]
    made = resources_of(template, "AWS::ApiGateway::Resource")
    assert sorted(one["Properties"]["PathPart"] for one in made) == ["orders", "v3", "{id}"]
    assert resources["ShopV3Resource"]["Properties"]["ParentId"] == {"Fn::GetAtt": ["ShopApi", "RootResourceId"]}
    assert resources["ShopV3OrdersIdResource"]["Properties"]["ParentId"] == {"Ref": "ShopV3OrdersResource"}
    for method, verb in (("ShopV3OrdersIdGet", "GET"), ("ShopV3OrdersIdPut", "PUT")):
        assert resources[method]["Properties"]["HttpMethod"] == verb
        assert resources[method]["Properties"]["ResourceId"] == {"Ref": "ShopV3OrdersIdResource"}


def test_the_root_is_a_route_too(render: Any) -> None:
    method = render(shop({"GET /": Route(ARN, auth="iam")}))["Resources"]["ShopGet"]["Properties"]
    assert method["ResourceId"] == {"Fn::GetAtt": ["ShopApi", "RootResourceId"]}


def test_only_methods_with_a_body_are_validated(render: Any) -> None:
    route = Route(ARN, auth="iam")
    resources = render(shop({"GET /a": route, "POST /a": route}))["Resources"]
    assert resources["ShopAPost"]["Properties"]["RequestValidatorId"] == {"Ref": "ShopValidator"}
    assert "RequestValidatorId" not in resources["ShopAGet"]["Properties"]


def test_permissions_are_for_this_account_and_stage(
    new_function: Callable[..., Function], render: Any, resources_of: Of
) -> None:
    one, two, asked = (new_function(title) for title in ("One", "Two", "Asked"))
    keys = Authorizer("Keys", asked)
    routes = {"GET /a/{id}": Route(one, auth=keys), "PUT /b": Route(two, auth="iam"), "ANY /c": Route(ARN, auth="iam")}
    template = render(one, two, asked, shop(routes, stage="v2"))
    permissions = [found["Properties"] for found in resources_of(template, "AWS::Lambda::Permission")]
    sources = {}
    for permission in permissions:
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
        source = permission["SourceArn"]["Fn::Sub"]
        start = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ShopApi}/"
        assert source.startswith(start)
        sources[json.dumps(permission["FunctionName"])] = source.removeprefix(start)
    assert sources == {
        '{"Fn::GetAtt": ["OneFunction", "Arn"]}': "v2/GET/a/*",
        '{"Fn::GetAtt": ["TwoFunction", "Arn"]}': "v2/PUT/b",
        f'"{ARN}"': "v2/*/c",
        '{"Fn::GetAtt": ["AskedFunction", "Arn"]}': "authorizers/${ShopKeysAuthorizer}",
    }


def deployed(*arguments: Any, **settings: Any) -> str:
    return shop(*arguments, **settings).deployment.title


ROUTE = Route(ARN, auth="iam")
CHANGES = {
    "a route": {"routes": {"GET /b": ROUTE}},
    "a method": {"routes": {"PUT /a": ROUTE}},
    "one route more": {"routes": {"GET /a": ROUTE, "GET /b": ROUTE}},
    "a function": {"routes": {"GET /a": Route(ARN.replace("catalog", "basket"), auth="iam")}},
    "an auth": {"routes": {"GET /a": Route(ARN, auth=Open("Everybody may ask this"))}},
    "an authorizer": {"routes": {"GET /a": Route(ARN, auth=Authorizer("Keys", ARN))}},
    "an authorizer's identity": {"routes": {"GET /a": Route(ARN, auth=Authorizer("Keys", ARN, identity=("X-Key",)))}},
    "a response": {"responses": {"THROTTLED": GatewayResponse("slow_down", "Wait.", 429)}},
    "the security policy": {"security_policy": "SecurityPolicy_TLS13_1_3_2025_09"},
    "a meter": {"routes": {"GET /a": Route(ARN, auth=Authorizer("Keys", ARN), metered=True)}},
}
KEPT: dict[str, Any] = {
    "nothing": {},
    "the rate": {"throttle_rate": 12},
    "the burst": {"throttle_burst": 13},
    "the log level": {"log_level": "OFF"},
    "the retention": {"retention_days": 14},
    "tracing": {"tracing": False},
    "metrics by route": {"metrics_by_route": False},
    "the key": {"kms_key": "arn:aws:kms:x"},
    "the stage": {"stage": "v15"},
    "the account": {"account": ApiAccount("Logs")},
    "a cache": {"cache_gb": 1.6},
    "a client certificate": {"client_certificate": True},
    "a route's own throttle": {"routes": {"GET /a": Route(ARN, auth="iam", throttle_rate=17, throttle_burst=18)}},
}


def test_a_change_of_what_is_deployed_is_deployed() -> None:
    titles = {name: deployed(**settings) for name, settings in CHANGES.items()}
    assert len({*titles.values(), deployed()}) == len(CHANGES) + 1


@pytest.mark.parametrize("settings", KEPT.values(), ids=KEPT)
def test_a_change_of_the_stage_alone_deploys_nothing(settings: dict[str, Any]) -> None:
    assert deployed(**settings) == deployed()


def test_the_deployment_waits_for_all_that_is_in_it_and_is_kept(render: Any, resources_of: Of) -> None:
    template = render(shop({"GET /a": ROUTE, "PUT /b/{id}": ROUTE}))
    (deployment,) = resources_of(template, "AWS::ApiGateway::Deployment")
    kinds = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")
    parts = {title for title, one in template["Resources"].items() if one["Type"] in kinds}
    assert {"ShopAGet", "ShopBIdPut", "ShopThrottledResponse"} <= parts
    assert set(deployment["DependsOn"]) == parts
    assert (deployment["DeletionPolicy"], deployment["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_stage_waits_for_its_execution_log_and_the_accounts_role(render: Any) -> None:
    account = ApiAccount("Logs", condition="Manages")
    stage = render(shop(account=account))["Resources"]["ShopStage"]
    assert "ShopExecutionLogs" in stage["DependsOn"]
    assert "${LogsAccount}" in json.dumps(stage["Properties"]["Description"])


def test_binary_types_are_declared_and_deployed(render: Any) -> None:
    api = render(shop(binary_media_types=["*/*", "image/png"]))["Resources"]["ShopApi"]["Properties"]
    assert api["BinaryMediaTypes"] == ["*/*", "image/png"]
    assert deployed(binary_media_types=["*/*"]) != deployed()


def test_what_a_log_is_asked_to_count_is_counted_beside_throttled_calls(render: Any, resources_of: Of) -> None:
    gone = Watch("Gone", "GoneCalls", "Sum", "Gone", "calls", pattern='{ $.status = "410" }')
    template = render(shop(metrics=[gone], stage="v2"))
    filters = {
        one["Properties"]["MetricTransformations"][0]["MetricName"]: one["Properties"]
        for one in resources_of(template, "AWS::Logs::MetricFilter")
    }
    assert {name: one["FilterPattern"] for name, one in filters.items()} == {
        "Throttled": '{ $.status = "429" }', "GoneCalls": '{ $.status = "410" }',
    }  # fmt: skip
    assert {one["LogGroupName"]["Ref"] for one in filters.values()} == {"ShopAccessLogs"}


@pytest.mark.parametrize("own", [{}, {"namespace": "shop"}, {"namespace": "woo-stack"}])
def test_rows_of_ones_own_are_watched_where_they_are_counted(own: Any, as_json: Any) -> None:
    gone = Watch("Gone", "GoneCalls", "Sum", "Gone", "calls", above=6, pattern='{ $.status = "410" }', **own)
    counted = shop(metrics=[gone], stage="v2")
    alarm = as_json(Monitoring("Health", of=[counted], actions=["arn:x"]).alarms["ShopGone"])["Properties"]
    (made,) = [one.to_dict()["Properties"] for one in counted.counted if one.title == "ShopGoneCalls"]
    (change,) = as_json(made["MetricTransformations"])
    assert (alarm["Namespace"], alarm["MetricName"]) == (change["MetricNamespace"], change["MetricName"])
    assert [one["Name"] for one in alarm["Dimensions"]] == [one["Key"] for one in change["Dimensions"]]
    assert [one["Value"] for one in alarm["Dimensions"]] == [{"Ref": "ShopApi"}, "v2"]


def test_two_paths_of_one_logical_id_are_refused() -> None:
    with pytest.raises(RouteError, match="route path '/a-b' has the logical id of '/a/b', allowed: one of them"):
        list(shop({"GET /a/b": ROUTE, "GET /a-b": ROUTE}).resources())


def test_own_responses_stand_beside_and_instead_of_the_given(render: Any) -> None:
    own = {
        "THROTTLED": GatewayResponse("slow_down", "Wait.", 430),
        "EXPIRED_TOKEN": GatewayResponse("expired", "Old.", 403),
    }
    resources = render(shop(responses=own))["Resources"]
    throttled = resources["ShopThrottledResponse"]["Properties"]
    assert (throttled["ResponseType"], throttled["StatusCode"]) == ("THROTTLED", "430")
    assert json.loads(throttled["ResponseTemplates"]["application/json"])["code"] == "slow_down"
    assert resources["ShopExpiredTokenResponse"]["Properties"]["ResponseType"] == "EXPIRED_TOKEN"
    assert "StatusCode" not in resources["ShopDefault5XxResponse"]["Properties"]


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_response_can_be_rendered(kind: str, render: Any) -> None:
    render(shop(responses={kind: GatewayResponse("a", "b", 418)}))


def test_the_url_is_the_stages(as_json: Any) -> None:
    url = as_json(shop(stage="v2").url)["Fn::Sub"]
    assert url == "https://${ShopApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v2"


@pytest.mark.parametrize("other", ["GET /orders/{number}/items", "GET /orders/{proxy+}"])
def test_two_variables_at_one_place_are_refused(other: str) -> None:
    with pytest.raises(RouteError):
        list(shop({"GET /orders/{id}": ROUTE, other: ROUTE}).resources())


def test_one_function_may_serve_two_authorizers(new_function: Callable[..., Function], render: Any) -> None:
    asked = new_function("Asked")
    routes = {f"GET /{title}": Route(ARN, auth=Authorizer(title, asked)) for title in ("One", "Two")}
    render(asked, shop(routes))


def settings_of(stage: Any) -> dict[tuple[str, str], Any]:
    """A stage's method settings by method and path."""
    return {(one.pop("HttpMethod"), one.pop("ResourcePath")): one for one in stage["MethodSettings"]}


def test_a_route_with_a_throttle_of_its_own_says_all_else_again(properties: Any) -> None:
    routes = {
        "POST /webhooks/woocommerce": Route(ARN, auth="iam", throttle_rate=7, throttle_burst=9),
        "ANY /{proxy+}": Route(ARN, auth="iam", throttle_burst=11),
        "GET /": Route(ARN, auth="iam", throttle_rate=13),
        "GET /b": Route(ARN, auth="iam"),
    }
    made = settings_of(properties(shop(routes, log_level="INFO", throttle_rate=100), "AWS::ApiGateway::Stage"))
    assert set(made) == {("*", "/*"), ("POST", "/~1webhooks~1woocommerce"), ("ANY", "/~1{proxy+}"), ("GET", "/")}
    limits = {
        path: (one.pop("ThrottlingRateLimit"), one.pop("ThrottlingBurstLimit")) for (_, path), one in made.items()
    }
    assert limits == {
        "/*": (100, 200), "/~1webhooks~1woocommerce": (7, 9), "/~1{proxy+}": (100, 11), "/": (13, 200),
    }  # fmt: skip
    for rest in made.values():
        assert rest == {"DataTraceEnabled": False, "LoggingLevel": "INFO", "MetricsEnabled": True}


@pytest.mark.parametrize(("size_gb", "shown"), [(118, "118"), (237.0, "237"), (0.5, "0.5")])
def test_a_cache_is_encrypted_for_every_route_and_keeps_nothing(size_gb: Any, shown: str, properties: Any) -> None:
    routes = {"GET /a": Route(ARN, auth="iam", throttle_rate=7), "GET /b": Route(ARN, auth="iam")}
    stage = properties(shop(routes, cache_gb=size_gb), "AWS::ApiGateway::Stage")
    assert (stage["CacheClusterEnabled"], stage["CacheClusterSize"]) == (True, shown)
    for one in settings_of(stage).values():
        assert (one["CachingEnabled"], one["CacheDataEncrypted"], one["CacheTtlInSeconds"]) == (True, True, 0)


def test_tracing_ends_only_if_it_is_told_to(properties: Any) -> None:
    assert properties(shop(tracing=False), "AWS::ApiGateway::Stage")["TracingEnabled"] is False


def test_without_a_cache_nothing_is_said_of_one(render: Any) -> None:
    assert "Cach" not in json.dumps(render(shop())["Resources"]["ShopStage"])


def test_the_stage_shows_a_certificate_if_it_is_to(render: Any) -> None:
    resources = render(shop(client_certificate=True))["Resources"]
    assert resources["ShopClientCertificate"]["Type"] == "AWS::ApiGateway::ClientCertificate"
    assert resources["ShopStage"]["Properties"]["ClientCertificateId"] == {"Ref": "ShopClientCertificate"}
    assert "ShopClientCertificate" not in render(shop())["Resources"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cache_gb": 0.6}, "cache_gb is 0.6, allowed: None, 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237"),
        ({"cache_gb": Ref("Size")}, "allowed: a literal, because the template's structure depends on it"),
        ({"client_certificate": 1}, "client_certificate is 1, allowed: True, False"),
        ({"client_certificate": Ref("Shown")}, "allowed: a literal, because the template's structure depends on it"),
    ],
)
def test_what_no_stage_has_is_refused(settings: Any, message: str) -> None:
    with pytest.raises(SettingError) as refused:
        shop(**settings)
    assert message in str(refused.value)
