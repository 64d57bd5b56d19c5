"""The bootstrap stack on the emulator, which has no OIDC providers as resources: theirs are taken by parameter."""

import json
import secrets
from functools import cache
from typing import Any

import pytest
from tests.simulator import KNOWN, simulator

from woo_stack import Bootstrap, WooStackError, shop, to_json
from woo_stack.cloudformation.bootstrap import Bootstrapped, bootstrap, bootstrapped, provider_of, subject
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.diff import diff
from woo_stack.cloudformation.stack import Stack

TOPIC: dict[str, Any] = {"Resources": {"Pager": {"Type": "AWS::SNS::Topic"}}}
HOST = "token.actions.githubusercontent.com"


@cache
def emulated() -> dict[str, Any]:
    """The template without OIDC providers."""
    return without_providers(json.loads(to_json(Bootstrap([shop()]).template)))


def without_providers(template: dict[str, Any]) -> dict[str, Any]:
    kept = {name: one for name, one in template["Resources"].items() if one["Type"] != "AWS::IAM::OIDCProvider"}
    text = json.dumps({**template, "Resources": kept})
    for name in ("GitHub", "GitLab"):
        choice = json.dumps({"Fn::If": [f"Makes{name}Provider", {"Ref": f"{name}Provider"}, "@"]})
        given = json.dumps({"Ref": f"{name}ProviderArn"})
        text = text.replace(choice.replace('"@"', given), given)
    made: dict[str, Any] = json.loads(text)
    return made


@pytest.fixture
def stack(account: Any, quick: None) -> Stack:  # noqa: ARG001 (a fixture for its effect)
    """A stack of a name of its own, as the bootstrap stack."""
    _, other = account
    return other.beside(f"woo-stack-base-{secrets.token_hex(3)}")


def trusted(stack: Stack, role: str) -> Any:
    name = stack.output(role).rpartition("/")[2]
    return stack.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]


def test_it_is_made_protected_and_then_up_to_date(stack: Stack) -> None:
    assert bootstrapped(stack) is None
    first = bootstrap(stack, emulated())
    assert first.changed
    described = stack.described()
    assert described
    assert described["EnableTerminationProtection"] is True
    found = bootstrapped(stack)
    assert found
    assert found.stack_prefix == "woo-stack-"
    assert (found.bucket, found.role_arn) == (first.outputs["BucketName"], first.outputs["ExecutionRoleArn"])
    assert not bootstrap(stack, emulated()).changed


def test_an_answer_changes_it_and_others_stay(stack: Stack) -> None:
    provider = "arn:aws:iam::111111111111:oidc-provider/x"
    bootstrap(stack, emulated(), stack_prefix="shop-", github=["acme/shop"], github_provider=provider)
    changed = bootstrap(stack, emulated(), gitlab=["acme/north/shop:ref_type:tag:ref:v1"], gitlab_provider="")
    assert changed.changed
    described = stack.described()
    assert described
    answers = {one["ParameterKey"]: one["ParameterValue"] for one in described["Parameters"]}
    assert answers == {
        "StackPrefix": "shop-",
        "LogBucket": "",
        "GitHubSubjects": "repo:acme/shop:environment:prod",
        "GitHubProviderArn": provider,
        "GitLabSubjects": "project_path:acme/north/shop:ref_type:tag:ref:v1",
        "GitLabProviderArn": "",
    }
    assert bootstrapped(stack) == Bootstrapped(
        changed.outputs["BucketName"],
        changed.outputs["ExecutionRoleArn"],
        "shop-",
        changed.outputs["GitHubRoleArn"],
        changed.outputs["GitLabRoleArn"],
    )
    bootstrap(stack, emulated(), github=[])
    described = stack.described()
    assert described
    assert {"ParameterKey": "GitHubSubjects", "ParameterValue": ""} in described["Parameters"]


def test_an_accounts_own_provider_is_taken(stack: Stack) -> None:
    iam = stack.client("iam")
    arn = iam.create_open_id_connect_provider(Url=f"https://{HOST}")["OpenIDConnectProviderArn"]
    try:
        bootstrap(stack, emulated(), github=["acme/shop", "acme/shop:environment:staging"])
        trust = trusted(stack, "GitHubRoleArn")
    finally:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert trust["Principal"] == {"Federated": arn}
    assert trust["Condition"]["StringEquals"] == {
        f"{HOST}:aud": "sts.amazonaws.com",
        f"{HOST}:sub": ["repo:acme/shop:environment:prod", "repo:acme/shop:environment:staging"],
    }


@pytest.mark.parametrize(
    ("pipeline", "name", "made"),
    [
        ("GitHub", "acme/shop", "repo:acme/shop:environment:prod"),
        ("GitHub", "acme/shop:ref:refs/heads/main", "repo:acme/shop:ref:refs/heads/main"),
        ("GitHub", "acme@12/shop@345", "repo:acme@12/shop@345:environment:prod"),
        ("GitHub", "acme@12/shop@345:environment:staging", "repo:acme@12/shop@345:environment:staging"),
        ("GitLab", "acme/shop", "project_path:acme/shop:ref_type:branch:ref:main"),
        ("GitLab", "a/b/c:ref_type:tag:ref:v1", "project_path:a/b/c:ref_type:tag:ref:v1"),
    ],
)
def test_a_short_name_is_the_protected_place(pipeline: str, name: str, made: str) -> None:
    assert subject(pipeline, name) == made


@pytest.mark.parametrize(
    "name",
    [
        "",
        "acme",
        "acme/shop:*",
        "acme/shop:environment:a,b",
        "a/b/c",
        "acme/*",
        "acme@12/shop",
        "acme/shop@345",
        "a@/b@",
    ],
)
def test_what_is_no_repository_is_one_sentence(name: str) -> None:
    with pytest.raises(
        WooStackError, match=r"^github is .*, allowed: OWNER/REPO or OWNER/REPO:SUBJECT, as OWNER/.*with ids$"
    ):
        subject("GitHub", name)


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        ("CREATE_COMPLETE", False),
        ("UPDATE_COMPLETE", False),
        # It was retained when the condition went, or never made.
        ("DELETE_SKIPPED", True),
        ("DELETE_COMPLETE", True),
        ("CREATE_FAILED", True),
    ],
)
def test_a_provider_that_the_stack_has_let_go_is_the_accounts(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, status: str, taken: bool
) -> None:
    bootstrap(stack, emulated())
    listed = [{"LogicalResourceId": "GitHubProvider", "ResourceStatus": status}]
    iam = stack.client("iam")
    arn = iam.create_open_id_connect_provider(Url=f"https://{HOST}")["OpenIDConnectProviderArn"]
    try:
        monkeypatch.setattr(Stack, "resources", lambda _: listed)
        assert provider_of(stack, "GitHub") == (arn if taken else None)
    finally:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_a_pipeline_may_all_that_a_deployment_calls(account: Any, quick: None) -> None:  # noqa: ARG001
    """What `deploy` and `diff` ask of AWS, recorded, by the deploy role's policy."""
    emulator, _ = account
    # A session of its own: what is recorded is this stack's.
    stack = Stack("any", emulator.session(), emulator.endpoint).beside(f"woo-stack-{secrets.token_hex(3)}")
    asked: set[str] = set()

    def note(model: Any, **_: Any) -> None:
        asked.add(f"{model.service_model.service_name}:{model.name}")

    for service in ("cloudformation", "cloudwatch", "s3", "sts"):
        stack.client(service).meta.events.register(f"before-call.{service}", note)
    topic, loud = TOPIC, {"Resources": {**TOPIC["Resources"], "Bell": TOPIC["Resources"]["Pager"]}}
    stack.client("s3").create_bucket(Bucket=(bucket := f"artefacts-{secrets.token_hex(3)}"))
    large = {**loud, "Metadata": {"padding": "x" * 60_000}}
    deploy(stack, topic, termination_protection=True, stack_policy={"Statement": []}, tags={"a": "b"})
    diff(stack, loud)
    deploy(stack, large, bucket=bucket)
    deploy(stack, large, bucket=bucket)
    with pytest.raises(WooStackError):
        deploy(stack.beside(f"{stack.name}-declined"), topic, approve=lambda _: False)
    asked -= {"s3:CreateBucket", "sts:GetCallerIdentity"}  # the test's own; and who one is, is never a secret
    assert {"cloudformation:CreateChangeSet", "cloudformation:DeleteStack", "s3:PutObject"} < asked
    named = {"s3:HeadObject": "s3:GetObject"}
    policy = simulator(json.loads(to_json(Bootstrap([shop()]).template)), "DeployPolicy")
    stacks = "arn:aws:cloudformation:eu-west-1:111111111111:stack/woo-stack-prod/0-1"
    places = {"cloudformation": stacks, "s3": f"{KNOWN['ArtefactsBucket.Arn']}/a", "cloudwatch": "*"}
    refused = [one for one in asked if not policy.allows(named.get(one, one), places[one.partition(":")[0]])]
    assert refused == []
