"""IAM's verdict on a request, by the policies of a template: as much of it as those use."""

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

#: Where the template is deployed, as what is in its policies becomes known.
KNOWN = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "111111111111",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/woo-stack-bootstrap/0-1",
    "AWS::StackName": "woo-stack-bootstrap",
    "StackPrefix": "woo-stack-",
    "LogBucket": "access-logs",
    "ArtefactsBucket": "woo-stack-bootstrap-artefactsbucket-1a2b",
    "ArtefactsBucket.Arn": "arn:aws:s3:::woo-stack-bootstrap-artefactsbucket-1a2b",
    "ExecutionRole.Arn": "arn:aws:iam::111111111111:role/_woo-stack/woo-stack-bootstrap-ExecutionRole-1A2B",
}


def resolved(value: Any) -> Any:
    """A policy's document as IAM gets it."""
    match value:
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda name: KNOWN[name[1]], text)
        case {"Ref": str(name)}:
            return KNOWN[name]
        case {"Fn::GetAtt": [name, attribute]}:
            return KNOWN[f"{name}.{attribute}"]
        case dict():
            return {key: resolved(item) for key, item in value.items()}
        case list():
            return [resolved(item) for item in value]
    return value


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """`*` and `?` alone are special to IAM."""
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


#: Whether a request's value meets one of a condition's.
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, given: wanted == given,
    "StringLike": matches,
    "ArnLike": matches,
    "Bool": lambda wanted, given: wanted == given,
    "NumericGreaterThanEqualsIfExists": lambda wanted, given: int(given) >= int(wanted),
}


@dataclass(frozen=True)
class Simulator:
    """The verdict of these documents together."""

    documents: list[Json]

    def allows(self, action: str, resource: str = "*", **context: str) -> bool:
        """Whether a request is allowed; condition keys as ``iam__PolicyARN``."""
        given = {name.replace("__", ":"): value for name, value in context.items()}
        statements = [one for document in self.documents for one in document["Statement"]]
        effects = {one["Effect"] for one in statements if applies(one, action, resource, given)}
        return effects == {"Allow"}


def applies(statement: Json, action: str, resource: str, given: Mapping[str, str]) -> bool:
    if "Action" in statement:
        named = any(matches(one.lower(), action.lower()) for one in listed(statement["Action"]))
    else:
        named = not any(matches(one.lower(), action.lower()) for one in listed(statement["NotAction"]))
    there = any(matches(one, resource) for one in listed(statement["Resource"]))
    return named and there and all(holds(*one, given) for one in statement.get("Condition", {}).items())


def holds(operator: str, keys: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    if operator == "Null":
        return all((key not in given) is (wanted == "true") for key, wanted in keys.items())
    return all(
        operator.endswith("IfExists")
        if key not in given
        else any(OPERATORS[operator](wanted, given[key]) for wanted in listed(values))
        for key, values in keys.items()
    )


def simulator(template: Json, *policies: str) -> Simulator:
    """Of the managed policies whose logical ids begin like these."""
    documents = [
        resolved(one["Properties"]["PolicyDocument"])
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::IAM::ManagedPolicy" and name.startswith(policies)
    ]
    assert documents
    return Simulator(documents)
