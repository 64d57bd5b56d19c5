"""Settings: whatever is chosen, the shop is clean, or one sentence says why it cannot be."""

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.matrix import VALUES, chosen, fits, pairs, refused
from troposphere import Template

from woo_stack import Network, SettingError, Settings, shop, to_json, validate


def findings(template: Template) -> list[Any]:
    """What our rules and the fast engine say, but for opinions about literals."""
    text = to_json(template)
    return [one for one in validate._fast(json.loads(text), text) if one.rule not in validate.OPINIONS]


def numbers(low: int, high: int) -> st.SearchStrategy[Any]:
    inside = st.integers(low, high)
    return inside | inside | inside | st.integers() | st.sampled_from([low - 1, low, high, high + 1])


WRONG = st.sampled_from([None, "", "7", 7.5, math.nan, [], {}])
SWITCH = st.booleans()
ALARMS = ("ApiLatency", "ApiServerErrors", "ReaderDuration", "DocumentsReadThrottles", "ReaderSpeed")
NETWORKS = st.lists(
    st.sampled_from(["203.0.113.0/24", "203.0.113.7/32", "2001:db8::/32", "203.0.113.7/24", "all"]), max_size=2
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "code": st.sampled_from(["inline", "inline", "bucket", "bucket", "zip"]),
    "customer_key": SWITCH,
    "query_string_credentials": SWITCH,
    "exports": SWITCH,
    "stage": st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True) | st.text(max_size=130),
    "memory_mb": numbers(128, 10_240),
    "timeout_seconds": numbers(1, 29),
    "api": st.sampled_from(["rest", "rest", "http", "soap"]),
    "concurrency": st.dictionaries(
        st.sampled_from(["Reader", "Intake", "Recounter", "Writer"]), numbers(1, 100_000), max_size=3
    ),
    "backup_days": st.none() | numbers(1, 36_500),
    "rotation_days": st.none() | numbers(1, 1000),
    "replay_hours": st.none() | numbers(1, 8760),
    "webhook_rate": st.none() | numbers(1, 10_000),
    "requests_per_day": st.none() | numbers(1, 100_000_000),
    "cache_gb": st.sampled_from([None, None, 0.5, 1.6, 237, 2]),
    "firewall": SWITCH,
    "client_certificate": SWITCH,
    "sources": NETWORKS,
    "webhook_sources": NETWORKS,
    "vpc_endpoints": st.lists(st.sampled_from(["vpce-0a1b2c3d", "vpce-4e5f6a7b", "vpc-0a1b2c3d", "vpce-"]), max_size=2),
    "network": st.sampled_from([None, Network("Inside", vpc_id="vpc-0a1b2c3d", subnet_ids=["subnet-0a1b2c3d"])]),
    "signing_profiles": st.sampled_from([(), *VALUES["signing_profiles"], ("arn:aws:signer:x",)]),
    "permissions_boundary": st.sampled_from([None, *VALUES["permissions_boundary"], "arn:aws:iam::1:role/r"]),
    "event_bus": SWITCH,
    "recovery_days": numbers(1, 35),
    "tracing": SWITCH,
    "metrics_by_route": SWITCH,
    "runbook": st.sampled_from(["docs/runbook.md", "https://wiki.example.com/${shop}"]) | st.text(max_size=40),
    "thresholds": st.just({})
    | st.dictionaries(st.sampled_from(ALARMS), st.none() | st.floats() | st.floats(0, 1), max_size=2),
}
ANY = st.fixed_dictionaries({}, optional=FIELDS)
ONE_WRONG = st.sampled_from([name for name in FIELDS if name != "thresholds"]).flatmap(
    lambda name: st.fixed_dictionaries({name: WRONG})
)


def clean_or_one_sentence(given: dict[str, Any]) -> None:
    try:
        template = shop(Settings(**given))
    except SettingError as error:
        text = str(error)
        assert "\n" not in text
        assert ", allowed: " in text
        named = [name for name, value in given.items() if f": {name} is {value!r}, " in text]
        # A threshold is named by its alarm.
        alarms = [alarm for alarm in given.get("thresholds", {}) if repr(alarm) in text]
        assert named or alarms, text
    else:
        assert findings(template) == []


def test_every_field_is_tried() -> None:
    assert set(FIELDS) == {field.name for field in dataclasses.fields(Settings)}


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(ANY)
def test_any_settings_give_a_clean_template_or_one_sentence(given: dict[str, Any]) -> None:
    clean_or_one_sentence(given)


@settings(max_examples=40)
@given(ONE_WRONG)
def test_a_wrong_type_gives_one_sentence(given: dict[str, Any]) -> None:
    clean_or_one_sentence(given)


@pytest.mark.soak
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(ANY | ONE_WRONG)
def test_many_more_settings(given: dict[str, Any]) -> None:
    clean_or_one_sentence(given)


def test_webhooks_from_where_nobody_may_call_are_refused() -> None:
    with pytest.raises(SettingError, match=r"webhook_sources is \['2001:db8::/32'\], allowed: networks within"):
        Settings(sources=["203.0.113.0/24"], webhook_sources=["2001:db8::/32"])
    Settings(sources=["203.0.113.0/24"], webhook_sources=["203.0.113.7/32"])


@pytest.mark.parametrize("thresholds", [{"ApiLatency": "fast"}, {"ApiLatency": True}, 7, None])
def test_a_threshold_that_is_no_number_gives_one_sentence(thresholds: Any) -> None:
    with pytest.raises(SettingError, match="thresholds is "):
        shop(Settings(thresholds=thresholds))


@pytest.mark.parametrize("pair", refused())
def test_what_excludes_each_other_is_said_in_one_sentence(pair: Any) -> None:
    with pytest.raises(SettingError, match=", allowed: ") as caught:
        Settings(code="bucket", **chosen(*pair))
    assert any(f"Settings: {name} is " in str(caught.value) for name, _ in pair)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(2))
def test_two_settings_alone_give_a_clean_template(part: int) -> None:
    """A sample: that any two stand together in some shop, `test_shop` sees to."""
    for pair in [*pairs()][part * 6 :: 12]:
        given = chosen(*pair) if fits(*pair) else {"code": "bucket", **chosen(*pair)}
        clean_or_one_sentence(given)


PROFILE = VALUES["signing_profiles"][0][0]
PLACE = Network("Inside", vpc_id="vpc-0a1b2c3d", subnet_ids=["subnet-0a1b2c3d"])
#: A setting's field and value, where in the template it goes, and what stands there then; a place by its keys.
REACHED: list[tuple[str, Any, str, Any]] = [
    ("stage", "v7", "ApiStage StageName", "v7"),
    ("memory_mb", 1001, "ReaderFunction MemorySize", 1001),
    ("timeout_seconds", 7, "ReaderFunction Timeout", 7),
    ("concurrency", {"Reader": 71, "Intake": 9}, "ReaderFunction ReservedConcurrentExecutions", 71),
    ("concurrency", {"Reader": 71, "Intake": 9}, "IntakeFunction ReservedConcurrentExecutions", 9),
    ("recovery_days", 6, "DocumentsTable PointInTimeRecoverySpecification RecoveryPeriodInDays", 6),
    ("backup_days", 72, "BackupPlan BackupPlan BackupPlanRule 0 Lifecycle DeleteAfterDays", 72),
    ("tracing", False, "ApiStage TracingEnabled", False),
    ("tracing", False, "ReaderFunction TracingConfig Mode", "PassThrough"),
    ("metrics_by_route", False, "ApiStage MethodSettings 0 MetricsEnabled", False),
    ("thresholds", {"ApiServerErrors": 0.07}, "ApiServerErrors Threshold", 0.07),
    ("sources", ["198.51.100.0/24"], "ApiApi Policy Statement 1 Condition NotIpAddress aws:SourceIp 0",
     "198.51.100.0/24"),
    ("sources", ["198.51.100.0/24"], "ApiApi Policy Statement 1 Resource", "execute-api:/*"),
    ("webhook_sources", ["198.51.100.7/32"], "ApiApi Policy Statement 1 Condition NotIpAddress aws:SourceIp 0",
     "198.51.100.7/32"),
    ("webhook_sources", ["198.51.100.7/32"], "ApiApi Policy Statement 1 Resource",
     "execute-api:/live/POST/webhooks/woocommerce"),
    ("vpc_endpoints", ["vpce-0a1b2c3d"], "ApiApi EndpointConfiguration VpcEndpointIds", ["vpce-0a1b2c3d"]),
    ("webhook_rate", 73, "ApiStage MethodSettings 1 ThrottlingRateLimit", 73),
    ("webhook_rate", 73, "ApiStage MethodSettings 1 ThrottlingBurstLimit", 73),
    ("webhook_rate", 73, "ApiStage MethodSettings 0 ThrottlingRateLimit", {"Ref": "ThrottleRate"}),
    ("webhook_rate", 73, "ApiStage MethodSettings 0 ThrottlingBurstLimit", {"Ref": "ThrottleBurst"}),
    ("requests_per_day", 74, "QuotaPlan Quota", {"Limit": 74, "Period": "DAY"}),
    ("requests_per_day", 74, "ApiProxyAny ApiKeyRequired", True),
    ("replay_hours", 75, "ApplierFunction Environment Variables REPLAY_HOURS", "75"),
    ("rotation_days", 76, "KeyRotationSchedule RotationRules AutomaticallyAfterDays", 76),
    ("cache_gb", 1.6, "ApiStage CacheClusterSize", "1.6"),
    ("client_certificate", True, "ApiStage ClientCertificateId", {"Ref": "ApiClientCertificate"}),
    ("firewall", True, "FirewallAssociation WebACLArn", {"Fn::GetAtt": ["FirewallAcl", "Arn"]}),
    ("network", PLACE, "IntakeFunction VpcConfig SubnetIds", ["subnet-0a1b2c3d"]),
    ("signing_profiles", [PROFILE], "SigningConfig AllowedPublishers SigningProfileVersionArns", [PROFILE]),
    ("signing_profiles", [PROFILE], "ApplierFunction CodeSigningConfigArn", {"Ref": "SigningConfig"}),
    ("permissions_boundary", "arn:aws:iam::111111111111:policy/b", "ReaderRole PermissionsBoundary",
     "arn:aws:iam::111111111111:policy/b"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "place", "expected"), REACHED)
def test_a_setting_stands_where_it_belongs(field: str, value: Any, place: str, expected: Any) -> None:
    form = {"code": "bucket"} if field == "signing_profiles" else {}
    template = json.loads(to_json(shop(Settings(**{field: value, **form}))))
    name, *keys = place.split()
    found = template["Resources"][name]["Properties"]
    for key in keys:
        found = found[int(key) if isinstance(found, list) else key]
    assert found == expected


def test_no_settings_are_the_default_settings() -> None:
    assert to_json(shop()) == to_json(shop(Settings()))


def test_settings_are_values() -> None:
    assert Settings(stage="a") == Settings(stage="a") != Settings(stage="b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().stage = "b"
