"""Take any one security property of a published template away, and something of ours says so.

The rules of Guard, of policies and of wiring say it by themselves, without cfn-lint; what only the shop's own design
asks for is a row of `DESIGNED`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from woo_stack import Network, Settings, release, shop, validate
from woo_stack.finding import unanswered
from woo_stack.policies import policy_findings
from woo_stack.suppressions import suppress
from woo_stack.template import to_json
from woo_stack.wiring import wiring_findings

Json = dict[str, Any]
Path = tuple[str | int, ...]
Mutation = tuple[str, Path, Any]
GONE = "gone"
ACL = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
KEPT = ("/DeletionPolicy", "/UpdateReplacePolicy")

#: Properties that are taken away, by type: below Properties, or of the resource itself after a slash; "*" is each item.
REMOVED = {
    "AWS::ApiGateway::Authorizer": ("IdentitySource",),
    "AWS::ApiGateway::Deployment": ("/DependsOn",),
    "AWS::ApiGateway::Method": ("AuthorizationType", "AuthorizerId", "RequestValidatorId"),
    "AWS::ApiGateway::RequestValidator": ("ValidateRequestBody", "ValidateRequestParameters"),
    "AWS::ApiGateway::RestApi": ("SecurityPolicy",),
    "AWS::ApiGateway::Stage": (
        "AccessLogSetting", "AccessLogSetting.DestinationArn", "AccessLogSetting.Format", "MethodSettings",
        "MethodSettings.*.LoggingLevel", "MethodSettings.*.ThrottlingBurstLimit",
        "MethodSettings.*.ThrottlingRateLimit", "MethodSettings.*.CacheDataEncrypted", "TracingEnabled",
    ),
    "AWS::ApiGatewayV2::Authorizer": ("IdentitySource",),
    "AWS::ApiGatewayV2::Route": ("AuthorizationType", "AuthorizerId"),
    "AWS::ApiGatewayV2::Stage": (
        "AccessLogSettings", "AccessLogSettings.DestinationArn", "AccessLogSettings.Format", "DefaultRouteSettings",
        "DefaultRouteSettings.ThrottlingBurstLimit", "DefaultRouteSettings.ThrottlingRateLimit",
    ),
    "AWS::Backup::BackupVault": (*KEPT, "EncryptionKeyArn"),
    "AWS::CloudWatch::Alarm": ("AlarmActions",),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmActions",),
    "AWS::DynamoDB::Table": (
        *KEPT, "DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "SSESpecification",
        "SSESpecification.KMSMasterKeyId", "SSESpecification.SSEEnabled", "SSESpecification.SSEType",
    ),
    "AWS::KMS::Key": (*KEPT, "EnableKeyRotation"),
    "AWS::Lambda::EventSourceMapping": ("FunctionResponseTypes",),
    "AWS::Lambda::Function": (
        "CodeSigningConfigArn", "DeadLetterConfig", "KmsKeyArn", "LoggingConfig", "LoggingConfig.LogGroup",
        "TracingConfig", "VpcConfig",
    ),
    "AWS::Lambda::Permission": ("SourceAccount", "SourceArn"),
    "AWS::Logs::LogGroup": (*KEPT, "KmsKeyId", "RetentionInDays"),
    "AWS::S3::Bucket": (
        *KEPT, "BucketEncryption", "OwnershipControls", "PublicAccessBlockConfiguration",
        *(f"PublicAccessBlockConfiguration.{name}" for name in ACL), "VersioningConfiguration",
    ),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": (*KEPT, "KmsMasterKeyId", "MessageRetentionPeriod", "RedrivePolicy"),
    "AWS::SecretsManager::Secret": (*KEPT, "KmsKeyId"),
}  # fmt: skip
#: Properties that are made worse, and how.
WEAKENED: dict[str, dict[str, Any]] = {
    "AWS::ApiGateway::Method": {"AuthorizationType": "NONE"},
    "AWS::ApiGateway::RequestValidator": {"ValidateRequestBody": False, "ValidateRequestParameters": False},
    "AWS::ApiGateway::RestApi": {"SecurityPolicy": "TLS_1_0"},
    "AWS::ApiGateway::Stage": {
        "MethodSettings.*.DataTraceEnabled": True, "MethodSettings.*.LoggingLevel": "OFF", "TracingEnabled": False,
    },
    "AWS::ApiGatewayV2::Route": {"AuthorizationType": "NONE"},
    "AWS::CloudWatch::CompositeAlarm": {"AlarmActions": [], "ActionsEnabled": False},
    "AWS::DynamoDB::Table": {
        "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": False, "SSESpecification.SSEEnabled": False,
    },
    "AWS::KMS::Key": {"EnableKeyRotation": False},
    "AWS::Lambda::EventSourceMapping": {"FunctionResponseTypes": []},
    "AWS::Lambda::Function": {"TracingConfig.Mode": "PassThrough"},
    "AWS::Lambda::Permission": {"Action": "lambda:*", "Principal": "*"},
    "AWS::S3::Bucket": {
        **{f"PublicAccessBlockConfiguration.{name}": False for name in ACL},
        "VersioningConfiguration.Status": "Suspended",
    },
}  # fmt: skip


#: What no rule for everybody's templates can know: a policy's name, an action and a part of what it is on, and the
#: condition that every such statement has.
DESIGNED = {
    ("", "kms:Decrypt", "DataKey"): "kms:ViaService",
    ("ChangesRole", "sts:AssumeRole", ""): "aws:SourceAccount",
    ("DeployPolicy", "cloudformation:ExecuteChangeSet", ""): "cloudformation:ImportResourceTypes",
    ("ExecutionPolicy", "apigateway:PATCH", "/restapis/*"): "aws:ResourceTag/aws:cloudformation:stack-name",
    ("ExecutionPolicy", "kms:CreateKey", ""): "aws:RequestTag/woo-stack",
    ("ExecutionPolicy", "kms:PutKeyPolicy", ""): "aws:ResourceTag/woo-stack",
    ("ExecutionPolicy", "kms:TagResource", ""): "Tag/woo-stack",
    ("IntakePolicy", "dynamodb:PutItem", ""): "dynamodb:LeadingKeys",
}


#: What these must deny: to change the bootstrap stack, Lambda's rights on networks to the code, whoever is not asked.
DENIED = {
    "ApiApi": "execute-api:Invoke",
    "DeployPolicy": "cloudformation:ExecuteChangeSet",
    "NetPolicy": "ec2:CreateNetworkInterface",
}


def against_design(template: Json) -> Iterator[str]:
    """The policies that are not as they were designed."""
    for (policy, action, on), key in DESIGNED.items():
        for name, resource in template["Resources"].items():
            for _, one in statements(resource.get("Properties", {}), ()) if name.startswith(policy) else ():
                meant = (
                    one["Effect"] == "Allow"
                    and action in one.get("Action", ())
                    and on in json.dumps(one.get("Resource"))
                )
                if meant and key not in json.dumps(one.get("Condition", {})):
                    yield name
    for name, action in DENIED.items():
        policy = [one for _, one in statements(template["Resources"].get(name, {}).get("Properties", {}), ())]
        if policy and not any(one["Effect"] == "Deny" and action in one.get("Action", ()) for one in policy):
            yield name


#: Everything that is off by default and adds resources or properties.
OPTIONS: Json = {
    "backup_days": 35,
    "cache_gb": 0.5,
    "client_certificate": True,
    "event_bus": True,
    "firewall": True,
    "network": Network("Net", vpc_id="vpc-12345678", subnet_ids=["subnet-12345678", "subnet-22345678"]),
    "requests_per_day": 1000,
    "rotation_days": 90,
    "signing_profiles": ("arn:aws:signer:eu-west-1:111111111111:/signing-profiles/woo/abc1234567",),
    "sources": ("192.0.2.0/24",),
}


@cache
def published(name: str) -> Json:
    """A published template, or one with all options, without what no rule looks into."""
    if name == "bootstrap":
        made = release().bootstrap
        assert made is not None
    elif name == "options":
        made = shop(Settings(code="bucket", **OPTIONS))
    else:
        made = shop(Settings(code="bucket", api=name))
    if "cfn-lint" not in made.metadata:
        suppress(made)
    content: Json = json.loads(to_json(made))
    left_out = ("AWS::CloudWatch::Dashboard", "AWS::Logs::QueryDefinition")
    content["Resources"] = {
        logical_id: one for logical_id, one in content["Resources"].items() if one["Type"] not in left_out
    }
    del content["Outputs"]
    return content


def places(value: Any, parts: list[str], path: Path = ()) -> Iterator[Path]:
    """Where a path leads, with each item for "*"; what is not there is still a place where all before it is."""
    if not parts:
        yield path
    elif parts[0] == "*" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, parts[1:], (*path, number))
    elif isinstance(value, dict) and (parts[0] in value or len(parts) == 1):
        yield from places(value.get(parts[0]), parts[1:], (*path, parts[0]))


def at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part] if isinstance(value, list) else value.get(part)
    return value


def changed(value: Any, path: Path, to: Any) -> Any:
    """The same with one place changed."""
    if not path:
        return to
    copy = value.copy()
    if path[1:] or to is not GONE:
        copy[path[0]] = changed(copy[path[0]] if path[1:] else None, path[1:], to)
    else:
        del copy[path[0]]
    return copy


def of_properties(template: Json) -> Iterator[Mutation]:
    """Every row at every resource that has it."""
    for name, resource in template["Resources"].items():
        rows = [
            *((text, GONE) for text in REMOVED.get(resource["Type"], ())),
            *WEAKENED.get(resource["Type"], {}).items(),
        ]
        for text, to in rows:
            parts = [text[1:]] if text.startswith("/") else ["Properties", *text.split(".")]
            for path in places(resource, parts):
                was = at(resource, path)
                # A route that is open on purpose is open without the word, too.
                if was not in (to, "NONE") and not (to is GONE and was is None):
                    yield name, path, to


def of_statements(template: Json) -> Iterator[Mutation]:
    """Conditions taken away, everything and everybody put in, denials taken away and turned round."""
    for name, resource in template["Resources"].items():
        for path, one in statements(resource.get("Properties", {}), ("Properties",)):
            if one["Effect"] == "Deny":
                yield name, (*path, "Effect"), "Allow"
                yield name, (*path, "Effect"), "Gone"
                continue
            if "Condition" in one:
                yield name, (*path, "Condition"), GONE
            if one.get("Principal") == "*":
                continue
            if "Principal" in one:
                yield from ((name, (*path, "Principal"), everybody) for everybody in ("*", {"AWS": "*"}))
            else:
                yield name, (*path, "Action"), "*"
                yield name, (*path, "Action"), f"{one['Action'][0].partition(':')[0]}:*"
                # Every key with a tag is as much as every resource with it.
                if one["Resource"] not in ("*", ["*"]) and "aws:ResourceTag" not in json.dumps(one):
                    yield name, (*path, "Resource"), "*"


def statements(value: Any, path: Path) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, dict):
        if "Effect" in value:
            yield path, value
        for key, item in value.items():
            yield from statements(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from statements(item, (*path, number))


def whose(template: Json, name: str) -> set[str]:
    """A resource, and what it is the policy of: either may be named."""
    properties = template["Resources"][name]["Properties"]
    targets = [*properties.get("Queues", []), *properties.get("Topics", []), properties.get("Bucket", {})]
    return {name, *(target["Ref"] for target in targets if isinstance(target, dict) and "Ref" in target)}


def found_by_reading(template: Json) -> set[str]:
    """The resources of which our own rules say something, without any engine."""
    found = unanswered([*policy_findings(template), *wiring_findings(template)], template)
    return {*(one.where for one in found), *against_design(template)}


NAMES = ("rest", "http", "bootstrap")
MORE = ("rest", *(pytest.param(name, marks=pytest.mark.soak) for name in (*NAMES[1:], "options")))


@pytest.mark.parametrize("name", MORE)
def test_a_published_template_has_no_finding(name: str) -> None:
    template = published(name)
    assert list(validate._fast(template, to_json(template))) == []
    assert found_by_reading(template) == set()


@pytest.mark.parametrize("name", MORE)
def test_no_statement_of_a_policy_can_be_weakened(name: str) -> None:
    template = published(name)
    mutations = list(of_statements(template))
    assert len(mutations) > 50
    missed = []
    for logical_id, path, to in mutations:
        mutant = changed(template, ("Resources", logical_id, *path), to)
        if not found_by_reading(mutant) & whose(template, logical_id):
            missed.append((logical_id, path, to))
    assert missed == []


@pytest.mark.parametrize("name", MORE)
def test_no_policy_of_a_resource_can_be_left_out(name: str) -> None:
    template = published(name)
    kinds = ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
    policies = [policy for policy, one in template["Resources"].items() if one["Type"] in kinds]
    assert policies
    for policy in policies:
        left = changed(template, ("Resources", policy), GONE)
        assert whose(template, policy) - {policy} <= found_by_reading(left)


@pytest.mark.parametrize("name", MORE)
def test_no_property_can_be_taken_away_or_made_worse(name: str) -> None:
    template = published(name)
    resources = dict(template["Resources"])
    mutants: dict[str, Mutation] = {}
    for number, (logical_id, path, to) in enumerate(of_properties(template)):
        mutant = changed(template["Resources"][logical_id], path, to)
        reading = changed(template, ("Resources", logical_id), mutant)
        if logical_id not in found_by_reading(reading):
            # All that is left stands in one template, beside an unchanged twin: the engine is asked once.
            resources[f"{logical_id}M{number}"] = mutant
            resources[f"{logical_id}Twin"] = template["Resources"][logical_id]
            mutants[f"{logical_id}M{number}"] = logical_id, path, to
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in validate._cloudformation_validate(to_json({**template, "Resources": resources})):
        # This one names the first resource for all.
        if one.rule != "I4010":
            found[one.where][one.rule] += 1
    assert [mutation for where, mutation in mutants.items() if not found[where] - found[f"{mutation[0]}Twin"]] == []


def test_every_design_is_published() -> None:
    allowed = {
        (name, action)
        for template in map(published, (*NAMES, "options"))
        for name, resource in template["Resources"].items()
        for _, one in statements(resource.get("Properties", {}), ())
        for action in one.get("Action", ())
    }
    missing = [row for row in DESIGNED if not any(name.startswith(row[0]) and row[1] == of for name, of in allowed)]
    assert missing == []


def test_every_row_is_of_a_property_that_is_published() -> None:
    mutated = {
        (template["Resources"][logical_id]["Type"], path[-1])
        for template in map(published, (*NAMES, "options"))
        for logical_id, path, _ in of_properties(template)
    }
    rows = [(kind, text) for table in (REMOVED, WEAKENED) for kind, texts in table.items() for text in texts]
    assert [row for row in rows if (row[0], row[1].rpartition(".")[2].lstrip("/")) not in mutated] == []
