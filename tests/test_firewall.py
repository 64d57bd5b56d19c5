"""Firewalls: what they block, what they only count, and what their logs must not hold."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from troposphere import Parameter, Ref, Template

from woo_stack import Authorizer, Monitoring, Open, RestApi, Route, SettingError, problems
from woo_stack.firewall import GROUPS, Firewall
from woo_stack.gateway_responses import FILTERED
from woo_stack.usage_plan import UsagePlan

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:catalog"
API = RestApi("Shop", routes={"GET /a": Route(ARN, auth="iam")}, stage="v2")
Of = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def acl(properties: Any) -> Callable[..., Any]:
    return lambda **settings: properties(Firewall("Wall", API, **settings), "AWS::WAFv2::WebACL")


def groups(acl: Any) -> dict[str, Any]:
    found = (rule["Statement"].get("ManagedRuleGroupStatement") for rule in acl["Rules"])
    return {group["Name"]: group for group in found if group}


def counted(acl: Any) -> set[str]:
    overrides = [one for group in groups(acl).values() for one in group.get("RuleActionOverrides", [])]
    assert all(one["ActionToUse"] == {"Count": {}} for one in overrides)
    return {one["Name"] for one in overrides}


def test_it_stands_before_the_stage(render: Any) -> None:
    association = render(API, Firewall("Wall", API))["Resources"]["WallAssociation"]["Properties"]
    stage = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${ShopApi}/stages/${ShopStage}"
    assert association == {"ResourceArn": {"Fn::Sub": stage}, "WebACLArn": {"Fn::GetAtt": ["WallAcl", "Arn"]}}


def test_awss_groups_block_in_their_newest_version(acl: Any) -> None:
    made = acl()
    assert set(groups(made)) == {
        "AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet",
    }  # fmt: skip
    for rule in made["Rules"][1:]:
        assert rule["OverrideAction"] == {"None": {}}
        assert not {"Version", "ExcludedRules", "ScopeDownStatement"} & set(groups({"Rules": [rule]})[rule["Name"]])
    assert [rule["Priority"] for rule in made["Rules"]] == [0, 1, 2, 3]
    assert made["DefaultAction"] == {"Allow": {}}
    assert made["Scope"] == "REGIONAL"


def test_only_the_size_of_bodies_is_counted_by_default(acl: Any) -> None:
    assert counted(acl()) == {"SizeRestrictions_BODY"}
    assert counted(acl(counted=())) == set()


def test_other_rules_are_counted_in_the_group_that_has_them(acl: Any) -> None:
    made = groups(acl(counted=("NoUserAgent_HEADER", "Host_localhost_HEADER", "AWSManagedIPReputationList")))
    assert {name: [one["Name"] for one in group["RuleActionOverrides"]] for name, group in made.items()} == {
        "AWSManagedRulesAmazonIpReputationList": ["AWSManagedIPReputationList"],
        "AWSManagedRulesKnownBadInputsRuleSet": ["Host_localhost_HEADER"],
        "AWSManagedRulesCommonRuleSet": ["NoUserAgent_HEADER"],
    }


def test_where_bodies_are_only_stored_all_that_read_them_count(acl: Any) -> None:
    assert counted(acl(counted=Firewall.BODY_RULES)) == {
        "SizeRestrictions_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "ReactJSRCE_BODY",
        "CrossSiteScripting_BODY", "JavaDeserializationRCE_BODY", "Log4JRCE_BODY",
    }  # fmt: skip
    assert len({rule for rules in GROUPS.values() for rule in rules}) == sum(map(len, GROUPS.values()))


def test_a_flood_is_answered_429_in_woocommerces_shape(acl: Any) -> None:
    made = acl(rate_limit=777)
    flood = made["Rules"][0]
    assert flood["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": 777,
    }  # fmt: skip
    answer = flood["Action"]["Block"]["CustomResponse"]
    assert answer["ResponseCode"] == 429
    assert answer["ResponseHeaders"] == [{"Name": "Retry-After", "Value": "300"}]
    body = made["CustomResponseBodies"][answer["CustomResponseBodyKey"]]
    assert body["ContentType"] == "APPLICATION_JSON"
    assert json.loads(body["Content"])["data"] == {"status": 429}


def test_what_it_blocks_is_logged_without_secrets(render: Any) -> None:
    wall = Firewall("Wall", API, retention_days=90, kms_key="arn:aws:kms:x")
    resources = render(wall)["Resources"]
    logs, logging = resources["WallLogs"]["Properties"], resources["WallLogging"]["Properties"]
    assert logs["LogGroupName"]["Fn::Sub"].startswith("aws-waf-logs-")
    assert (logs["RetentionInDays"], logs["KmsKeyId"]) == (90, "arn:aws:kms:x")
    assert logging["ResourceArn"] == {"Fn::GetAtt": ["WallAcl", "Arn"]}
    (destination,) = logging["LogDestinationConfigs"]
    assert destination["Fn::Sub"].endswith(":log-group:${WallLogs}")
    assert logging["RedactedFields"] == [
        {"SingleHeader": {"Name": "authorization"}}, {"SingleHeader": {"Name": "cookie"}}, {"QueryString": {}},
    ]  # fmt: skip
    kept = {one["ActionCondition"]["Action"] for one in logging["LoggingFilter"]["Filters"][0]["Conditions"]}
    assert (logging["LoggingFilter"]["DefaultBehavior"], kept) == ("DROP", {"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"})


def test_samples_hold_no_secrets_either(acl: Any) -> None:
    protected = acl()["DataProtectionConfig"]["DataProtections"]
    assert {one["Action"] for one in protected} == {"SUBSTITUTION"}
    assert [one["Field"] for one in protected] == [
        {"FieldKeys": ["authorization", "cookie"], "FieldType": "SINGLE_HEADER"},
        {"FieldType": "QUERY_STRING"}, {"FieldType": "BODY"},
    ]  # fmt: skip


def test_it_is_watched_by_its_own_metrics(acl: Any, as_json: Any, graphs: Any) -> None:
    made, wall = acl(), Firewall("Wall", API)
    health = Monitoring("Health", of=[wall], actions=["arn:x"])
    alarm = as_json(health.alarms["WallBlocked"])["Properties"]
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/WAFV2", "BlockedRequests")
    assert dimensions == {"Region": {"Ref": "AWS::Region"}, "Rule": "ALL", "WebACL": made["Name"]}
    assert made["VisibilityConfig"]["MetricName"] == made["Name"] == {"Fn::Sub": "${AWS::StackName}-Wall"}
    assert all(rule["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True for rule in [made, *made["Rules"]])
    assert "Firewall (requests)" in {graph["title"] for graph in graphs(health.dashboard.DashboardBody)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"api": "Shop"}, "api is 'Shop', allowed: a RestApi, because WAF protects no other"),
        ({"rate_limit": 9}, "rate_limit is 9, allowed: a whole number from 10 to 2000000000 requests in five minutes"),
        ({"retention_days": 8}, "retention_days is 8, allowed: 1, 3, 5"),
        ({"counted": "Log4JRCE_BODY"}, "counted is 'Log4JRCE_BODY', allowed: a list of AWSManagedIPDDoSList"),
        ({"counted": ["Log4J"]}, "counted is ['Log4J'], allowed: a list of AWSManagedIPDDoSList"),
    ],
)
def test_what_waf_would_refuse_is_refused(settings: Any, message: str) -> None:
    with pytest.raises(SettingError) as refused:
        Firewall("Wall", **{"api": API, **settings})
    assert message in str(refused.value)


def test_the_limit_may_be_a_parameter(acl: Any) -> None:
    assert acl(rate_limit=Ref("Limit"))["Rules"][0]["Statement"]["RateBasedStatement"]["Limit"] == {"Ref": "Limit"}


@pytest.mark.soak
def test_the_engines_find_nothing_where_everything_is_on() -> None:
    signed = Open("Each delivery carries a signature")
    keys = Authorizer("Keys", Ref("Asked"))
    shop = RestApi(
        "Shop",
        routes={
            "ANY /{proxy+}": Route(Ref("Reader"), keys, metered=True),
            "POST /webhooks": Route(Ref("Intake"), signed, throttle_rate=7, sources=["198.51.100.7/32"]),
        },
        responses=FILTERED,
        sources=["198.51.100.0/24", "2001:db8::/32"],
        cache_gb=0.5,
        client_certificate=True,
    )
    template = Template(Description="Everything")
    for name in ("Asked", "Reader", "Intake"):
        template.add_parameter(Parameter(name, Type="String"))
    for part in (shop, Firewall("Wall", shop, counted=Firewall.BODY_RULES), UsagePlan("Quota", shop, requests=5)):
        part.add_to(template)
    assert [str(one) for one in problems(template) if one.level != "note"] == []
