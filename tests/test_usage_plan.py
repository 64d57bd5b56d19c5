"""Usage plans: a quota for a key that only an authorizer can name."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from troposphere import Ref, Template

from woo_stack import Authorizer, Function, Open, RestApi, Route, SettingError
from woo_stack.cli.emulator import Emulator
from woo_stack.code import Inline
from woo_stack.usage_plan import UsagePlan, usage_key

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:catalog"
KEYS = Authorizer("Keys", ARN)
Of = Callable[..., list[dict[str, Any]]]


def api(**settings: Any) -> RestApi:
    metered = Route(ARN, KEYS, metered=True)
    signed = Route(ARN, Open("Each delivery carries a signature"))
    return RestApi("Shop", routes={"GET /a": metered, "GET /b": Route(ARN, KEYS), "POST /c": signed}, **settings)


def test_the_plan_is_for_the_stage_and_its_key(render: Any) -> None:
    shop = api()
    resources = render(shop, UsagePlan("Quota", shop, requests=1200, period="WEEK", rate=7, burst=9))["Resources"]
    assert resources["QuotaPlan"]["Properties"] == {
        "ApiStages": [{"ApiId": {"Ref": "ShopApi"}, "Stage": {"Ref": "ShopStage"}}],
        "Quota": {"Limit": 1200, "Period": "WEEK"},
        "Throttle": {"BurstLimit": 9, "RateLimit": 7},
    }
    assert resources["QuotaKey"]["Properties"]["Enabled"] is True
    assert resources["QuotaPlanKey"]["Properties"] == {
        "KeyId": {"Ref": "QuotaKey"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "QuotaPlan"},
    }  # fmt: skip


def test_a_plan_without_a_rate_leaves_the_stages(properties: Any) -> None:
    assert "Throttle" not in properties(UsagePlan("Quota", api(), requests=5), "AWS::ApiGateway::UsagePlan")


def test_the_key_is_the_stacks_own(properties: Any) -> None:
    plan = UsagePlan("Q", api(), requests=5)
    value = properties(plan, "AWS::ApiGateway::ApiKey")["Value"]
    # A stack's ARN ends in stack/NAME/UUID: with its 36 characters any key is long enough.
    assert value == {"Fn::Join": ["-", ["Q", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]]}
    assert plan.key.to_dict() == usage_key("Q").to_dict() != usage_key("R").to_dict()


def test_only_metered_routes_ask_for_a_key_and_only_of_the_authorizer(render: Any) -> None:
    resources = render(api())["Resources"]
    assert resources["ShopApi"]["Properties"]["ApiKeySourceType"] == "AUTHORIZER"
    asked = {name: resources[f"Shop{name}"]["Properties"].get("ApiKeyRequired") for name in ("AGet", "BGet", "CPost")}
    assert asked == {"AGet": True, "BGet": None, "CPost": None}


def test_an_api_without_metered_routes_knows_no_keys(render: Any) -> None:
    resources = render(RestApi("Shop", routes={"GET /a": Route(ARN, KEYS)}))["Resources"]
    assert "ApiKeySourceType" not in resources["ShopApi"]["Properties"]
    assert "ShopQuotaExceededResponse" not in resources


def test_a_used_up_quota_is_told_in_woocommerces_shape(render: Any) -> None:
    told = render(api())["Resources"]["ShopQuotaExceededResponse"]["Properties"]
    assert (told["ResponseType"], told["StatusCode"]) == ("QUOTA_EXCEEDED", "429")
    body = json.loads(told["ResponseTemplates"]["application/json"])
    assert (body["code"], body["data"]) == ("rest_quota_exceeded", {"status": 429})


@pytest.mark.parametrize("auth", ["iam", Open("Everybody may ask this")])
def test_a_meter_without_an_authorizer_is_refused(auth: Any) -> None:
    with pytest.raises(SettingError, match=r"routes is .*, allowed: metered=True with an Authorizer, which answers"):
        RestApi("Shop", routes={"GET /a": Route(ARN, auth, metered=True)})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"api": None}, "api is None, allowed: a RestApi with a Route(..., metered=True)"),
        (
            {"api": RestApi("A", routes={"GET /a": Route(ARN, KEYS)})},
            "allowed: a RestApi with a Route(..., metered=True)",
        ),
        ({"requests": 0}, "requests is 0, allowed: a whole number from 1 to 2147483647"),
        ({"period": "HOUR"}, "period is 'HOUR', allowed: DAY, WEEK, MONTH"),
        ({"rate": 0}, "rate is 0, allowed: a whole number from 1 to 1000000 requests a second"),
        ({"burst": -1}, "burst is -1, allowed: a whole number from 1 to 1000000 requests"),
    ],
)
def test_what_is_no_plan_is_refused(settings: Any, message: str) -> None:
    with pytest.raises(SettingError) as refused:
        UsagePlan("Quota", **{"api": api(), "requests": 5, **settings})
    assert message in str(refused.value)


def test_numbers_may_be_parameters(properties: Any) -> None:
    plan = UsagePlan("Quota", api(), requests=Ref("Requests"), rate=Ref("Rate"), burst=Ref("Burst"))
    made = properties(plan, "AWS::ApiGateway::UsagePlan")
    assert made["Quota"] == {"Limit": {"Ref": "Requests"}, "Period": "DAY"}
    assert made["Throttle"] == {"BurstLimit": {"Ref": "Burst"}, "RateLimit": {"Ref": "Rate"}}


@pytest.mark.soak
def test_the_emulator_ends_what_is_over_the_quota(new_function: Callable[..., Function]) -> None:
    """It takes keys from the header alone, whatever the API's key source is; on AWS that header says nothing."""
    answer = new_function("Lookup", code=Inline("def find(event, context):\n    return {'statusCode': 200}\n"))
    allow = "{'Effect': 'Allow', 'Action': 'execute-api:Invoke', 'Resource': '*'}"
    policy = f"{{'principalId': 'a', 'policyDocument': {{'Version': '2012-10-17', 'Statement': [{allow}]}}}}"
    asked = new_function("Asked", code=Inline(f"def find(event, context):\n    return {policy}\n"))
    shop = RestApi("Shop", routes={"GET /a": Route(answer, Authorizer("Keys", asked), metered=True)})
    template = Template(Description="Metered")
    for part in (answer, asked, shop, UsagePlan("Quota", shop, requests=2)):
        part.add_to(template)
    with Emulator() as emulator:
        clients = {"endpoint_url": emulator.endpoint}
        stacks, gateway = (emulator.session().client(name, **clients) for name in ("cloudformation", "apigateway"))
        stacks.create_stack(StackName="metered", TemplateBody=template.to_json(), Capabilities=["CAPABILITY_IAM"])
        stacks.get_waiter("stack_create_complete").wait(StackName="metered", WaiterConfig={"Delay": 1})
        (api_id,) = (one["id"] for one in gateway.get_rest_apis()["items"])
        (key,) = (one["value"] for one in gateway.get_api_keys(includeValues=True)["items"])
        headers = {"Authorization": "Basic eA==", "x-api-key": key}
        url = f"{emulator.endpoint}/_aws/execute-api/{api_id}/live/a"
        answers = [requests.get(url, headers=headers, timeout=30) for _ in range(3)]
        unknown = requests.get(url, headers={**headers, "x-api-key": key[:-1]}, timeout=30)
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "rest_quota_exceeded"
    assert unknown.status_code == 403
