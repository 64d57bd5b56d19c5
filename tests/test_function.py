"""Functions: their role, log group and rights are theirs alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from awacs.aws import Allow, Statement
from awacs.s3 import GetObject
from troposphere import GetAtt, If, ImportValue, Ref, Template

from woo_stack import BasicExecution, Function, Monitoring, SettingError, Watch, inline, s3
from woo_stack.code_signing import CodeSigning
from woo_stack.network import Network

New = Callable[..., Function]


def rights(template: Any, title: str = "Lookup") -> list[Any]:
    return template["Resources"][f"{title}Policy"]["Properties"]["PolicyDocument"]["Statement"]


def test_defaults_are_explicit_and_observable(new_function: New, render: Callable[..., Any]) -> None:
    function = render(new_function())["Resources"]["LookupFunction"]["Properties"]
    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.15"
    assert (function["MemorySize"], function["Timeout"]) == (512, 10)
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["LoggingConfig"] == {
        "ApplicationLogLevel": "INFO",
        "LogFormat": "JSON",
        "LogGroup": {"Ref": "LookupLogs"},
    }
    assert function["Role"] == {"Fn::GetAtt": ["LookupRole", "Arn"]}
    optional = {"CodeSigningConfigArn", "DeadLetterConfig", "Environment", "FunctionName", "VpcConfig"}
    assert not {*optional, "ReservedConcurrentExecutions"} & function.keys()


def test_the_log_group_has_an_end_and_stays(new_function: New, render: Callable[..., Any]) -> None:
    logs = render(new_function())["Resources"]["LookupLogs"]
    assert logs["Properties"]["RetentionInDays"] == 365
    assert (logs["DeletionPolicy"], logs["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_the_role_is_assumed_by_lambda_and_has_one_policy_attached(new_function: New, render: Any) -> None:
    role = render(new_function())["Resources"]["LookupRole"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["lambda.amazonaws.com"]}
    assert role["ManagedPolicyArns"] == [{"Ref": "LookupPolicy"}]
    assert "Policies" not in role


def test_a_function_writes_its_own_log_and_trace_and_nothing_else(new_function: New, render: Any) -> None:
    assert rights(render(new_function())) == [
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": [{"Fn::GetAtt": ["LookupLogs", "Arn"]}],
        },
        {
            "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            "Effect": "Allow",
            "Resource": ["*"],
        },
    ]


def test_every_setting_that_needs_a_right_gets_it_and_no_more(new_function: New, render: Any) -> None:
    given = Statement(Effect=Allow, Action=[GetObject], Resource=["arn:x:s3:::bucket/*"])
    function = new_function(tracing=False, kms_key="arn:x:key", dead_letter_queue="arn:x:dlq", statements=[given])
    assert {tuple(one["Action"]): one["Resource"] for one in rights(render(function))} == {
        ("s3:GetObject",): ["arn:x:s3:::bucket/*"],
        ("logs:CreateLogStream", "logs:PutLogEvents"): [{"Fn::GetAtt": ["LookupLogs", "Arn"]}],
        ("kms:Decrypt", "kms:GenerateDataKey"): ["arn:x:key"],
        ("sqs:SendMessage",): ["arn:x:dlq"],
    }


def test_functions_that_share_have_neither_a_group_nor_its_rights(new_function: New, render: Any) -> None:
    shared = BasicExecution("Both", kms_key="arn:x:key")
    given = Statement(Effect=Allow, Action=[GetObject], Resource=["arn:x:s3:::bucket/*"])
    functions = [
        new_function(title, basic_execution=shared, kms_key="arn:x:key", statements=[given])
        for title in ("First", "Second")
    ]
    template = render(shared, *functions)
    groups = [title for title, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"]
    assert groups == ["BothLogs"]
    for function in functions:
        title = function.title
        assert function.logs is shared.logs
        resources = template["Resources"]
        assert resources[f"{title}Function"]["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": "BothLogs"}
        attached = resources[f"{title}Role"]["Properties"]["ManagedPolicyArns"]
        assert attached == [{"Ref": "BothPolicy"}, {"Ref": f"{title}Policy"}]
        assert [one["Action"] for one in rights(template, title)] == [["s3:GetObject"]]


TRACES, KEYS = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["kms:Decrypt", "kms:GenerateDataKey"]


@pytest.mark.parametrize(
    ("shares", "settings", "own"),
    [
        ({"tracing": False}, {"tracing": True}, {tuple(TRACES): ["*"]}),
        ({"kms_key": "arn:x:one"}, {"kms_key": "arn:x:other"}, {tuple(KEYS): ["arn:x:other"]}),
        ({}, {"kms_key": GetAtt("Key", "Arn")}, {tuple(KEYS): [{"Fn::GetAtt": ["Key", "Arn"]}]}),
        ({"kms_key": Ref("Key")}, {"kms_key": ImportValue("Key")}, {tuple(KEYS): [{"Fn::ImportValue": "Key"}]}),
        ({}, {"dead_letter_queue": "arn:x:dlq"}, {("sqs:SendMessage",): ["arn:x:dlq"]}),
    ],
)
def test_what_it_does_not_share_is_its_own(
    shares: Any, settings: Any, own: Any, new_function: New, render: Any
) -> None:
    function = new_function(basic_execution=BasicExecution("Both", **shares), **settings)
    assert {tuple(one["Action"]): one["Resource"] for one in rights(render(function))} == own


@pytest.mark.parametrize(
    ("shares", "settings"),
    [
        ({}, {}),
        ({"tracing": False}, {"tracing": False}),
        ({}, {"tracing": False}),
        ({"kms_key": "arn:x:key"}, {}),
        ({"kms_key": GetAtt("Key", "Arn")}, {"kms_key": GetAtt("Key", "Arn")}),
    ],
)
def test_a_function_without_a_right_of_its_own_has_no_policy(
    shares: Any, settings: Any, new_function: New, render: Any
) -> None:
    function = new_function(basic_execution=BasicExecution("Both", **shares), **settings)
    resources = render(function)["Resources"]
    assert set(resources) == {"LookupRole", "LookupFunction"}
    assert resources["LookupRole"]["Properties"]["ManagedPolicyArns"] == [{"Ref": "BothPolicy"}]
    assert function.policy is None


def test_the_key_encrypts_environment_and_log(new_function: New, render: Any) -> None:
    resources = render(new_function(kms_key="arn:x:key"))["Resources"]
    assert resources["LookupFunction"]["Properties"]["KmsKeyArn"] == "arn:x:key"
    assert resources["LookupLogs"]["Properties"]["KmsKeyId"] == "arn:x:key"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"timeout_seconds": 7}, {"Duration": 7000.0}),
        ({"timeout_seconds": 8, "reserved_concurrency": 30}, {"Duration": 8000.0, "ConcurrentExecutions": 30.0}),
    ],
)
def test_settings_bound_the_metrics(settings: Any, expected: Any, new_function: New) -> None:
    assert new_function(**settings).limits == expected


def test_what_its_own_code_measures_is_watched_by_its_name(new_function: New, graphs: Any, as_json: Any) -> None:
    made = Watch("Found", "Hits", "Sum", "Findings", "orders", above=3, namespace="shop", means="Many.", do="Look.")
    health = Monitoring("Health", of=[new_function(metrics=[made])], actions=["arn:x"])
    alarm = as_json(health.alarms["LookupFound"])["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("shop", "Hits", 3)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "LookupFunction"}}]
    drawn = graphs(health.dashboard.DashboardBody)
    assert drawn[0]["title"].startswith("Lambda")
    assert drawn[-1]["title"] == "Findings (orders)"
    assert drawn[-1]["metrics"] == [["shop", "Hits", "FunctionName", "${LookupFunction}"]]


def test_a_reserve_may_depend_on_a_condition(new_function: New, render: Any) -> None:
    kept = If("Reserves", Ref("Kept"), Ref("AWS::NoValue"))
    function = render(new_function(reserved_concurrency=kept))["Resources"]["LookupFunction"]["Properties"]
    expected = {"Fn::If": ["Reserves", {"Ref": "Kept"}, {"Ref": "AWS::NoValue"}]}
    assert function["ReservedConcurrentExecutions"] == expected


def test_functions_share_one_copy_of_the_code(code_file: Any, render: Any) -> None:
    code = inline(code_file, mapping="Shared")
    first, second = (Function(title, code=code, handler="index.find") for title in ("First", "Second"))
    template = render(first, second)
    assert template["Mappings"] == {"Shared": {"index": {"py": code.source}}}
    for title in ("First", "Second"):
        zipped = template["Resources"][f"{title}Function"]["Properties"]["Code"]["ZipFile"]
        assert zipped == {"Fn::FindInMap": ["Shared", "index", "py"]}


def test_what_fails_asynchronously_goes_where_its_dead_letters_go(new_function: New, render: Any) -> None:
    shared = BasicExecution("Both", dead_letter_topic="arn:x:letters")
    template = render(
        shared,
        new_function("Sharing", basic_execution=shared),
        new_function("Own", dead_letter_queue="arn:x:dlq", basic_execution=BasicExecution("Other")),
        new_function("None"),
    )["Resources"]
    assert {
        title: template[f"{title}Function"]["Properties"].get("DeadLetterConfig")
        for title in ("Sharing", "Own", "None")
    } == {"Sharing": {"TargetArn": "arn:x:letters"}, "Own": {"TargetArn": "arn:x:dlq"}, "None": None}
    # The right is in the shared policy alone.
    assert "SharingPolicy" not in template


def test_dead_letters_go_to_one_place(new_function: New) -> None:
    shared = BasicExecution("Both", dead_letter_topic="arn:x:letters")
    with pytest.raises(SettingError, match=r"dead_letter_queue is 'arn:x:dlq', allowed: None beside basic_execution's"):
        new_function(basic_execution=shared, dead_letter_queue="arn:x:dlq")


@pytest.mark.parametrize("shares", [True, False])
def test_a_function_in_a_network_has_its_rights_and_its_group(shares: bool, new_function: New, render: Any) -> None:
    network = Network("Inside", "vpc-0a1b2c3d", ["subnet-0a1b2c3d", "subnet-1a1b2c3d"])
    shared = BasicExecution("Both") if shares else None
    template = render(network, new_function(network=network, basic_execution=shared))["Resources"]
    assert template["LookupFunction"]["Properties"]["VpcConfig"] == {
        "SecurityGroupIds": [{"Fn::GetAtt": ["InsideGroup", "GroupId"]}],
        "SubnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
    }
    attached = [one["Ref"] for one in template["LookupRole"]["Properties"]["ManagedPolicyArns"]]
    assert attached == (["BothPolicy", "InsidePolicy"] if shares else ["InsidePolicy", "LookupPolicy"])


def test_signed_code_is_asked_for_by_the_configuration(render: Any) -> None:
    signing = CodeSigning("Signed", ["arn:aws:signer:eu-west-1:111111111111:/signing-profiles/Shop/a1b2c3d4e5"])
    function = Function("Far", code=s3("artefacts", "app.zip"), handler="index.find", code_signing=signing.arn)
    resources = render(signing, function)["Resources"]
    assert resources["FarFunction"]["Properties"]["CodeSigningConfigArn"] == {"Ref": "SignedConfig"}


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("code_signing", "arn:x:config", "None for inline code, which nobody can sign"),
        ("network", "subnet-0a1b2c3d", "Network(...) or None"),
        ("network", ["subnet-0a1b2c3d"], "Network(...) or None"),
    ],
)
def test_what_lambda_could_not_deploy_is_refused(field: str, value: Any, allowed: str, new_function: New) -> None:
    with pytest.raises(SettingError, match=rf"^Function 'Lookup': {field} is .*, allowed: {re.escape(allowed)}"):
        new_function(**{field: value})


def test_code_from_a_bucket_may_have_any_handler(render: Any) -> None:
    template = render(Function("Far", code=s3("artefacts", "app.zip"), handler="package.module.run"))
    function = template["Resources"]["FarFunction"]["Properties"]
    assert function["Code"] == {"S3Bucket": "artefacts", "S3Key": "app.zip"}
    assert function["Handler"] == "package.module.run"


@pytest.mark.parametrize("handler", ["index.lost", "other.find", "index.event", "find", "index.", "index.find()"])
def test_a_handler_that_the_inline_code_lacks_is_refused(handler: str, new_function: New) -> None:
    with pytest.raises(SettingError, match=r"handler is .*, allowed: .*index"):
        new_function(handler=handler)


def test_resources_work_without_us(new_function: New, render: Any) -> None:
    template = Template(Description="Test")
    template.add_resource(list(new_function().resources()))
    assert template.to_dict() == {**render(new_function())}
