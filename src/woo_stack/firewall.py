"""AWS WAF before a REST API: known attacks, bad addresses and floods end there, and what is blocked is logged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from troposphere import AWSObject, GetAtt, Ref, Sub, wafv2
from troposphere.logs import LogGroup

from woo_stack.choices import RETENTION_DAYS
from woo_stack.component import Component, Number, Value, given
from woo_stack.gateway_responses import RESPONSES
from woo_stack.logs import log_group
from woo_stack.rest_api import RestApi

#: AWS's rule groups and their rules, in the order in which they are asked; the newest version of each, by itself.
#: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html and
#: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-ip-rep.html. Not its list of hosting
#: providers: shops and their clients live there.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "AWSManagedRulesAmazonIpReputationList": (
        "AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList",
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": (
        "JavaDeserializationRCE_HEADER", "JavaDeserializationRCE_BODY", "JavaDeserializationRCE_URIPATH",
        "JavaDeserializationRCE_QUERYSTRING", "Host_localhost_HEADER", "PROPFIND_METHOD", "ExploitablePaths_URIPATH",
        "Log4JRCE_HEADER", "Log4JRCE_QUERYSTRING", "Log4JRCE_URIPATH", "Log4JRCE_BODY", "ReactJSRCE_BODY",
    ),
    "AWSManagedRulesCommonRuleSet": (
        "NoUserAgent_HEADER", "UserAgent_BadBots_HEADER", "SizeRestrictions_QUERYSTRING",
        "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_URIPATH", "EC2MetaDataSSRF_BODY",
        "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_QUERYARGUMENTS",
        "GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH", "GenericLFI_BODY", "RestrictedExtensions_URIPATH",
        "RestrictedExtensions_QUERYARGUMENTS", "GenericRFI_QUERYARGUMENTS", "GenericRFI_BODY", "GenericRFI_URIPATH",
        "CrossSiteScripting_COOKIE", "CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_BODY",
        "CrossSiteScripting_URIPATH",
    ),
}  # fmt: skip
#: Headers that would else stand in logs and samples.
SECRET_HEADERS = ("authorization", "cookie")


@dataclass(frozen=True, eq=False)
class Firewall(Component):
    """A web ACL for one stage: a limit for each address, then AWS's lists of bad addresses and rules for known attacks.

    What it blocks is answered in WooCommerce's shape: 429 here, 403 by the API's own DEFAULT_4XX or `FILTERED`. Logged
    is only what was blocked or counted, without Authorization, cookies and query string; the samples that the console
    shows have neither those nor bodies.

    WAF looks at the first 16 KB of a body, and at nothing behind. Larger bodies pass; what ends them is API Gateway
    (413 beyond 10 MB) and Lambda (beyond 6 MB, which is 4.4 MB of base64). A smaller limit is a SizeConstraintStatement
    of your own in `acl.Rules`, up to 64 KB with AssociationConfig
    (https://docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html).
    """

    namespace: ClassVar = "AWS/WAFV2"
    #: The rules that read bodies. Count them where a body's text is anybody's and is only stored: whoever writes
    #: ``${jndi:…`` into an order's note would have its webhooks blocked, and WooCommerce disables a webhook soon.
    BODY_RULES: ClassVar = tuple(rule for rules in GROUPS.values() for rule in rules if rule.endswith("_BODY"))

    #: The API whose stage is protected.
    api: RestApi
    #: Requests of one address in five minutes, 10 at least; beyond that 429. WAF estimates, some seconds late.
    rate_limit: Number = 2000
    #: Rules of `GROUPS` that only count. SizeRestrictions_BODY would end every body of more than 8 KB.
    counted: Sequence[str] = ("SizeRestrictions_BODY",)
    retention_days: Number = 365
    kms_key: Value | None = None

    def check(self) -> None:
        """Refuse an API that WAF does not protect, and rules that no group has."""
        if not isinstance(self.api, RestApi):
            self.refuse("api", self.api, "a RestApi, because WAF protects no other")
        self.within("rate_limit", 10, 2_000_000_000, unit="requests in five minutes")
        self.one_of("retention_days", RETENTION_DAYS)
        known = {rule for rules in GROUPS.values() for rule in rules}
        if isinstance(self.counted, str) or not known.issuperset(self.counted):
            self.refuse("counted", self.counted, f"a list of {', '.join(sorted(known))}")

    @property
    def name(self) -> Value:
        """The ACL's name, and its metrics': the documentation says both of the dimension."""
        return Sub(f"${{AWS::StackName}}-{self.title}")

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this ACL's metrics from another's: https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html."""
        return {"Region": Ref("AWS::Region"), "Rule": "ALL", "WebACL": self.name}

    @cached_property
    def acl(self) -> wafv2.WebACL:
        """The web ACL: what no rule blocks is let through."""
        groups = [self._group(number, name, rules) for number, (name, rules) in enumerate(GROUPS.items(), 1)]
        return wafv2.WebACL(
            self.id("Acl"),
            CustomResponseBodies={
                "TooMany": wafv2.CustomResponseBody(Content=RESPONSES["THROTTLED"].body, ContentType="APPLICATION_JSON")
            },
            DataProtectionConfig=wafv2.DataProtectionConfig(DataProtections=[*_protections()]),
            DefaultAction=wafv2.DefaultAction(Allow=wafv2.AllowAction()),
            Name=self.name,
            Rules=[self._flood(), *groups],
            Scope="REGIONAL",
            VisibilityConfig=_visible(self.name),
        )

    @cached_property
    def association(self) -> wafv2.WebACLAssociation:
        """That the ACL is the stage's."""
        stage = f"/restapis/${{{self.api.api.title}}}/stages/${{{self.api.deployed_stage.title}}}"
        return wafv2.WebACLAssociation(
            self.id("Association"),
            ResourceArn=Sub(f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{stage}"),
            WebACLArn=GetAtt(self.acl, "Arn"),
        )

    @cached_property
    def logs(self) -> LogGroup:
        """The log group, whose name has to begin so; the ACL's id tells it from that of an earlier stack."""
        name = Sub(f"aws-waf-logs-${{AWS::StackName}}-${{{self.acl.title}.Id}}")
        return log_group(self.id("Logs"), self.retention_days, self.kms_key, name)

    @cached_property
    def logging(self) -> wafv2.LoggingConfiguration:
        """What is logged, and what of it is not to be read."""
        actions = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
        redacted = [{"SingleHeader": wafv2.SingleHeader(Name=name)} for name in SECRET_HEADERS]
        return wafv2.LoggingConfiguration(
            self.id("Logging"),
            # Without the ":*" that GetAtt has at its end.
            LogDestinationConfigs=[
                Sub(
                    f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{self.logs.title}}}"
                )
            ],
            LoggingFilter=wafv2.LoggingFilter(
                DefaultBehavior="DROP",
                Filters=[
                    wafv2.Filter(
                        Behavior="KEEP",
                        Conditions=[
                            wafv2.Condition(ActionCondition=wafv2.ActionCondition(Action=one)) for one in actions
                        ],
                        Requirement="MEETS_ANY",
                    )
                ],
            ),
            RedactedFields=[wafv2.LoggingConfigurationFieldToMatch(**one) for one in [*redacted, {"QueryString": {}}]],
            ResourceArn=GetAtt(self.acl, "Arn"),
        )

    def resources(self) -> Iterator[AWSObject]:
        """The ACL, where it is, and its log."""
        yield from (self.acl, self.association, self.logs, self.logging)

    def _flood(self) -> wafv2.WebACLRule:
        """Ends what one address sends too much of, before the rules that cost more are asked."""
        answer = wafv2.CustomResponse(
            CustomResponseBodyKey="TooMany",
            ResponseCode=429,
            ResponseHeaders=[wafv2.CustomHTTPHeader(Name="Retry-After", Value="300")],
        )
        rate = wafv2.RateBasedStatement(AggregateKeyType="IP", EvaluationWindowSec=300, Limit=self.rate_limit)
        return wafv2.WebACLRule(
            Action=wafv2.RuleAction(Block=wafv2.BlockAction(CustomResponse=answer)),
            Name="Flood",
            Priority=0,
            Statement=wafv2.Statement(RateBasedStatement=rate),
            VisibilityConfig=_visible("Flood"),
        )

    def _group(self, priority: int, name: str, rules: Sequence[str]) -> wafv2.WebACLRule:
        count = wafv2.RuleAction(Count=wafv2.CountAction())
        counted = [wafv2.RuleActionOverride(ActionToUse=count, Name=rule) for rule in rules if rule in self.counted]
        group = wafv2.ManagedRuleGroupStatement(Name=name, VendorName="AWS", **given(RuleActionOverrides=counted))
        return wafv2.WebACLRule(
            Name=name,
            OverrideAction=wafv2.OverrideAction(**{"None": {}}),
            Priority=priority,
            Statement=wafv2.Statement(ManagedRuleGroupStatement=group),
            VisibilityConfig=_visible(name),
        )


def _visible(metric: Value) -> wafv2.VisibilityConfig:
    return wafv2.VisibilityConfig(CloudWatchMetricsEnabled=True, MetricName=metric, SampledRequestsEnabled=True)


def _protections() -> Iterator[wafv2.DataProtect]:
    """Samples are not under the log's redaction: what stands there is replaced in both."""
    for field in (
        {"FieldType": "SINGLE_HEADER", "FieldKeys": [*SECRET_HEADERS]},
        {"FieldType": "QUERY_STRING"},
        {"FieldType": "BODY"},
    ):
        yield wafv2.DataProtect(Action="SUBSTITUTION", Field=wafv2.FieldToProtect(**field))
