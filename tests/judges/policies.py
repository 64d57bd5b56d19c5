"""The policies of a template as IAM gets them: every intrinsic function resolved to a literal that could be."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]

HERE = "eu-west-1:111111111111"
PSEUDO = {
    "AWS::AccountId": "111111111111",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackId": f"arn:aws:cloudformation:{HERE}:stack/shop/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
    "AWS::StackName": "shop",
    "AWS::URLSuffix": "amazonaws.com",
}
UUID = "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"
#: ARNs by type, with the logical id for the name.
ARNS = {
    "AWS::ApiGateway::RestApi": "arn:aws:execute-api:{here}:{name}",
    "AWS::Backup::BackupVault": "arn:aws:backup:{here}:backup-vault:{name}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{here}:table/{name}",
    "AWS::EC2::SecurityGroup": "arn:aws:ec2:{here}:security-group/{name}",
    "AWS::Events::EventBus": "arn:aws:events:{here}:event-bus/{name}",
    "AWS::Events::Rule": "arn:aws:events:{here}:rule/{name}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::111111111111:policy/{name}",
    "AWS::IAM::OIDCProvider": "arn:aws:iam::111111111111:oidc-provider/{host}",
    "AWS::IAM::Role": "arn:aws:iam::111111111111:role/{name}",
    "AWS::KMS::Key": f"arn:aws:kms:{{here}}:key/{UUID}",
    "AWS::Lambda::Function": "arn:aws:lambda:{here}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{here}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{lower}",
    "AWS::SNS::Topic": "arn:aws:sns:{here}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{here}:{name}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{here}:secret:{name}-AbCdEf",
}
#: What GetAtt gives beside ARNs.
OTHER_ATTRIBUTES = {
    "GroupId": "sg-0a1b2c3d",
    "Id": "sg-0a1b2c3d",
    # A real one has colons in it, which parliament takes for the ARN's own.
    "StreamArn": "{arn}/stream/2026-01-01T00",
}
#: Types whose Ref is the ARN.
ARN_BY_REF = {
    "AWS::IAM::ManagedPolicy", "AWS::IAM::OIDCProvider", "AWS::SNS::Topic", "AWS::SecretsManager::Secret",
}  # fmt: skip
#: Where policies stand, and whose they are.
DOCUMENTS = {
    "AccessPolicy": "resource",
    "AssumeRolePolicyDocument": "trust",
    "KeyPolicy": "resource",
    "Policy": "resource",
    "PolicyDocument": "resource",
    "ResourcePolicy": "resource",
}


def documents(template: Json) -> Iterator[tuple[str, str, Json]]:
    """The logical id of every policy's resource, ``identity``, ``trust`` or ``resource``, and the document."""
    literal = Literal(template)
    for name, resource in template["Resources"].items():
        for key, kind in DOCUMENTS.items():
            document = resource.get("Properties", {}).get(key)
            if isinstance(document, dict) and "Statement" in document:
                yield name, "identity" if resource["Type"] == "AWS::IAM::ManagedPolicy" else kind, literal(document)


class Literal:
    """What CloudFormation makes of a value of this template; conditions are true."""

    def __init__(self, template: Json) -> None:
        self.template = template
        self.functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": lambda given: self._arn(*given),
            "Fn::If": lambda given: self(given[1]),
            "Fn::Join": lambda given: given[0].join(self(given[1])),
            "Fn::Select": lambda given: self(given[1])[int(given[0])],
            "Fn::Split": lambda given: self(given[1]).split(given[0]),
            "Fn::Sub": lambda given: self._filled(given, {}) if isinstance(given, str) else self._filled(*given),
        }

    def __call__(self, value: Any) -> Any:
        """The literal."""
        if isinstance(value, list):
            return [self(item) for item in value if item != {"Ref": "AWS::NoValue"}]
        if not isinstance(value, dict):
            return value
        name, given = next(iter(value.items()), ("", None))
        if len(value) == 1 and name in self.functions:
            return self.functions[name](given)
        return {key: self(item) for key, item in value.items() if item != {"Ref": "AWS::NoValue"}}

    def _ref(self, name: str) -> Any:
        if name in PSEUDO:
            return PSEUDO[name]
        parameter = self.template.get("Parameters", {}).get(name)
        if parameter:
            return parameter.get("Default") or f"arn:aws:iam::111111111111:oidc-provider/{name}"
        return self._arn(name) if self.template["Resources"][name]["Type"] in ARN_BY_REF else name

    def _arn(self, name: str, attribute: str = "Arn") -> str:
        resource = self.template["Resources"][name]
        host = str(resource.get("Properties", {}).get("Url", "")).removeprefix("https://")
        arn = ARNS[resource["Type"]].format(here=HERE, name=name, lower=name.lower(), host=host)
        return OTHER_ATTRIBUTES.get(attribute, "{arn}").format(arn=arn)

    def _filled(self, text: str, variables: Json) -> str:
        def known(found: re.Match[str]) -> str:
            if found[1] in variables:
                return str(self(variables[found[1]]))
            name, _, attribute = found[1].partition(".")
            return self._arn(name, attribute) if attribute else str(self._ref(name))

        return re.sub(r"\$\{([^!}]+)\}", known, text)
