"""The pipelines of examples/: every command line in them exists, every name is one of ours, and the adapters deploy."""

import json
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore import xform_name

from woo_stack import WooStackError, cli, problems, synth
from woo_stack.parameters import refusal

ROOT = Path(__file__).parents[1]
PIPELINES = ROOT / "examples" / "pipelines"
PAGES = {page.name: page for page in (ROOT / "docs" / "pipelines.md", PIPELINES / "stacksets.md")}
FILES = {path.name: path for path in PIPELINES.glob("*.yml")}
TEMPLATE = json.loads((ROOT / "output" / "woo-stack.json").read_text())
ENVIRONMENTS = {path.stem for path in (ROOT / "output" / "environments").glob("*.json")}
#: What a shell and its tools do in them.
TOOLS = {"cat", "echo", "export", "git", "printf", "runway", "sceptre", "test"}
#: https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/ (a command of the command line's own)
DEPLOY = {
    "capabilities", "disable-rollback", "fail-on-empty-changeset", "force-upload", "kms-key-id",
    "no-execute-changeset", "no-fail-on-empty-changeset", "notification-arns", "parameter-overrides", "role-arn",
    "s3-bucket", "s3-prefix", "stack-name", "tags", "template-file",
}  # fmt: skip


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def scripts(name: str) -> Iterator[str]:
    """The texts that a runner's shell is given: GitHub's `run`, GitLab's scripts."""
    for job in yaml.safe_load(FILES[name].read_text()).get("jobs", {}).values():
        yield from (step["run"] for step in job["steps"] if "run" in step)
    for job in yaml.safe_load(FILES[name].read_text()).values():
        if isinstance(job, dict):
            yield from strings([job.get("before_script", []), job.get("script", [])])


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a shell's text, without what follows them."""
    for line in text.replace("\\\n", " ").splitlines():
        for command in re.split(r"\s*(?:;|\|\||\||&&)\s*", line.strip(" {}")):
            words = shlex.split(command.partition(">")[0])
            if words and not re.fullmatch(r"\w+=\S*", words[0]) and words[0] != "}":
                yield words


def shell(name: str) -> str:
    """All that a file or a page has a shell do; in a page also what stands within a sentence."""
    if name in FILES:
        return "\n".join(scripts(name))
    text = PAGES[name].read_text()
    named = [whole(code) for code in re.findall(r"`([^`\n]+)`", text) if re.match(r"(woo-stack|aws|python) \w", code)]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = "\n".join([*blocks, *named]).replace("…", "x")
    return re.sub(r"^(?:[A-Z_]+=\S+ )+", "", lines, flags=re.MULTILINE)


def whole(command: str) -> str:
    """A command that is named in a sentence, with what the sentence leaves out."""
    if re.match(r"woo-stack (?!bootstrap|diff --against)", command) and "--env" not in command:
        return f"{command} --env prod"
    return command


def checked_by_make(words: list[str]) -> None:
    for target in words[1:]:
        assert re.search(rf"^(?:\S+ )*{re.escape(target)}(?: \S+)*:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def checked_by_build(words: list[str]) -> None:
    def nothing() -> Any:
        raise WooStackError("the arguments were read")

    assert words[1] == "build.py"
    assert synth(nothing, words[2:]) == 1


def checked_by_model(words: list[str]) -> None:
    """What botocore's model of CloudFormation says of an `aws cloudformation` command."""
    service, operation, *rest = words[1:]
    if service != "cloudformation":
        assert (service, operation) in {("s3", "cp"), ("s3", "sync")}
        return
    options: dict[str, list[str]] = {}
    for word in rest:
        if word.startswith("--"):
            options[word.removeprefix("--")] = []
        else:
            options[list(options)[-1]].append(word)
    if operation == "deploy":
        assert set(options) <= DEPLOY
        return
    model = botocore.session.get_session().get_service_model("cloudformation")
    (found,) = [one for one in model.operation_names if xform_name(one, "-") == operation]
    shape = model.operation_model(found).input_shape
    members = {xform_name(name, "-"): member for name, member in shape.members.items()}
    given = {name.removeprefix("no-"): values for name, values in options.items()}
    assert set(given) <= {*members, "region", "profile"}, operation
    assert {xform_name(name, "-") for name in shape.required_members} <= set(given), operation
    for name, values in given.items():
        for value in values:
            checked_by_shape(members[name], value)


def checked_by_shape(shape: Any, value: str) -> None:
    """A value in the shorthand of AWS's command line."""
    shape = shape.member if shape.type_name == "list" else shape
    if shape.type_name == "structure":
        for pair in value.split(","):
            key, _, inner = pair.partition("=")
            assert key in shape.members, key
            checked_by_shape(shape.members[key], inner)
    elif shape.type_name == "integer":
        int(value)
    elif shape.type_name == "boolean":
        assert value in ("true", "false")
    elif shape.enum and not value.isspace():
        assert value in shape.enum


CHECKS = {
    "make": checked_by_make,
    "python": checked_by_build,
    ".venv/bin/python": checked_by_build,
    "aws": checked_by_model,
    "woo-stack": lambda words: cli.parser().parse_args(words[1:]),
}


@pytest.mark.parametrize("name", [*FILES, *PAGES])
def test_every_command_line_exists(name: str) -> None:
    found = list(commands(shell(name)))
    assert {words[0] for words in found} - TOOLS <= set(CHECKS)
    assert {words[0] for words in found} & {"aws", "woo-stack"}
    for words in found:
        if words[0] in CHECKS:
            CHECKS[words[0]](words)


@pytest.mark.parametrize(
    "wrong",
    [
        "make .venv/libary",
        "python build.py --chek",
        "aws cloudformation update-stacks --stack-name a",
        "aws cloudformation deploy --stack a",
        "aws cloudformation create-stack-set --stack-set-name a --permission-model SELF",
        "aws cloudformation create-stack-instances --stack-set-name a --regions b --operation-preferences Failures=0",
        "aws cloudformation delete-stack-instances --stack-set-name a --regions b",
    ],
)
def test_a_wrong_command_line_would_be_found(wrong: str) -> None:
    (words,) = commands(wrong)
    with pytest.raises((AssertionError, SystemExit, ValueError)):
        CHECKS[words[0]](words)


@pytest.mark.parametrize("name", [*FILES, *PAGES])
def test_every_file_parameter_and_environment_is_ours(name: str) -> None:
    text = (FILES | PAGES)[name].read_text()
    for path in re.findall(r"\boutput/[\w./-]+\.json", text):
        if not path.startswith("output/environments/<"):
            assert (ROOT / path).is_file(), path
    for parameter, value in re.findall(r"ParameterKey=(\w+),ParameterValue=(\S+)", text):
        assert refusal(value, TEMPLATE["Parameters"][parameter]) is None
    assert set(re.findall(r"--env (\w+)", text)) <= ENVIRONMENTS


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGES[name].read_text())
    assert links
    for link in links:
        assert link.startswith("https://") or (PAGES[name].parent / link).exists(), link


def test_every_output_of_the_bootstrap_stack_that_is_named_exists() -> None:
    outputs = json.loads((ROOT / "output" / "woo-stack-bootstrap.json").read_text())["Outputs"]
    texts = [path.read_text() for path in (ROOT / "examples" / "pipelines").rglob("*.*") if path.is_file()]
    named = set(
        re.findall(r"\b(?:Bucket[A-Z]\w+|\w+RoleArn)\b", "\n".join([*texts, PAGES["pipelines.md"].read_text()]))
    )
    assert {"BucketName", "ExecutionRoleArn", "GitHubRoleArn", "GitLabRoleArn"} <= named
    assert named - {"RoleArn"} <= set(outputs)


@pytest.mark.parametrize("name", ["github-actions.yml", "github-actions-plain.yml"])
def test_github_gives_credentials_to_deployments_alone(name: str) -> None:
    text = FILES[name].read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert all(
        re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})", action) for action in re.findall(r"uses: (\S+)", text)
    )
    deploying = {title: job for title, job in workflow["jobs"].items() if "configure-aws-credentials" in f"{job}"}
    for title, job in workflow["jobs"].items():
        assert ("environment" in job) == (title in deploying)
        assert job.get("permissions", {}).get("id-token") == ("write" if title in deploying else None)
    used = set(re.findall(r"vars\.(\w+)", text))
    header = text.partition("\nname:")[0]
    assert {"AWS_REGION", "AWS_ROLE_ARN"} <= used
    assert used - {"AWS_REGION", "AWS_ROLE_ARN"} == set(re.findall(r"[A-Z]+_[A-Z_]+", header)) - {
        "AWS_REGION",
        "AWS_ROLE_ARN",
    }


def test_github_deploys_main_to_staging_and_then_to_prod() -> None:
    jobs = yaml.safe_load(FILES["github-actions.yml"].read_text())["jobs"]
    assert {title: (job.get("needs"), job.get("environment")) for title, job in jobs.items()} == {
        "check": (None, None),
        "difference": (None, None),
        "staging": ("check", "staging"),
        "prod": ("staging", "prod"),
    }
    assert jobs["staging"]["if"] == "github.event_name == 'push'"
    plain = yaml.safe_load(FILES["github-actions-plain.yml"].read_text())["jobs"]
    assert {
        title: (job.get("needs"), job["environment"], job["env"]["ENVIRONMENT"]) for title, job in plain.items()
    } == {
        "staging": (None, "staging", "staging"),
        "prod": ("staging", "prod", "prod"),
    }
    assert plain["prod"]["steps"] == plain["staging"]["steps"]


@pytest.mark.parametrize(
    "name", ["github-actions.yml", "github-actions-plain.yml", "gitlab-ci.yml", "gitlab-ci-plain.yml"]
)
def test_a_deployment_of_prod_that_waits_holds_up_no_other_environment(name: str) -> None:
    pipeline = yaml.safe_load(FILES[name].read_text())
    # A group of the whole workflow would be held until somebody has reviewed prod.
    assert "concurrency" not in pipeline
    jobs = pipeline.get("jobs", pipeline)
    groups = {title: jobs[title].get("concurrency", jobs[title].get("resource_group")) for title in ("staging", "prod")}
    assert {group.removeprefix("woo-stack-") for group in groups.values()} == {"staging", "prod"}
    for title, group in groups.items():
        assert group.removeprefix("woo-stack-") == jobs[title]["environment"]
    # A deployment is never broken off.
    cancelled = {title for title, job in jobs.items() if "'cancel-in-progress': True" in f"{job}"}
    assert not cancelled & set(groups)


@pytest.mark.parametrize("name", ["gitlab-ci.yml", "gitlab-ci-plain.yml"])
def test_gitlab_gives_a_token_to_deployments_alone_and_prod_to_a_person(name: str) -> None:
    pipeline = yaml.safe_load(FILES[name].read_text())
    jobs = {title: job for title, job in pipeline.items() if isinstance(job, dict) and "stage" in job}
    assert {title for title, job in jobs.items() if job.get("extends") == ".deployment"} == {"staging", "prod"}
    assert [title for title, job in {**jobs, ".deployment": pipeline[".deployment"]}.items() if "id_tokens" in job] == [
        ".deployment"
    ]
    assert {job["environment"] for job in jobs.values() if "environment" in job} == {"staging", "prod"}
    assert [rule.get("when") for rule in jobs["prod"]["rules"]] == ["manual"]
    assert {job["stage"] for job in jobs.values()} == set(pipeline["stages"])
    assert set(pipeline[".deployment"]["variables"]) == {"AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE"}


@pytest.fixture(scope="module")
def codepipeline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What examples/pipelines/codepipeline.py publishes."""
    out = tmp_path_factory.mktemp("pipeline") / "out.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["codepipeline.py", str(out)])
        runpy.run_path(str(PIPELINES / "codepipeline.py"), run_name="__main__")
    return json.loads(out.read_text())


def test_the_handler_of_sceptre_gives_the_published_template_or_one_of_these_settings() -> None:
    handler = runpy.run_path(str(PIPELINES / "sceptre" / "templates" / "woo_stack.py"))["sceptre_handler"]
    assert handler({}) == (ROOT / "output" / "woo-stack.json").read_text()
    made = json.loads(handler({"code": "bucket"}))
    assert set(made["Parameters"]) - set(TEMPLATE["Parameters"]) == {"CodeBucket", "CodeKey"}


def imported(output: str) -> Any:
    return {"Fn::ImportValue": {"Fn::Sub": f"${{BootstrapStack}}-{output}"}}


def actions_of(codepipeline: Any) -> dict[str, list[Any]]:
    stages = codepipeline["Resources"]["Pipeline"]["Properties"]["Stages"]
    return {stage["Name"]: sorted(stage["Actions"], key=lambda one: one["RunOrder"]) for stage in stages}


def allowed(codepipeline: Any, policy: str) -> dict[str, Any]:
    statements = codepipeline["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    return {action: statement for statement in statements for action in statement["Action"]}


def test_the_pipeline_has_no_finding(codepipeline: Any) -> None:
    assert problems(codepipeline) == []


def test_the_pipeline_takes_output_as_it_is(codepipeline: Any) -> None:
    stages = actions_of(codepipeline)
    assert list(stages) == ["Source", "Check", "Staging", "Prod"]
    for stage, environment in (("Staging", "staging"), ("Prod", "prod")):
        made = stages[stage][0]["Configuration"]
        assert made["ActionMode"] == "CHANGE_SET_REPLACE"
        assert made["TemplatePath"] == "Source::output/woo-stack.json"
        assert made["TemplateConfiguration"] == f"Source::output/environments/{environment}.json"
        assert environment in ENVIRONMENTS
        assert (made["StackName"], made["Capabilities"]) == (f"woo-stack-{environment}", "CAPABILITY_IAM")
        assert made["RoleArn"] == imported("ExecutionRoleArn")
        executed = stages[stage][-1]["Configuration"]
        assert executed == {key: made[key] for key in ("ChangeSetName", "StackName")} | {
            "ActionMode": "CHANGE_SET_EXECUTE"
        }
    # What CodePipeline takes from an artefact.
    assert len((ROOT / "output" / "woo-stack.json").read_bytes()) < 512_000


def test_somebody_looks_at_the_change_set_of_prod(codepipeline: Any) -> None:
    staging, prod = (actions_of(codepipeline)[stage] for stage in ("Staging", "Prod"))
    assert [one["ActionTypeId"]["Category"] for one in staging] == ["Deploy", "Deploy"]
    assert [one["ActionTypeId"]["Category"] for one in prod] == ["Deploy", "Approval", "Deploy"]
    asked = prod[1]["Configuration"]
    assert prod[0]["Configuration"]["ChangeSetName"] in asked["CustomData"]
    assert asked["ExternalEntityLink"]["Fn::Sub"].endswith("filteringText=woo-stack-prod")
    assert asked["NotificationArn"] == {"Ref": "PipelineTopic"}


def test_the_pipelines_role_may_change_its_two_stacks_and_pass_one_role(codepipeline: Any) -> None:
    role = allowed(codepipeline, "PipelinePolicy")
    stacks = {action["Configuration"]["StackName"] for stage in ("Staging", "Prod")
              for action in actions_of(codepipeline)[stage] if "StackName" in action["Configuration"]}  # fmt: skip
    for action in ("CreateChangeSet", "DeleteChangeSet", "DescribeChangeSet", "DescribeStacks", "ExecuteChangeSet"):
        arns = [one["Fn::Sub"] for one in role[f"cloudformation:{action}"]["Resource"]]
        assert {arn.split("stack/")[1] for arn in arns} == {f"{stack}/*" for stack in stacks}
    names = role["cloudformation:ExecuteChangeSet"]["Condition"]["StringEquals"]["cloudformation:ChangeSetName"]
    assert names == actions_of(codepipeline)["Prod"][0]["Configuration"]["ChangeSetName"]
    assert role["iam:PassRole"]["Resource"] == [imported("ExecutionRoleArn")]
    assert role["iam:PassRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
    }
    assert not [action for action in role if action.startswith("cloudformation:") and action.endswith("Stack")]
    assert [action for action in role if "*" in action] == []


def test_no_role_of_the_pipeline_has_a_star_for_a_resource(codepipeline: Any) -> None:
    for policy in ("PipelinePolicy", "CheckPolicy"):
        assert "*" not in [arn for one in allowed(codepipeline, policy).values() for arn in one["Resource"]]
    assert not [action for action in allowed(codepipeline, "CheckPolicy") if re.match("cloudformation|iam|sts", action)]


def test_artefacts_are_under_the_pipelines_key_and_prefix(codepipeline: Any) -> None:
    properties = codepipeline["Resources"]["Pipeline"]["Properties"]
    key = {"Fn::GetAtt": ["ArtifactsKey", "Arn"]}
    assert properties["ArtifactStore"]["EncryptionKey"] == {"Id": key, "Type": "KMS"}
    assert codepipeline["Resources"]["Check"]["Properties"]["EncryptionKey"] == key
    # CodePipeline cuts its name after 20 characters.
    prefix = f"${{Bucket}}/{properties['Name'][:20]}/*"
    assert properties["ArtifactStore"]["Location"] == imported("BucketName")
    for policy in ("PipelinePolicy", "CheckPolicy"):
        statement = allowed(codepipeline, policy)["s3:GetObject"]
        ((arn, variables),) = [one["Fn::Sub"] for one in statement["Resource"]]
        assert (arn.rpartition(":")[2], variables) == (prefix, {"Bucket": imported("BucketName")})
        assert allowed(codepipeline, policy)["kms:Decrypt"]["Resource"] == [key]


def test_the_check_of_the_pipeline_is_one_of_ours(codepipeline: Any) -> None:
    specification = yaml.safe_load(codepipeline["Resources"]["Check"]["Properties"]["Source"]["BuildSpec"])
    found = [words for line in specification["phases"]["build"]["commands"] for words in commands(line)]
    assert [words[0] for words in found] == ["make", ".venv/bin/python"]
    for words in found:
        CHECKS[words[0]](words)


def test_a_failure_is_told(codepipeline: Any) -> None:
    rule = codepipeline["Resources"]["FailuresRule"]["Properties"]
    pattern = rule["EventPattern"]["detail"]
    assert pattern == {"pipeline": [codepipeline["Resources"]["Pipeline"]["Properties"]["Name"]], "state": ["FAILED"]}
    assert [target["Arn"] for target in rule["Targets"]] == [{"Ref": "PipelineTopic"}]
    for resource, policy in (("PipelineTopicPolicy", "PolicyDocument"), ("ArtifactsKey", "KeyPolicy")):
        statements = codepipeline["Resources"][resource]["Properties"][policy]["Statement"]
        assert {"Service": "events.amazonaws.com"} in [one["Principal"] for one in statements]
