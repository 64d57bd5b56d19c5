"""What CloudFormation may be allowed to do: actions of a service, and the narrowest ARN that is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HERE = "${AWS::Region}:${AWS::AccountId}"
#: Names that begin with the stack's, as CloudFormation gives them to most types: `<stack>-<LogicalId>-<random>`, of
#: which it cuts stack and logical id where the whole is too long for the service.
STACK = "${StackPrefix}*"
#: Policies of stacks with the prefix: all that may be attached, beside those of AWS that a template names.
OWN_POLICIES = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{STACK}"
#: The condition that a resource is such a stack's, by the tag that CloudFormation gives to most types: nobody else can
#: give a tag that begins with ``aws:``.
OF_STACK: Mapping[str, Any] = {"StringLike": {"aws:ResourceTag/aws:cloudformation:stack-name": STACK}}

#: What API Gateway asks for and AWS's own lists of actions do not have, so that linters and IAM Access Analyzer call it
#: unknown: https://github.com/aws-amplify/amplify-cli/issues/12316
UNLISTED = frozenset({"apigateway:TagResource", "apigateway:UntagResource"})


@dataclass(frozen=True)
class Right:
    """Actions of one service, ``iam:GetRole CreateRole``, on one kind of ARN.

    ``on`` is what follows ``arn:<partition>:``, with ``{name}`` for the resource's name; ``*`` where the service knows
    no narrower or CloudFormation gives no name: then ``why`` says so. A right is needed only by resources that have the
    property ``when``. ``{tag}`` in a condition's key is the key of the resource's own tag whose value is the stack's
    name; without one such conditions fall away.
    """

    actions: str
    on: str = "*"
    when: str = ""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    #: The property that names what this right is on, where it is not the one of its type.
    named: str = ""


@dataclass(frozen=True)
class Handled:
    """A resource type: its rights, and where the name of what they are on is found.

    ``named`` is the property that may hold a name, or another resource. ``names`` are those that CloudFormation gives
    where it does not; ``{id}`` is the logical id.
    """

    named: str
    rights: tuple[Right, ...]
    names: tuple[str, ...] = (STACK,)


def log_delivery(when: str = "") -> Right:
    """What sets up that a service writes to a log group by itself, as whoever asks for it must be allowed to.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    """
    actions = (
        "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery "
        "ListLogDeliveries PutResourcePolicy UpdateLogDelivery"
    )
    return Right(f"logs:{actions}", when=when, why="deliveries have no names")


def use_of_key(service: str, when: str, actions: str, *, grants: bool = False) -> tuple[Right, ...]:
    """The use of a key by a service that encrypts with it, on behalf of whoever creates the resource.

    The key's own policy decides as well. With `grants` the service may keep its use of the key, and nobody else.
    """
    on, why = f"kms:{HERE}:key/*", "a key's id is random, and the key of another stack may be meant"
    through = {"StringEquals": {"kms:ViaService": f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"}}
    aws_alone = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    used = (Right("kms:DescribeKey", on, when, why=why), Right(f"kms:{actions}", on, when, through, why))
    return (*used, Right("kms:CreateGrant RevokeGrant", on, when, aws_alone, why)) if grants else used
