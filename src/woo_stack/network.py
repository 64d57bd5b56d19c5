"""The network of functions that must not reach the internet: subnets of a VPC, HTTPS out of them, and nothing in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network

import awacs.ec2
from awacs.aws import Action, Allow, Condition, Deny, Null, PolicyDocument, Statement
from troposphere import AWSObject, GetAtt, Sub, awslambda, ec2, iam

from woo_stack.component import Component, Value

_EC2 = "arn:${AWS::Partition}:ec2:${AWS::Region}"
#: What Lambda does with the network interfaces of functions, in the name of their role.
_DESCRIBE = (awacs.ec2.DescribeNetworkInterfaces, awacs.ec2.DescribeSubnets)
_PLACE = (
    awacs.ec2.AssignPrivateIpAddresses, awacs.ec2.CreateNetworkInterface, awacs.ec2.UnassignPrivateIpAddresses,
)  # fmt: skip
_REMOVE = (awacs.ec2.DeleteNetworkInterface,)


@dataclass(frozen=True, eq=False)
class Network(Component):
    """A security group in subnets that exist, and what Lambda may do there: ``Function(network=…)``.

    Functions there reach nothing without a NAT gateway or the VPC's endpoints. The shop's own need those of
    ``dynamodb`` (a gateway, free of charge), ``sqs`` and ``secretsmanager``. Lambda itself, from outside, writes logs,
    sends dead letters and decrypts the environment, and each service calls KMS for itself. Whether traces need
    ``xray`` AWS does not say (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).

    The rights are those of that page, each as narrow as the page lets it be, and the functions' own code is denied all
    of them, as the page advises. Security groups do not filter DNS, so port 443 is enough.
    """

    vpc_id: Value
    #: Literal ids, best of two availability zones: judges see no subnet in a parameter.
    subnet_ids: Sequence[Value]
    #: CIDRs, or literal ids of prefix lists (as of a gateway endpoint), that are called at port 443. AWS's public
    #: addresses are many and change; where all calls go to endpoints, name the VPC's CIDR and DynamoDB's prefix list.
    destinations: Sequence[Value] = ("0.0.0.0/0",)
    #: The id of the account that shares the subnets with this one; None for its own.
    owner_account: Value | None = None

    def check(self) -> None:
        """Refuse what EC2 or CreateFunction would refuse."""
        if isinstance(self.vpc_id, str) and not re.fullmatch(r"vpc-[0-9a-f]{8,17}", self.vpc_id):
            self.refuse("vpc_id", self.vpc_id, "the id of a VPC, as 'vpc-0a1b2c3d'")
        subnets = self.subnet_ids
        if not isinstance(subnets, list | tuple) or not 1 <= len(subnets) <= 16:
            self.refuse("subnet_ids", subnets, "a list of 1 to 16 ids")
        for subnet in subnets:
            if isinstance(subnet, str) and not re.fullmatch(r"subnet-[0-9a-f]{8,17}", subnet):
                self.refuse("subnet_ids", subnet, "ids of subnets, as 'subnet-0a1b2c3d'")
        if not isinstance(self.destinations, list | tuple) or not self.destinations:
            self.refuse("destinations", self.destinations, "a list of at least one CIDR or prefix list")
        if isinstance(self.owner_account, str) and not re.fullmatch(r"\d{12}", self.owner_account):
            self.refuse("owner_account", self.owner_account, "the 12 digits of an account, or None")
        for destination in self.destinations:
            if isinstance(destination, str) and not _is_destination(destination):
                self.refuse("destinations", destination, "CIDRs, as '10.0.0.0/16', and prefix lists, as 'pl-0a1b2c3d'")

    @property
    def config(self) -> awslambda.VPCConfig:
        """What `awslambda.Function.VpcConfig` takes."""
        return awslambda.VPCConfig(SecurityGroupIds=[GetAtt(self.group, "GroupId")], SubnetIds=list(self.subnet_ids))

    @cached_property
    def group(self) -> ec2.SecurityGroup:
        """The security group: a rule for each destination, and none for who might call."""
        return ec2.SecurityGroup(
            self.id("Group"),
            GroupDescription="Functions: HTTPS out, nothing in",
            SecurityGroupEgress=[
                ec2.SecurityGroupRule(
                    Description="HTTPS", FromPort=443, IpProtocol="tcp", ToPort=443, **{_property(to): to}
                )
                for to in self.destinations
            ],
            VpcId=self.vpc_id,
        )

    @cached_property
    def policy(self) -> iam.ManagedPolicy:
        """What Lambda may do for the functions there, and their code may not."""
        group = Sub(f"{_EC2}:${{AWS::AccountId}}:security-group/${{{self.group.title}.GroupId}}")
        subnets = [self._subnet_arn(one) for one in self.subnet_ids]
        interfaces = Sub(f"{_EC2}:${{AWS::AccountId}}:network-interface/*")
        from_code = Condition(Null("lambda:SourceFunctionArn", "false"))
        statements = [
            # EC2 lists everything or nothing.
            _statement(_DESCRIBE, ["*"]),
            _statement(_PLACE, [interfaces, group, *subnets]),
            # Lambda asks for all resources or for one whose id only it knows.
            _statement(_REMOVE, [Sub(f"{_EC2}:${{AWS::AccountId}}:*/*")]),
            # What Lambda itself does carries no function's ARN; what the code does always carries it:
            # https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
            Statement(Effect=Deny, Action=[*_DESCRIBE, *_PLACE, *_REMOVE], Condition=from_code, Resource=["*"]),
        ]
        document = PolicyDocument(Version="2012-10-17", Statement=statements)
        return iam.ManagedPolicy(self.id("Policy"), PolicyDocument=document)

    def _subnet_arn(self, subnet: Value) -> Value:
        values = {"Account": self.owner_account or "${AWS::AccountId}", "Subnet": subnet}
        texts = {name: value if isinstance(value, str) else f"${{{name}}}" for name, value in values.items()}
        resolved = {name: value for name, value in values.items() if not isinstance(value, str)}
        return Sub(f"{_EC2}:{texts['Account']}:subnet/{texts['Subnet']}", **resolved)

    def resources(self) -> Iterator[AWSObject]:
        """Security group and policy."""
        yield from (self.group, self.policy)


def _statement(actions: Sequence[Action], resources: list[Value]) -> Statement:
    return Statement(Effect=Allow, Action=list(actions), Resource=resources)


def _is_destination(text: str) -> bool:
    """Whether a literal is a CIDR of either family, or the id of a prefix list."""
    if text.startswith("pl-"):
        return bool(re.fullmatch(r"pl-[0-9a-f]{8,17}", text))
    try:
        return "/" in text and bool(ip_network(text))
    except ValueError:
        return False


def _property(destination: Value) -> str:
    """The property of an egress rule that takes a destination; what CloudFormation resolves is taken for a CIDR."""
    text = destination if isinstance(destination, str) else ""
    if text.startswith("pl-"):
        return "DestinationPrefixListId"
    return "CidrIpv6" if ":" in text else "CidrIp"
