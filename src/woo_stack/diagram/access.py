"""What policies of identities let their owners do with which resources, in a word an edge."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from woo_stack.diagram.references import references
from woo_stack.policies import IDENTITIES, statements


class Access(NamedTuple):
    """A verb, and the logical id of what it is done to."""

    verb: str
    name: str


#: Verbs by actions in lower case; the first row that fits counts.
_VERBS = (
    ("", "kms:* logs:* xray:* cloudwatch:putmetricdata *:tag* *:untag*"),
    ("sends", "sqs:sendmessage* ses:send*"),
    ("consumes", "sqs:receivemessage sqs:deletemessage* sqs:changemessagevisibility* sqs:getqueueattributes "
     "dynamodb:*stream* dynamodb:getshard* dynamodb:getrecords kinesis:get* kinesis:describe* kinesis:subscribe*"),
    ("publishes", "sns:publish* events:putevents"),
    ("assumes", "sts:*"),
    ("passes", "iam:passrole"),
    ("invokes", "lambda:invoke* execute-api:*"),
    ("starts", "*:start* *:run*"),
    ("stops", "*:stop* *:cancel*"),
    ("reads", "*:get* *:batchget* *:list* *:describe* *:query* *:scan* *:select* *:search* *:read* *:view* *:head* "
     "*:conditioncheck* *:partiqlselect *:download* *:batchcheck*"),
    ("writes", "*:put* *:batchput* *:update* *:delete* *:batchwrite* *:batchdelete* *:create* *:write* *:modify* "
     "*:abort* *:restore* *:insert* *:partiql* *:upload* *:initiate* *:complete* *:add* *:remove* *:send*"),
    ("reads and writes", "*:*"),
)  # fmt: skip
#: SAM's policy templates by how their names begin or end, in the order in which they count:
#: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
_SAM = (
    ("consumes", "SQSPoller* DynamoDBStreamRead* KinesisStreamRead*"),
    ("sends", "SQSSendMessage*"),
    ("publishes", "SNSPublish* EventBridgePut*"),
    ("invokes", "LambdaInvoke*"),
    ("starts", "StepFunctionsExecution*"),
    ("reads and writes", "*Crud* *FullAccess*"),
    ("reads", "*Read* *Get*"),
    ("writes", "*Write* *Put*"),
)


def access(name: str, resource: Mapping[str, Any]) -> Iterator[Access]:
    """What the policies within a resource allow; nothing for policies that say who may come."""
    kind = f"{resource.get('Type')}"
    if kind not in IDENTITIES and not kind.startswith("AWS::Serverless::"):
        return
    for statement in statements(name, resource):
        if statement.kind == "trust" or statement.content.get("Effect") != "Allow":
            continue
        verbs = dict.fromkeys(verb_of(action) for action in statement.values("Action") if isinstance(action, str))
        for target in dict.fromkeys(found.name for found in references(statement.content.get("Resource"))):
            yield from (Access(verb, target) for verb in verbs if verb)
    if kind.startswith("AWS::Serverless::"):
        yield from _templates(resource)


def verb_of(action: str) -> str:
    """What an action does, in a word; "" for what everything does."""
    return next((verb for verb, rows in _VERBS if _fits(action.lower(), rows)), "uses")


def verbs(found: list[str]) -> str:
    """Several as one: "reads and writes"."""
    words = dict.fromkeys(word for verb in found for word in verb.split(" and "))
    order = [word for verb, _ in _VERBS for word in verb.split(" and ")]
    return " and ".join(sorted(words, key=lambda word: order.index(word) if word in order else len(order)))


def _templates(resource: Mapping[str, Any]) -> Iterator[Access]:
    """SAM's policy templates: ``{"DynamoDBReadPolicy": {"TableName": …}}``."""
    properties = resource.get("Properties")
    policies = properties.get("Policies") if isinstance(properties, Mapping) else None
    for policy in policies if isinstance(policies, list) else [policies]:
        for template, values in policy.items() if isinstance(policy, Mapping) else ():
            verb = next((verb for verb, rows in _SAM if _fits(f"{template}", rows)), "")
            if verb and template not in ("Statement", "Version"):
                yield from (Access(verb, found.name) for found in references(values))


def _fits(text: str, rows: str) -> bool:
    return any(fnmatchcase(text, row) for row in rows.split())
