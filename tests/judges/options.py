"""What judges find in the shop until somebody chooses otherwise: rules, and the settings that satisfy them."""

import re
from dataclasses import dataclass
from typing import Any

from tests.judges.judges import Finding

from woo_stack import Network
from woo_stack.rights import UNLISTED


@dataclass(frozen=True)
class Option:
    """Settings, and the rules that are no longer found with them."""

    settings: dict[str, Any]
    rules: frozenset[str]

    @property
    def name(self) -> str:
        """For a test's name and a file's."""
        return "-".join(self.settings)


def option(settings: dict[str, Any], packs: str, rule: str, *others: str) -> Option:
    """A rule of some of cdk-nag's packs, by their letters, and rules of other judges."""
    return Option(settings, frozenset({f"{PACKS[letter]}-{rule}" for letter in packs} | {*others}))


PACKS = {"H": "HIPAA.Security", "N": "NIST.800.53.R5", "O": "NIST.800.53.R4", "P": "PCI.DSS.321"}
NETWORK = Network(
    "Inside",
    vpc_id="vpc-0a1b2c3d",
    subnet_ids=("subnet-0a1b2c3d", "subnet-4e5f6a7b"),
    # Without them everything is a destination, and the registry objects.
    destinations=("10.0.0.0/16", "pl-0a1b2c3d"),
)
CONCURRENCY = {"Authorizer": 20, "Reader": 50, "Intake": 10, "Applier": 3, "Recounter": 1}

#: Every option that some judge asks for.
OPTIONS = (
    option({"firewall": True}, "NP", "APIGWAssociatedWithWAF", "AwsSolutions-APIG3"),
    option({"cache_gb": 0.5}, "HNOP", "APIGWCacheEnabledAndEncrypted", "CKV_AWS_120"),
    option({"client_certificate": True}, "HNP", "APIGWSSLEnabled"),
    option({"network": NETWORK}, "HNOP", "LambdaInsideVPC", "CKV_AWS_117", "CT.LAMBDA.PR.3"),
    option({"concurrency": CONCURRENCY}, "HN", "LambdaConcurrency", "CKV_AWS_115"),
    option({"backup_days": 40}, "HNO", "DynamoDBInBackupPlan"),
    option({"rotation_days": 90}, "HN", "SecretsManagerRotationEnabled", "AwsSolutions-SMG4"),
)
#: What nobody asks for, and no judge may object to.
OTHERS = {
    "event_bus": True,
    "exports": True,
    "permissions_boundary": "arn:aws:iam::111111111111:policy/boundary",
    "query_string_credentials": True,
    "replay_hours": 72,
    "requests_per_day": 100_000,
    "signing_profiles": ("arn:aws:signer:eu-west-1:111111111111:/signing-profiles/woo/0a1b2c3d4e",),
    "sources": ("198.51.100.0/24",),
    "webhook_rate": 50,
    "webhook_sources": ("198.51.100.7/32",),
}


@dataclass(frozen=True)
class Answer:
    """A finding of a judge that has no suppressions, and why it stands; `where` is a pattern of logical ids."""

    judge: str
    rule: str
    where: str
    because: str

    def covers(self, judge: str, finding: Finding) -> bool:
        """Whether it answers this finding of a judge."""
        return (self.judge, self.rule) == (judge, finding.rule) and bool(re.fullmatch(self.where, finding.where))


#: Of policies: their judges read no template, so that none of it can be answered there.
ANSWERS = tuple(
    Answer("policies", rule, where, because)
    for rule, where, because in (
        ("parliament PERMISSIONS_MANAGEMENT_ACTIONS", r"ExecutionPolicy\d", "it makes the stack's roles"),
        (
            "parliament PERMISSIONS_MANAGEMENT_ACTIONS",
            "DeployPolicy",
            "it passes CloudFormation's role, and locks stacks",
        ),
        ("parliament PRIVILEGE_ESCALATION", r"ExecutionPolicy\d", "it makes the stack's roles"),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
        ("parliament RESOURCE_STAR", r"(Deploy|Execution)Policy\d?", "composite alarms demand *"),
        ("cloudsplaining infrastructure_modification", r"ExecutionPolicy\d", "composite alarms demand *"),
        ("cloudsplaining write_actions_without_constraints", r"ExecutionPolicy\d", "composite alarms demand *"),
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
        ("parliament RESOURCE_MISMATCH", r"ExecutionPolicy\d", "its data know no topic of a subscription's actions"),
        # https://github.com/aws-amplify/amplify-cli/issues/12316
        *((f"policy_sentry unknown {action}", r"ExecutionPolicy\d", "no list has it") for action in sorted(UNLISTED)),
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
        ("parliament RESOURCE_MISMATCH", "ChangesPolicy", "AWS's page grants ListStreams on the stream"),
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        ("parliament RESOURCE_MISMATCH", "InsidePolicy", "AWS's page grants DeleteNetworkInterface on */*"),
        ("parliament UNKNOWN_FEDERATION_SOURCE", "Git(Hub|Lab)Role", "it knows no OIDC provider of an account"),
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-using-iam-policies-to-invoke-api.html
        ("parliament INVALID_ARN", "ApiApi", "API Gateway itself completes execute-api:/stage/method/path"),
    )
)
