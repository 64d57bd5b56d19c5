"""The role with which CloudFormation manages the stacks of some templates, and nothing else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from troposphere import AWSHelperFn, AWSObject, GetAtt, Ref, Sub, Template, iam

from woo_stack.component import Component, Value
from woo_stack.required_permissions import Granted, Json, Needs
from woo_stack.rights import STACK, UNLISTED
from woo_stack.roles import assumed_by

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters of a managed policy without
#: white space, and managed policies of a role before the quota is raised.
POLICY_CHARACTERS, POLICIES = 6144, 10
#: The IAM path of roles that manage stacks. No stack's name can begin like it, so `role/<prefix>*` never means them:
#: the role cannot change its own rights, even if the stack that it is in has the prefix.
PATH = "/_woo-stack/"
#: How the names of its stacks begin. Without the last "-", the prefix "Ad" would mean the role Admin as well.
PREFIX = "[A-Za-z][A-Za-z0-9-]{0,18}-"
#: What a variable can become at most: a policy's size counts when it is deployed.
_LONGEST = {"AWS::Partition": 10, "AWS::Region": 14, "AWS::AccountId": 12, "AWS::URLSuffix": 17, "StackPrefix": 20,
            "Boundary": 200}  # fmt: skip
_NAME_LENGTH = 63
#: What gives a role more than its boundary unless it is done under the boundary:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
_STRENGTHENS = {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
_CHANGES_BOUNDARY = ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"]


@dataclass(frozen=True, eq=False)
class ExecutionRole(Component):
    """CloudFormation's service role for stacks of these templates whose names begin with `prefix`.

    It has what the handlers of their resource types call, narrowed to the names that CloudFormation gives, and passes
    roles only to the services that the templates' roles trust. It may attach only policies of such stacks, and those of
    AWS that the templates name.

    It is as strong as the roles that it may make: whoever can deploy a template of his own with it can give a
    function any right by a policy of that template. Deploy what was reviewed, and let nobody else pass it; or give it a
    `permissions_boundary`, and no role of a template can do more than that.

    Raises UnknownTypeError for a resource type that nothing is known of.
    """

    #: troposphere's, or parsed.
    templates: Sequence[Template | Mapping[str, Any]]
    #: How the stacks' names begin; of long names CloudFormation keeps some 24 characters, so 20 at most, "-" the last.
    prefix: Value = "woo-stack-"
    #: The name of the bucket from which functions' code is read; without one no code is.
    bucket: Value | None = None
    #: The ARN of the policy that every role of the templates has as its boundary, as `roles.bounded` gives it to them:
    #: no role is made or strengthened without it, and nobody changes it.
    permissions_boundary: Value | None = None

    def check(self) -> None:
        """Refuse a prefix that would mean other stacks, and templates that need more than a role can have."""
        if isinstance(self.prefix, str) and not re.fullmatch(PREFIX, self.prefix):
            self.refuse("prefix", self.prefix, "2 to 20 letters, digits and '-', a letter first and '-' last")
        if not self.templates:
            self.refuse("templates", self.templates, "at least one template")
        if self.permissions_boundary is not None and (free := [name for one in self.needs for name in one.unbounded]):
            self.refuse("permissions_boundary", self.permissions_boundary,
                        f"None for roles without a PermissionsBoundary, as {free[0]}")  # fmt: skip
        if len(self.documents) > POLICIES:
            self.refuse("templates", f"{len(self.documents)} policies", f"what fits into {POLICIES} policies")

    @property
    def arn(self) -> Value:
        """The role's ARN."""
        return GetAtt(self.role, "Arn")

    @cached_property
    def needs(self) -> list[Needs]:
        """What each template needs."""
        parsed = [json.loads(one.to_json()) if isinstance(one, Template) else one for one in self.templates]
        return [Needs(template) for template in parsed]

    @property
    def told(self) -> list[str]:
        """What could not be narrowed as it should be, a line each."""
        return list(dict.fromkeys(line for needs in self.needs for line in needs.told))

    @cached_property
    def documents(self) -> list[Json]:
        """The policies' documents, each small enough; names as ``${StackPrefix}`` and ``${CodeBucket}``."""
        packed: list[list[Json]] = [[]]
        for statement in (part for whole in self._statements() for part in _parts(whole)):
            if _length([*packed[-1], statement]) > POLICY_CHARACTERS:
                packed.append([])
            packed[-1].append(statement)
        return [{"Statement": statements, "Version": "2012-10-17"} for statements in packed]

    @cached_property
    def policies(self) -> list[iam.ManagedPolicy]:
        """The policies; what CloudFormation may do is in them and not in the role, where it could not be this much."""
        return [
            iam.ManagedPolicy(
                self.id(f"Policy{number}"), Path=PATH, PolicyDocument=self._substituted(document), **_answer(document)
            )
            for number, document in enumerate(self.documents, 1)
        ]

    @cached_property
    def role(self) -> iam.Role:
        """The role that CloudFormation assumes."""
        return iam.Role(
            self.id("Role"),
            AssumeRolePolicyDocument=assumed_by("cloudformation"),
            ManagedPolicyArns=[Ref(policy) for policy in self.policies],
            Path=PATH,
        )

    def resources(self) -> Iterator[AWSObject]:
        """Policies and role."""
        yield from (*self.policies, self.role)

    def _statements(self) -> Iterator[Json]:
        """What is allowed, and what is denied whatever is allowed."""
        merged: Granted = {}
        for needs in self.needs:
            for (arn, conditions), actions in self._bounded(needs.granted):
                if "{bucket}" not in arn or self.bucket is not None:
                    merged.setdefault((arn.replace("{bucket}", "${CodeBucket}"), conditions), set()).update(actions)
        if services := {service for needs in self.needs for service in needs.services}:
            role = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{STACK}"
            passed = json.dumps({"StringEquals": {"iam:PassedToService": sorted(services)}})
            merged[role, passed] = {"iam:PassRole"}
        yield from _allowed(merged)
        if self.bucket is not None and any("s3:PutBucketPolicy" in actions for actions in merged.values()):
            # The bucket's own name may begin with the prefix.
            own = "arn:${AWS::Partition}:s3:::${CodeBucket}"
            read = ["s3:GetObject", "s3:GetObjectVersion"]
            yield {"Effect": "Deny", "NotAction": read, "Resource": [own, f"{own}/*"]}
        if self.permissions_boundary is not None:
            # The boundary's own name may begin with the prefix.
            yield {"Action": _CHANGES_BOUNDARY, "Effect": "Deny", "Resource": ["${Boundary}"]}

    def _bounded(self, granted: Granted) -> Iterator[tuple[tuple[str, str], set[str]]]:
        """What strengthens a role only under the boundary, which then cannot be taken away."""
        for (arn, conditions), actions in granted.items():
            if self.permissions_boundary is None or not any(action.startswith("iam:") for action in actions):
                yield (arn, conditions), actions
                continue
            under = json.loads(conditions)
            under["StringEquals"] = {**under.get("StringEquals", {}), "iam:PermissionsBoundary": "${Boundary}"}
            yield (arn, conditions), actions - _STRENGTHENS - {"iam:DeleteRolePermissionsBoundary"}
            yield (arn, json.dumps(under, sort_keys=True)), actions & _STRENGTHENS

    def _substituted(self, value: Any) -> Any:
        """The document as the template has it, with prefix and bucket put in."""
        if isinstance(value, dict):
            return {key: self._substituted(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._substituted(item) for item in value]
        if "${" not in value:
            return value
        variables = {}
        values = {"StackPrefix": self.prefix, "CodeBucket": self.bucket, "Boundary": self.permissions_boundary}
        for name, given in values.items():
            known = f"${{{given.data['Ref']}}}" if isinstance(given, Ref) else given
            if f"${{{name}}}" in value and isinstance(known, str):
                value = value.replace(f"${{{name}}}", known)
            elif f"${{{name}}}" in value and isinstance(known, AWSHelperFn):
                variables[name] = known
        return Sub(value, **variables) if "${" in value else value


def _allowed(granted: Granted) -> Iterator[Json]:
    """A statement for actions on the same resources under the same conditions, so that each action stands once."""
    on: dict[tuple[str, str], list[str]] = {}
    for (arn, conditions), actions in sorted(granted.items()):
        for action in actions:
            on.setdefault((action, conditions), []).append(arn)
    same: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (action, conditions), arns in sorted(on.items()):
        same.setdefault((tuple(arns), conditions), []).append(action)
    for (resources, conditions), allowed in sorted(same.items(), key=lambda one: one[1]):
        condition = json.loads(conditions)
        statement = {"Action": allowed, "Effect": "Allow", "Resource": list(resources)}
        yield {**({"Condition": condition} if condition else {}), **statement}


def _answer(document: Json) -> Json:
    """What a linter reads beside a policy with an action that it cannot know; of the others a test asks IAM's list."""
    if UNLISTED.isdisjoint(action for one in document["Statement"] for action in one.get("Action", ())):
        return {}
    reason = {"W3037": "API Gateway asks for TagResource; IAM's list lacks it."}
    return {"Metadata": {"cfn-lint": {"config": {"ignore_checks": [*reason]}, "reasons": reason}}}


def _parts(statement: Json) -> Iterator[Json]:
    """A statement, in halves of its resources or actions where it is too long for a policy."""
    if _length([statement]) <= POLICY_CHARACTERS:
        yield statement
        return
    name = "Resource" if len(statement["Resource"]) > 1 else "Action"
    middle = len(statement[name]) // 2
    for half in (statement[name][:middle], statement[name][middle:]):
        yield from _parts({**statement, name: half})


def _length(statements: list[Json]) -> int:
    """The characters of a policy at most, whatever its variables become."""
    text = json.dumps({"Statement": statements, "Version": "2012-10-17"}, separators=(",", ":"))
    return len(re.sub(r"\$\{([^}]+)\}", lambda found: "x" * _LONGEST.get(found[1], _NAME_LENGTH), text))
