"""The network of functions: HTTPS out, nothing in, and no rights for their own code."""

from typing import Any

import pytest
from troposphere import ImportValue, Ref, Template

from woo_stack import SettingError, problems
from woo_stack.network import Network

REGION = "arn:${AWS::Partition}:ec2:${AWS::Region}"
ACCOUNT = f"{REGION}:${{AWS::AccountId}}"
MANAGED = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}


def network(**settings: Any) -> Network:
    return Network("Inside", **{"vpc_id": "vpc-0a1b2c3d", "subnet_ids": ["subnet-0a1b2c3d"], **settings})


def statements(properties: Any, **settings: Any) -> list[Any]:
    found: list[Any] = properties(network(**settings), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    return found


def test_the_group_lets_https_out_and_nothing_in(properties: Any) -> None:
    assert properties(network(), "AWS::EC2::SecurityGroup") == {
        "GroupDescription": "Functions: HTTPS out, nothing in",
        "SecurityGroupEgress": [
            {"CidrIp": "0.0.0.0/0", "Description": "HTTPS", "FromPort": 443, "IpProtocol": "tcp", "ToPort": 443}
        ],
        "VpcId": "vpc-0a1b2c3d",
    }


def test_destinations_are_of_each_kind_and_the_only_ones(properties: Any) -> None:
    to = ["10.0.0.0/16", "2001:db8::/32", "pl-0a1b2c3d", Ref("VpcCidr")]
    rules = properties(network(destinations=to), "AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    fixed = {"Description", "FromPort", "IpProtocol", "ToPort"}
    assert [{name: value for name, value in rule.items() if name not in fixed} for rule in rules] == [
        {"CidrIp": "10.0.0.0/16"},
        {"CidrIpv6": "2001:db8::/32"},
        {"DestinationPrefixListId": "pl-0a1b2c3d"},
        {"CidrIp": {"Ref": "VpcCidr"}},
    ]


def test_lambda_may_place_interfaces_in_these_subnets_and_this_group_alone(properties: Any) -> None:
    subnets = ["subnet-0a1b2c3d", ImportValue("net-Subnet")]
    allowed = [one for one in statements(properties, subnet_ids=subnets) if one["Effect"] == "Allow"]
    assert {tuple(one["Action"]): one["Resource"] for one in allowed} == {
        ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"): ["*"],
        ("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:UnassignPrivateIpAddresses"): [
            {"Fn::Sub": f"{ACCOUNT}:network-interface/*"},
            {"Fn::Sub": f"{ACCOUNT}:security-group/${{InsideGroup.GroupId}}"},
            {"Fn::Sub": f"{ACCOUNT}:subnet/subnet-0a1b2c3d"},
            {"Fn::Sub": [f"{ACCOUNT}:subnet/${{Subnet}}", {"Subnet": {"Fn::ImportValue": "net-Subnet"}}]},
        ],
        ("ec2:DeleteNetworkInterface",): [{"Fn::Sub": f"{ACCOUNT}:*/*"}],
    }


@pytest.mark.parametrize(
    ("owner", "subnet", "expected"),
    [
        ("333333333333", "subnet-2a1b2c3d", f"{REGION}:333333333333:subnet/subnet-2a1b2c3d"),
        (
            Ref("Owner"),
            "subnet-2a1b2c3d",
            [f"{REGION}:${{Account}}:subnet/subnet-2a1b2c3d", {"Account": {"Ref": "Owner"}}],
        ),
        ("333333333333", Ref("Net"), [f"{REGION}:333333333333:subnet/${{Subnet}}", {"Subnet": {"Ref": "Net"}}]),
    ],
)
def test_shared_subnets_are_their_owners(owner: Any, subnet: Any, expected: Any, properties: Any) -> None:
    found = statements(properties, owner_account=owner, subnet_ids=[subnet])
    (place,) = [one for one in found if "ec2:CreateNetworkInterface" in one["Action"] and one["Effect"] == "Allow"]
    assert place["Resource"][2:] == [{"Fn::Sub": expected}]
    # The group and the interfaces are this account's.
    assert all(ACCOUNT in one["Fn::Sub"] for one in place["Resource"][:2])


def test_the_functions_own_code_may_do_none_of_it(properties: Any) -> None:
    (denied,) = [one for one in statements(properties) if one["Effect"] == "Deny"]
    allowed = [action for one in statements(properties) if one["Effect"] == "Allow" for action in one["Action"]]
    assert set(denied["Action"]) == set(allowed) == MANAGED
    assert denied["Resource"] == ["*"]
    # Only requests of a function's code carry the key.
    assert denied["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}


@pytest.mark.soak
def test_both_engines_find_nothing(new_function: Any) -> None:
    inside = network(subnet_ids=["subnet-0a1b2c3d", "subnet-1a1b2c3d"], destinations=["10.0.0.0/16", "pl-0a1b2c3d"])
    template = Template(Description="Test")
    for component in (inside, new_function(network=inside)):
        component.add_to(template)
    assert [one for one in problems(template) if one.level != "note"] == []


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("vpc_id", "main", "the id of a VPC, as 'vpc-0a1b2c3d'"),
        ("vpc_id", "subnet-0a1b2c3d", "the id of a VPC, as 'vpc-0a1b2c3d'"),
        ("subnet_ids", [], "a list of 1 to 16 ids"),
        ("subnet_ids", "subnet-0a1b2c3d", "a list of 1 to 16 ids"),
        ("subnet_ids", [f"subnet-0a1b2c{number:02}" for number in range(17)], "a list of 1 to 16 ids"),
        ("subnet_ids", ["vpc-0a1b2c3d"], "ids of subnets, as 'subnet-0a1b2c3d'"),
        ("owner_account", "33333333333", "the 12 digits of an account, or None"),
        ("destinations", [], "a list of at least one CIDR or prefix list"),
        ("destinations", "10.0.0.0/16", "a list of at least one CIDR or prefix list"),
        ("destinations", ["10.0.0.1"], "CIDRs, as '10.0.0.0/16', and prefix lists, as 'pl-0a1b2c3d'"),
        ("destinations", ["10.0.0.1/16"], "CIDRs, as '10.0.0.0/16', and prefix lists, as 'pl-0a1b2c3d'"),
        ("destinations", ["pl-x"], "CIDRs, as '10.0.0.0/16', and prefix lists, as 'pl-0a1b2c3d'"),
        ("destinations", ["everywhere/0"], "CIDRs, as '10.0.0.0/16', and prefix lists, as 'pl-0a1b2c3d'"),
    ],
)
def test_what_ec2_would_refuse_is_refused(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(SettingError) as refused:
        network(**{field: value})
    assert f"Network 'Inside': {field} is " in str(refused.value)
    assert str(refused.value).endswith(f", allowed: {allowed}")
