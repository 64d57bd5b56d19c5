"""What judges ask of a template and are wrong to, with the fact that makes them so; written where each of them reads.

cdk-nag, checkov, cfn-lint with the serverless rules, the Guard registry and AWS Control Tower are answered in their own
formats. What can be an option of a component is none of these rows: turn it on, and its rules are satisfied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import Template

from woo_stack import facts, policy_facts
from woo_stack.facts import DOCUMENTED, Fact, always, lacks
from woo_stack.finding import answer, joined, tool_of, without
from woo_stack.wiring import denies_plain, source_is_of_here

Json = dict[str, Any]


@dataclass(frozen=True)
class Suppression:
    """Rules of several judges that ask the same of a type of resource, and why they need not be followed."""

    #: As the judges call them, with spaces between.
    rules: str
    types: str
    #: Where the judges find it.
    found: Fact
    #: Where they are wrong to, in a function and in words.
    holds: Fact
    fact: str
    #: What a reviewer reads; of an open route the reason that it was opened with.
    reason: str
    #: Answered at each resource even where one answer for the template would do.
    narrow: bool = False


BUCKET, FUNCTION, POLICY = "AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::IAM::ManagedPolicy"
METHOD, ROUTE = "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"
#: cdk-nag's packs, each of which has its own name for a rule.
LEGAL = ("NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security", "NIST.800.53.R4")


def _packs(rule: str, *packs: str) -> str:
    return " ".join(f"{pack}-{rule}" for pack in packs)


ROWS = (
    Suppression("I4010", "", always, always, "always", "The README says."),
    Suppression("I9001", "", always, always, "always", "Data is retained."),
    Suppression("I9040", "", always, always, "always", "The stack has tags."),
    Suppression(
        "AwsSolutions-APIG4 CKV_AWS_59 API_GW_METHOD_AUTHORIZATION_TYPE_RULE", METHOD, facts.is_open,
        facts.has_a_reason, "the route is `Open` with a reason", "", narrow=True,
    ),
    Suppression(
        "AwsSolutions-APIG4 CT.APIGATEWAY.PR.5 API_GWV2_AUTHORIZATION_TYPE_CONFIGURED", ROUTE, facts.is_open,
        facts.has_a_reason, "the route is `Open` with a reason", "", narrow=True,
    ),
    Suppression(
        "AwsSolutions-COG4", METHOD, facts.has_no_pool, always, "always: AwsSolutions-APIG4 asks for an authorizer",
        "Its clients are no Cognito users.",
    ),
    Suppression(
        "AwsSolutions-IAM4", "AWS::IAM::Role", facts.has_policies_of_aws, facts.has_documented_policies,
        f"the policies are of {', '.join(DOCUMENTED)}", "AWS documents this policy for it.", narrow=True,
    ),
    Suppression(
        "AwsSolutions-IAM5 IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE", POLICY, policy_facts.has_patterns,
        policy_facts.patterns_have_an_owner,
        "each pattern ends the ARN of a name here or of a resource of the template, and no action is a pattern",
        "What is made later has a name that only begins alike.", narrow=True,
    ),
    Suppression(
        "IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE AwsSolutions-IAM5", POLICY, policy_facts.is_on_interfaces,
        policy_facts.interfaces_are_documented,
        "it is what AWS documents for functions in a VPC: interfaces to place, and ``*/*`` to delete one",
        "Lambda makes the network interfaces.", narrow=True,
    ),
    Suppression(
        "AwsSolutions-IAM5[Resource::*] IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE", POLICY, policy_facts.is_on_everything,
        policy_facts.needs_everything, "none of the actions on * has resources (WOO8)",
        "These actions have no resources.", narrow=True,
    ),
    Suppression(
        "CKV_AWS_111", POLICY, policy_facts.wants_everything, policy_facts.needs_everything,
        "none of the actions on * has resources (WOO8)", "AWS wants all alarms for PutCompositeAlarm.",
    ),
    Suppression(
        _packs("SMG4", "AwsSolutions") + " " + _packs("SecretsManagerRotationEnabled", LEGAL[0], LEGAL[2]),
        "AWS::SecretsManager::Secret", facts.is_not_rotated, facts.is_shared_with_the_shop,
        "others are rotated, and WooCommerce holds this one's other half", "Rotated by hand, in WooCommerce too.",
        narrow=True,
    ),
    Suppression(
        "ES1001 Serverless-LambdaEventSourceMappingDestination", "AWS::Lambda::EventSourceMapping",
        lacks("DestinationConfig"), facts.polls_a_queue, "the mapping is of an SQS queue", "The queue itself redrives.",
    ),
    Suppression(
        "ES1007", "AWS::Lambda::Permission", facts.is_asynchronous, facts.may_fail,
        "a schedule calls, or the function has dead letters", "The next run does the same.",
    ),
    Suppression(
        "ES4000 Serverless-EventBusDLQ", "AWS::Events::Rule", facts.targets_lack_letters, facts.is_scheduled,
        "the rule is a schedule", "The next run does the same.",
    ),
    Suppression(
        "ES6000 Serverless-SQSRedrivePolicy", "AWS::SQS::Queue", lacks("RedrivePolicy"), facts.is_dead_letter_queue,
        "something names it as its dead-letter queue", "It is a dead-letter queue.",
    ),
    Suppression(
        "AwsSolutions-SQS3", "AWS::SQS::Queue", facts.is_not_of_a_queue, facts.is_dead_letter_queue,
        "something that is no queue names it as its dead-letter queue", "It is a dead-letter queue.",
    ),
    Suppression(
        "ES7000 Serverless-SNSRedrivePolicy", "AWS::SNS::Subscription", lacks("RedrivePolicy"), facts.is_email,
        "the subscription is an e-mail", "Nobody redrives an e-mail.",
    ),
    Suppression(
        f"{_packs('LambdaDLQ', 'Serverless', LEGAL[0], LEGAL[2])} CKV_AWS_116 LAMBDA_DLQ_CHECK", FUNCTION,
        lacks("DeadLetterConfig"), facts.is_awaited, "no service calls it without waiting",
        "Nobody calls it asynchronously.",
    ),
    Suppression(
        "WS1004", FUNCTION, facts.names_its_log, facts.names_its_log, "LoggingConfig names a log group",
        "LoggingConfig names the group.",
    ),
    Suppression(
        "CT.LAMBDA.PR.2", "AWS::Lambda::Permission", facts.source_is_made, source_is_of_here,
        "SourceArn is a Fn::Sub with this account or a resource of the template", "SourceArn is a Fn::Sub of this API.",
    ),
    Suppression(
        "CT.CLOUDWATCH.PR.2", "AWS::Logs::LogGroup", facts.end_is_asked, facts.end_is_asked,
        "RetentionInDays is a parameter", "Each environment chooses.",
    ),
    Suppression(
        f"AwsSolutions-S1 {_packs('S3BucketLoggingEnabled', *LEGAL)}", BUCKET, facts.logs_if_asked, always,
        "LoggingConfiguration depends on a parameter", "The form asks for a bucket of access logs.",
    ),
    Suppression(
        f"{_packs('S3BucketReplicationEnabled', *LEGAL)} S3_BUCKET_REPLICATION_ENABLED", BUCKET,
        lacks("ReplicationConfiguration"), facts.is_private, "the bucket is private and has versions",
        "The repository makes all of it again.",
    ),
    Suppression(
        f"CT.S3.PR.9 {_packs('S3BucketDefaultLockEnabled', LEGAL[3])} S3_BUCKET_DEFAULT_LOCK_ENABLED", BUCKET,
        lacks("ObjectLockEnabled"), facts.is_private, "the bucket is private and has versions",
        "Old versions end on purpose.",
    ),
    Suppression(
        "S3_BUCKET_NO_PUBLIC_RW_ACL", BUCKET, lacks("AccessControl"), facts.has_no_lists,
        "ObjectOwnership is BucketOwnerEnforced", "Access lists are off.",
    ),
    Suppression(
        "CT.S3.PR.8 S3_BUCKET_SSL_REQUESTS_ONLY", "AWS::S3::BucketPolicy", always, denies_plain,
        "the policy denies what comes without TLS", "It does deny, by a Fn::Sub and as text.",
    ),
    Suppression(
        "EC2_SECURITY_GROUP_EGRESS_OPEN_TO_WORLD_RULE", "AWS::EC2::SecurityGroup", facts.has_egress, facts.speaks_https,
        "what goes out is HTTPS", "AWS's services have any address; only HTTPS goes out.",
    ),
    Suppression(
        "W9013", "AWS::IAM::Role", facts.has_a_written_boundary, facts.has_a_boundary_of_an_account,
        "PermissionsBoundary is the literal ARN of an account's policy",
        "The boundary is of this account.",
    ),
    Suppression(
        "E3006", "AWS::Lambda::CodeSigningConfig", always, always, "always", "Not every region has it.", narrow=True,
    ),
)  # fmt: skip


def suppress(template: Template) -> None:
    """Write every suppression whose fact holds into a template's Metadata; call it when all resources are there.

    Call it again after you have added or changed resources: an answer for the whole template is otherwise one for them,
    too. What it wrote before and no longer holds goes, and what you wrote yourself stays.
    """
    before: dict[str, Json] = vars(template).setdefault("_answers", {})
    owners = {
        "": template.metadata,
        **{name: one.resource.get("Metadata", {}) for name, one in template.resources.items()},
    }
    kept: dict[str, Json] = {}
    for name, metadata in owners.items():
        written = before.get(name, {})
        own = (without(metadata, written.get("answers", {})) or {}) if written else metadata
        kept[name] = joined(own, written.get("mention", {}))
    content = template.to_dict()
    for name, one in content.get("Resources", {}).items():
        one["Metadata"] = kept[name]
    everywhere, each = suppressions(content)
    before.clear()
    for name, own in kept.items():
        answers = each.get(name, {}) if name else everywhere
        # The reason of an open route is beside the rules then.
        mention = {"woo-stack": own["woo-stack"]} if name and answers and "woo-stack" in own else {}
        metadata = joined({tool: one for tool, one in own.items() if tool not in mention}, answers)
        before[name] = {"answers": without(answers, own) or {}, "mention": mention}
        if not name:
            template.set_metadata(metadata)
        elif metadata:
            template.resources[name].resource["Metadata"] = metadata
        else:
            template.resources[name].resource.pop("Metadata", None)


def suppressions(template: Mapping[str, Any]) -> tuple[Json, dict[str, Json]]:
    """The Metadata that a template needs, its own and that of its resources by their logical ids.

    checkov and the Guard registry read a resource's alone; the others also the template's, where one answer does for
    all unless the row is narrow or somewhere does not hold.
    """
    resources = template.get("Resources", {})
    everywhere: Json = {}
    each: dict[str, Json] = {}
    for row in ROWS:
        names = [name for name, one in resources.items() if one["Type"] in row.types.split()]
        found = [name for name in names if row.found(resources, name)]
        held = [name for name in found if row.holds(resources, name)]
        for rule in row.rules.split() if held or not row.types else ():
            tool = tool_of(rule)
            if tool in ("checkov", "guard") or row.narrow or held != found:
                for name in held:
                    answer(each.setdefault(name, {}), tool, rule, row.reason or facts.opened(resources, name))
            else:
                answer(everywhere, tool, rule, row.reason)
    return everywhere, each
