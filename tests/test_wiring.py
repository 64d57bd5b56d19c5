"""What resources are to one another: found where it is not so, silent where it is."""

from typing import Any

import pytest

from woo_stack.wiring import refers, source_is_of_here, wiring_findings

Json = dict[str, Any]


def one(kind: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties}


def queue(**properties: Any) -> Json:
    return one("AWS::SQS::Queue", RedrivePolicy={"deadLetterTargetArn": "arn"}, **properties)


def denial(kind: str, field: str, of: Any, action: str, **more: Any) -> Json:
    statement = {"Action": action, "Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Effect": "Deny",
                 "Principal": "*", "Resource": "*", **more}  # fmt: skip
    return one(kind, **{field: of, "PolicyDocument": {"Statement": [statement]}})


def key(*statements: Json) -> Json:
    return one("AWS::KMS::Key", KeyPolicy={"Statement": list(statements)})


def mapping(timeout: Any, **queue_properties: Any) -> Json:
    return {
        "Waiting": queue(**queue_properties),
        "Slow": one("AWS::Lambda::Function", **({} if timeout is None else {"Timeout": timeout})),
        "Mapping": one("AWS::Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": ["Waiting", "Arn"]},
                       FunctionName={"Fn::GetAtt": "Slow.Arn"}),
    }  # fmt: skip


SAFE = denial("AWS::SQS::QueuePolicy", "Queues", [{"Ref": "Safe"}], "sqs:*")
GRANTS = {"Action": "kms:CreateGrant", "Effect": "Deny", "Principal": {"AWS": "*"}, "Resource": "*"}
FOUND = {
    "a queue beside one that refuses": ({"Safe": queue(), "P": SAFE, "Other": queue()}, ("WOO13", "Other")),
    "a topic beside one that refuses": (
        {"Safe": queue(), "P": SAFE, "News": one("AWS::SNS::Topic")}, ("WOO13", "News")),
    "a bucket alone": ({"Files": one("AWS::S3::Bucket")}, ("WOO13", "Files")),
    "a bucket that allows": (
        {"Files": one("AWS::S3::Bucket"),
         "P": denial("AWS::S3::BucketPolicy", "Bucket", {"Ref": "Files"}, "s3:*", Effect="Allow")}, ("WOO13", "Files")),
    "a bucket that denies less": (
        {"Files": one("AWS::S3::Bucket"),
         "P": denial("AWS::S3::BucketPolicy", "Bucket", {"Ref": "Files"}, "s3:PutObject")}, ("WOO13", "Files")),
    "a bucket that denies somebody": (
        {"Files": one("AWS::S3::Bucket"),
         "P": denial("AWS::S3::BucketPolicy", "Bucket", {"Ref": "Files"}, "s3:*", Principal={"AWS": "1"})},
        ("WOO13", "Files")),
    "a bucket that denies TLS": (
        {"Files": one("AWS::S3::Bucket"),
         "P": denial("AWS::S3::BucketPolicy", "Bucket", {"Ref": "Files"}, "s3:*",
                     Condition={"Bool": {"aws:SecureTransport": "true"}})}, ("WOO13", "Files")),
    "a queue that is faster than its function": (mapping(20, VisibilityTimeout=119), ("WOO14", "Waiting")),
    "a queue of 30 seconds": (mapping(6), ("WOO14", "Waiting")),
    "a queue that is faster than 3 seconds": (mapping(None, VisibilityTimeout=17), ("WOO14", "Waiting")),
    "a queue without dead letters": ({"Q": one("AWS::SQS::Queue")}, ("WOO15", "Q")),
    "a key that denies nothing": ({"K": key()}, ("WOO16", "K")),
    "a key that denies something else": ({"K": key({**GRANTS, "Action": "kms:Decrypt"})}, ("WOO16", "K")),
    "a key that denies somebody": ({"K": key({**GRANTS, "Principal": {"AWS": "1"}})}, ("WOO16", "K")),
}  # fmt: skip


def found(resources: Json) -> list[tuple[str, str]]:
    findings = list(wiring_findings({"Resources": resources}))
    assert all(one.level == "note" and one.answers == (one.rule,) and ", allowed: " in one.message for one in findings)
    return [(finding.rule, finding.where) for finding in findings]


@pytest.mark.parametrize(("resources", "expected"), FOUND.values(), ids=FOUND)
def test_what_is_not_wired_is_found(resources: Json, expected: tuple[str, str]) -> None:
    assert found(resources) == [expected]


SILENT = {
    "plain queues and topics, none of which refuses": {"Q": queue(), "T": one("AWS::SNS::Topic")},
    "a queue that refuses": {"Safe": queue(), "P": SAFE},
    "a bucket that refuses": {
        "Files": one("AWS::S3::Bucket"), "P": denial("AWS::S3::BucketPolicy", "Bucket", {"Ref": "Files"}, "s3:*")},
    "a queue that waits six times as long": mapping(20, VisibilityTimeout=120),
    "a queue that waits as a parameter says": mapping(20, VisibilityTimeout={"Ref": "Wait"}),
    "a function whose time is a parameter": mapping({"Ref": "Time"}, VisibilityTimeout=1),
    "a dead-letter queue": {
        "Letters": one("AWS::SQS::Queue"),
        "Q": one("AWS::SQS::Queue", RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["Letters", "Arn"]}})},
    "a function's dead-letter queue": {
        "Letters": one("AWS::SQS::Queue"),
        "F": one("AWS::Lambda::Function", DeadLetterConfig={"TargetArn": {"Fn::GetAtt": "Letters.Arn"}})},
    "a key that refuses grants": {"K": key(GRANTS)},
}  # fmt: skip


@pytest.mark.parametrize("resources", SILENT.values(), ids=SILENT)
def test_what_is_wired_is_silent(resources: Json) -> None:
    assert found(resources) == []


def test_what_refers_to_a_resource() -> None:
    for value in ({"Ref": "A"}, {"Fn::GetAtt": ["A", "Arn"]}, {"Fn::GetAtt": "A.Arn"}, [{"x": {"Ref": "A"}}]):
        assert refers(value, "A")
    for value in ({"Ref": "B"}, "A", None, {"Fn::GetAtt": ["AB", "Arn"]}, {"Fn::GetAtt": []}):
        assert not refers(value, "A")


EVERYBODY, SOME = {"CidrIp": "0.0.0.0/0"}, {"CidrIp": "192.0.2.0/24"}
NOTHING = {"Ref": "AWS::NoValue"}
SOCKET = one("AWS::ApiGatewayV2::Api", ProtocolType="WEBSOCKET")


def warned(resources: Json) -> list[tuple[str, str, str]]:
    return [(one.level, one.rule, one.where) for one in wiring_findings({"Resources": resources})]


@pytest.mark.parametrize(
    ("ingress", "open_"),
    [([{"Fn::If": ["A", EVERYBODY, NOTHING]}], True), ({"Fn::If": ["A", [SOME], [EVERYBODY]]}, True),
     ([{"Fn::If": ["A", SOME, {"CidrIpv6": "::/0"}]}], True),
     ([{"CidrIp": {"Fn::If": ["A", "0.0.0.0/0", "192.0.2.0/24"]}}], True),
     ([{"Fn::If": ["A", SOME, NOTHING]}], False), ([{"CidrIp": {"Ref": "Some"}}], False),
     ([EVERYBODY], False), ({"Ref": "Rules"}, False)],
)  # fmt: skip
def test_a_group_that_is_open_under_a_condition_is_found(ingress: Any, open_: bool) -> None:
    expected = [("warning", "WOO_GROUP_LETS_NOBODY_IN", "G")] if open_ else []
    assert warned({"G": one("AWS::EC2::SecurityGroup", SecurityGroupIngress=ingress)}) == expected


@pytest.mark.parametrize(
    ("api", "key_", "metadata", "open_"),
    [("Http", "$default", None, True), ("Http", {"Ref": "Key"}, None, True), ("Socket", "$default", None, False),
     ("Http", "$default", {"woo-stack": {"open": " "}}, True), ("Http", "$default", {"woo-stack": None}, True),
     ("Http", "$default", {"woo-stack": {"open": "Prices"}}, False), ("Http", "GET /", None, False)],
)  # fmt: skip
def test_whose_a_default_route_is_beside_a_websocket(api: str, key_: Any, metadata: Any, open_: bool) -> None:
    route = one("AWS::ApiGatewayV2::Route", ApiId={"Ref": api}, RouteKey=key_)
    resources = {"Socket": SOCKET, "Http": one("AWS::ApiGatewayV2::Api"), "R": {**route, "Metadata": metadata}}
    assert warned(resources) == ([("warning", "WOO_ROUTE_HAS_AUTH", "R")] if open_ else [])
    del resources["Socket"]
    assert warned(resources) == []


@pytest.mark.parametrize(
    ("source", "here"),
    [({"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"}, True),
     ({"Fn::Sub": "arn:aws:execute-api:eu-west-1:111111111111:${One}/*"}, True),
     ({"Fn::Sub": "${One.Arn}/*"}, True), ({"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:*:${One}/*"}, False),
     ({"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:111111111111:${Other}/*"}, False),
     ({"Fn::Sub": "arn:x"}, False), ({"Fn::Sub": ["${One}", {"One": "*"}]}, False), ("arn", False)],
)  # fmt: skip
def test_whose_the_source_of_a_permission_is(source: Any, here: bool) -> None:
    assert source_is_of_here({"One": one("AWS::Lambda::Permission", SourceArn=source)}, "One") is here
