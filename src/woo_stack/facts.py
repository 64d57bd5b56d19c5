"""What is so in a template, by which a judge's rule is wrong to ask: each takes all resources and the name of one."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from woo_stack.wiring import LETTERS, Resources, named, of_type, refers

Fact = Callable[[Resources, str], bool]
#: AWS's own policies that a service's documentation asks for.
DOCUMENTED = ("AmazonAPIGatewayPushToCloudWatchLogs", "AWSBackupServiceRolePolicyForBackup")
#: Services that wait for the function that they call; every other, and a caller that is no literal, may not:
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
WAITING = (
    "alexa-", "apigateway.", "cognito-idp.", "edgelambda.", "elasticloadbalancing.", "firehose.", "lex.", "lexv2.",
    "vpc-lattice.",
)  # fmt: skip


def properties_of(resources: Resources, name: str) -> Mapping[str, Any]:
    """The properties of a resource."""
    found = resources[name].get("Properties")
    return found if isinstance(found, Mapping) else {}


def lacks(field: str) -> Fact:
    """Resources without a property."""
    return lambda resources, name: field not in properties_of(resources, name)


def always(_resources: Resources, _name: str) -> bool:
    """Every resource."""
    return True


def is_dead_letter_queue(resources: Resources, name: str) -> bool:
    """A queue that something names for what it could not do."""
    return any(refers(item, name) for _, item in named(resources, LETTERS))


def is_not_of_a_queue(resources: Resources, name: str) -> bool:
    """A queue without dead letters that no other queue names for its own."""
    queues = of_type(resources, "AWS::SQS::Queue")
    return lacks("RedrivePolicy")(resources, name) and not any(
        refers(properties_of(resources, other).get("RedrivePolicy"), name) for other in queues
    )


def polls_a_queue(resources: Resources, name: str) -> bool:
    """A mapping of a queue of the template."""
    source = properties_of(resources, name).get("EventSourceArn")
    return any(refers(source, queue) for queue in of_type(resources, "AWS::SQS::Queue"))


def targets_lack_letters(resources: Resources, name: str) -> bool:
    """A rule with a target that has no dead letters."""
    targets = properties_of(resources, name).get("Targets", [])
    return any("DeadLetterConfig" not in target for target in targets if isinstance(target, Mapping))


def is_scheduled(resources: Resources, name: str) -> bool:
    """A rule that a clock starts."""
    return "ScheduleExpression" in properties_of(resources, name)


def is_asynchronous(resources: Resources, name: str) -> bool:
    """A permission of somebody of whom it is not known that he waits for the function."""
    caller = properties_of(resources, name).get("Principal")
    return not (isinstance(caller, str) and caller.startswith(WAITING))


def may_fail(resources: Resources, name: str) -> bool:
    """The function of a permission has dead letters, or its caller comes again by itself."""
    properties = properties_of(resources, name)
    scheduled = [rule for rule in of_type(resources, "AWS::Events::Rule") if is_scheduled(resources, rule)]
    with_letters = [
        function
        for function in of_type(resources, "AWS::Lambda::Function")
        if "DeadLetterConfig" in properties_of(resources, function)
    ]
    return any(refers(properties.get("SourceArn"), rule) for rule in scheduled) or any(
        refers(properties.get("FunctionName"), function) for function in with_letters
    )


def is_awaited(resources: Resources, name: str) -> bool:
    """A function that no service calls without waiting for it."""
    permissions = [one for one in of_type(resources, "AWS::Lambda::Permission") if is_asynchronous(resources, one)]
    return not any(refers(properties_of(resources, one).get("FunctionName"), name) for one in permissions)


def is_email(resources: Resources, name: str) -> bool:
    """A subscription by e-mail."""
    return properties_of(resources, name).get("Protocol") in ("email", "email-json")


def names_its_log(resources: Resources, name: str) -> bool:
    """A function that names its log group."""
    logging = properties_of(resources, name).get("LoggingConfig")
    return isinstance(logging, Mapping) and "LogGroup" in logging


def is_open(resources: Resources, name: str) -> bool:
    """A route that anybody may call."""
    properties = properties_of(resources, name)
    return properties.get("AuthorizationType", "NONE") == "NONE" and properties.get("HttpMethod") != "OPTIONS"


def opened(resources: Resources, name: str) -> str:
    """The reason with which a route was opened."""
    metadata = resources[name].get("Metadata", {}).get("woo-stack", {})
    return str(metadata.get("open", "")) if isinstance(metadata, Mapping) else ""


def has_no_pool(resources: Resources, name: str) -> bool:
    """A route that asks no user pool."""
    return properties_of(resources, name).get("AuthorizationType") not in ("COGNITO_USER_POOLS", "JWT")


def has_a_reason(resources: Resources, name: str) -> bool:
    """A route that was opened with a reason."""
    return bool(opened(resources, name).strip())


def has_policies_of_aws(resources: Resources, name: str) -> bool:
    """A role with policies of AWS's own."""
    return bool(_attached(resources, name))


def has_documented_policies(resources: Resources, name: str) -> bool:
    """A role that has no other than those that a service's documentation asks for."""
    return all(text.split("/")[-1].rstrip("'}") in DOCUMENTED for text in _attached(resources, name))


def logs_if_asked(resources: Resources, name: str) -> bool:
    """A bucket whose access is logged if a parameter says where."""
    logging = properties_of(resources, name).get("LoggingConfiguration")
    return isinstance(logging, Mapping) and "Fn::If" in logging


def has_egress(resources: Resources, name: str) -> bool:
    """A security group that says what goes out."""
    return bool(properties_of(resources, name).get("SecurityGroupEgress"))


def speaks_https(resources: Resources, name: str) -> bool:
    """A security group out of which goes HTTPS alone."""
    rules = properties_of(resources, name).get("SecurityGroupEgress", [])
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}.items()
    return isinstance(rules, list) and all(isinstance(rule, Mapping) and https <= rule.items() for rule in rules)


def has_a_written_boundary(resources: Resources, name: str) -> bool:
    """A role whose boundary is written out."""
    return isinstance(properties_of(resources, name).get("PermissionsBoundary"), str)


def has_a_boundary_of_an_account(resources: Resources, name: str) -> bool:
    """A role whose boundary is an account's own policy, not one of AWS's."""
    boundary = str(properties_of(resources, name).get("PermissionsBoundary"))
    return bool(re.match(r"arn:[^:]+:iam::\d{12}:policy/", boundary))


def _attached(resources: Resources, name: str) -> list[str]:
    """AWS's own policies of a role, as they are written."""
    arns = properties_of(resources, name).get("ManagedPolicyArns", [])
    return [text for text in map(str, arns) if ":iam::aws:policy/" in text]


def is_private(resources: Resources, name: str) -> bool:
    """A bucket that nobody outside reads, and that keeps old versions."""
    properties = properties_of(resources, name)
    block, versions = properties.get("PublicAccessBlockConfiguration"), properties.get("VersioningConfiguration")
    private = (
        isinstance(block, Mapping) and len(block) == 4 and {str(value).lower() for value in block.values()} == {"true"}
    )
    return private and isinstance(versions, Mapping) and versions.get("Status") == "Enabled"


def has_no_lists(resources: Resources, name: str) -> bool:
    """A bucket whose access lists are off."""
    return "BucketOwnerEnforced" in json.dumps(properties_of(resources, name).get("OwnershipControls", {}))


def source_is_made(resources: Resources, name: str) -> bool:
    """A permission whose source is made of parts."""
    source = properties_of(resources, name).get("SourceArn")
    return isinstance(source, Mapping) and "Fn::Sub" in source


def end_is_asked(resources: Resources, name: str) -> bool:
    """A log group whose end is not a literal."""
    return isinstance(properties_of(resources, name).get("RetentionInDays"), Mapping)


def is_not_rotated(resources: Resources, name: str) -> bool:
    """A secret without rotation in a template that rotates others."""
    schedules = of_type(resources, "AWS::SecretsManager::RotationSchedule")
    return bool(schedules) and not any(refers(properties_of(resources, one).get("SecretId"), name) for one in schedules)


def is_shared_with_the_shop(resources: Resources, name: str) -> bool:
    """A secret whose other half is in WooCommerce."""
    made = properties_of(resources, name).get("GenerateSecretString")
    return isinstance(made, Mapping) and made.get("GenerateStringKey") == "webhook_secret"
