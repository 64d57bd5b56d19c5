"""The bootstrap stack of an account and region: made, brought up to date, and what it has for deployments."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.bootstrap_stack import QUESTIONS
from woo_stack.cloudformation.change import Difference
from woo_stack.cloudformation.deploy import Deployed, deploy
from woo_stack.cloudformation.events import OnEvent
from woo_stack.cloudformation.refusals import asking
from woo_stack.cloudformation.stack import Stack, outputs_of
from woo_stack.errors import WooStackError
from woo_stack.oidc import DeployRole

#: A deploy role's title: the word before its subjects, and which subject is meant where only the repository is named.
#: Both are protected: an environment by its rules, the main branch by GitLab's default.
PIPELINES = {
    "GitHub": ("repo", "environment:prod"),
    "GitLab": ("project_path", "ref_type:branch:ref:main"),
}


@dataclass(frozen=True)
class Bootstrapped:
    """What a bootstrap stack has; a deploy role that it does not have is ""."""

    bucket: str
    role_arn: str
    stack_prefix: str
    github_role_arn: str = ""
    gitlab_role_arn: str = ""


def bootstrapped(stack: Stack) -> Bootstrapped | None:
    """What this bootstrap stack has, as ``shop.beside("woo-stack-bootstrap")``; None where it is not there (yet)."""
    outputs = outputs_of(stack.described() or {})
    names = ("BucketName", "ExecutionRoleArn", "StackPrefix")
    if not all(name in outputs for name in names):
        return None
    roles = (outputs.get(f"{pipeline}RoleArn", "") for pipeline in PIPELINES)
    return Bootstrapped(*(outputs[name] for name in names), *roles)


def bootstrap(
    stack: Stack,
    template: Template | Mapping[str, Any] | Path | str,
    *,
    stack_prefix: str | None = None,
    github: Collection[str] | None = None,
    gitlab: Collection[str] | None = None,
    github_provider: str | None = None,
    gitlab_provider: str | None = None,
    log_bucket: str | None = None,
    tags: Mapping[str, str] | None = None,
    on_difference: Callable[[Difference], None] = lambda _: None,
    approve: Callable[[Difference], bool] | None = None,
    on_event: OnEvent | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Deployed:
    """Make the bootstrap stack from `woo_stack.bootstrap_stack`'s template, or bring it up to date; it is protected.

    Whatever is None keeps the stack's answer. ``github`` and ``gitlab`` name who may deploy, as `subject` takes them;
    none of them takes the role away. The account's OIDC provider is taken where there is one that is not the stack's
    own, or ``github_provider`` and ``gitlab_provider`` (ARNs). In ``log_bucket`` S3 notes who reads and writes. The
    callbacks are those of `deploy`, and so are the errors; WooStackError for a subject that is none.
    """
    answers: dict[str, str | None] = {"StackPrefix": stack_prefix, "LogBucket": log_bucket}
    given = {"GitHub": (github, github_provider), "GitLab": (gitlab, gitlab_provider)}
    for pipeline, (names, provider) in given.items():
        if names is not None:
            answers[f"{pipeline}Subjects"] = ",".join(subject(pipeline, name) for name in names)
        if names and provider is None:
            provider = provider_of(stack, pipeline)  # noqa: PLW2901 (the same thing, looked up)
        answers[f"{pipeline}ProviderArn"] = provider
    return deploy(
        stack,
        template,
        parameters={name: answer for name, answer in answers.items() if answer is not None},
        tags=tags,
        termination_protection=True,
        # It is not deployed with the role that it makes.
        bootstrap_stack=stack.title,
        on_difference=on_difference,
        approve=approve,
        on_event=on_event,
        tell=tell,
    )


def subject(pipeline: str, name: str) -> str:
    """The subject of tokens by a short name: ``OWNER/REPO``, or ``OWNER/REPO:environment:staging``.

    With ids, ``OWNER@123/REPO@456``, where GitHub's tokens have them: of repositories that were created, renamed or
    transferred after 15 July 2026, or have opted in. Of GitLab ``GROUP/PROJECT``, or
    ``GROUP/PROJECT:ref_type:tag:ref:v1``. Raises WooStackError for what is neither, and for what would be anybody's
    (``*``).
    """
    word, usual = PIPELINES[pipeline]
    path, _, rest = name.partition(":")
    made = f"{word}:{path}:{rest or usual}"
    (pattern,) = (question.pattern for question in QUESTIONS if question.name == f"{pipeline}Subjects")
    if not (name and pattern and re.fullmatch(pattern, made)) or "," in name:
        who, ids = ("OWNER/REPO", "; OWNER@ID/REPO@ID with ids") if pipeline == "GitHub" else ("GROUP/PROJECT", "")
        raise WooStackError(f"{pipeline.lower()} is {name!r}, allowed: {who} or {who}:SUBJECT, as {who}:{usual}{ids}")
    return made


def provider_of(stack: Stack, pipeline: str) -> str | None:
    """The account's OIDC provider, unless it is the stack's own or there is none.

    What the stack has let go is still listed, as DELETE_SKIPPED: that one is the account's by now.
    """
    host = DeployRole.ISSUERS[pipeline.lower()].host
    if stack.described() and f"{pipeline}Provider" in {
        one["LogicalResourceId"] for one in stack.resources() if _exists(one["ResourceStatus"])
    }:
        return None
    with asking(f"the account's OIDC providers cannot be listed, name {host} with --{pipeline.lower()}-oidc-provider"):
        listed = stack.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return next((one["Arn"] for one in listed if one["Arn"].endswith(f":oidc-provider/{host}")), None)


def _exists(status: str) -> bool:
    return status.endswith("_COMPLETE") and not status.startswith("DELETE_")
