"""Tables: safe by default, and statements that allow no more than they must."""

from collections.abc import Callable
from typing import Any

import pytest
from troposphere import Parameter, encode_to_dict

from woo_stack import Key, SettingError, Table, Throughput

TYPE = "AWS::DynamoDB::Table"
ORDERS = Key("order_id")
BY_CUSTOMER = Key("customer_id", "placed_at", types={"placed_at": "N"})


def statement(table: Table, *names: str, **more: Any) -> dict[str, Any]:
    return encode_to_dict(table.allow(*names, **more))


def test_defaults_survive_mistakes(render: Callable[..., Any]) -> None:
    table = render(Table("Orders", key=ORDERS))["Resources"]["OrdersTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    }
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert not {"TableName", "ProvisionedThroughput", "StreamSpecification"} & properties.keys()


def test_keys_of_table_and_indexes_are_declared_once_with_their_types(properties: Callable[..., Any]) -> None:
    indexes = {"by_customer": BY_CUSTOMER, "by_order": Key("placed_at", "order_id", types={"placed_at": "N"})}
    table = properties(Table("Orders", key=ORDERS, indexes=indexes), TYPE)
    assert {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]} == {
        "order_id": "S", "customer_id": "S", "placed_at": "N",
    }  # fmt: skip
    assert len(table["AttributeDefinitions"]) == 3
    assert {index["IndexName"]: index["KeySchema"] for index in table["GlobalSecondaryIndexes"]} == {
        "by_customer": [
            {"AttributeName": "customer_id", "KeyType": "HASH"},
            {"AttributeName": "placed_at", "KeyType": "RANGE"},
        ],
        "by_order": [
            {"AttributeName": "placed_at", "KeyType": "HASH"},
            {"AttributeName": "order_id", "KeyType": "RANGE"},
        ],
    }


def test_capacity_holds_for_the_table_and_each_index(properties: Callable[..., Any]) -> None:
    fixed = properties(
        Table("Orders", key=ORDERS, indexes={"by_customer": BY_CUSTOMER}, provisioned=Throughput(read=7, write=3)), TYPE
    )
    assert fixed["BillingMode"] == "PROVISIONED"
    for part in (fixed, *fixed["GlobalSecondaryIndexes"]):
        assert part["ProvisionedThroughput"] == {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
    capped = properties(
        Table("Orders", key=ORDERS, indexes={"by_customer": BY_CUSTOMER}, on_demand_maximum=Throughput(90, 40)), TYPE
    )
    for part in (capped, *capped["GlobalSecondaryIndexes"]):
        assert part["OnDemandThroughput"] == {"MaxReadRequestUnits": 90, "MaxWriteRequestUnits": 40}


@pytest.mark.parametrize(
    ("encryption", "expected"),
    [
        (Table.AWS_OWNED, {"SSEEnabled": False}),
        (Table.AWS_MANAGED, {"SSEEnabled": True, "SSEType": "KMS"}),
        ("arn:x:kms", {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:x:kms"}),
        (Parameter("Cmk", Type="String"), {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "Cmk"}}),
    ],
)
def test_encryption(encryption: Any, expected: Any, properties: Callable[..., Any]) -> None:
    assert properties(Table("Orders", key=ORDERS, encryption=encryption), TYPE)["SSESpecification"] == expected


def test_recovery_can_be_turned_off(properties: Callable[..., Any]) -> None:
    table = properties(Table("Orders", key=ORDERS, recovery_days=None), TYPE)
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}


def test_allow_names_the_indexes_only_where_an_action_uses_them() -> None:
    table = Table("Orders", key=ORDERS, indexes={"by_customer": BY_CUSTOMER, "by_day": Key("day")})
    own = {"Fn::GetAtt": ["OrdersTable", "Arn"]}
    index = "${OrdersTable.Arn}/index/%s"
    assert statement(table, "PutItem", "GetItem") == {
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Effect": "Allow", "Resource": [own],
    }  # fmt: skip
    assert statement(table, "Query")["Resource"] == [own, *({"Fn::Sub": index % i} for i in ("by_customer", "by_day"))]
    assert statement(table, "Scan", indexes=["by_day"])["Resource"] == [own, {"Fn::Sub": index % "by_day"}]
    assert statement(table, "Query", indexes=())["Resource"] == [own]
    assert statement(table, "GetItem", "GetItem")["Action"] == ["dynamodb:GetItem"]


def test_allow_narrows_to_partition_keys_and_refuses_a_request_that_names_none() -> None:
    narrowed = statement(Table("Orders", key=ORDERS), "PutItem", keys=["b", "a", "b"])
    assert narrowed["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a", "b"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert "Condition" not in statement(Table("Orders", key=ORDERS), "PutItem", keys=[])


def test_no_group_of_actions_reads_the_whole_table_or_changes_it() -> None:
    assert "Scan" not in Table.READ + Table.WRITE
    table = Table("Orders", key=ORDERS)
    assert len(statement(table, *Table.READ, *Table.WRITE)["Action"]) == len(Table.READ + Table.WRITE)


@pytest.mark.parametrize(
    ("names", "more", "message"),
    [
        (("Qwery",), {}, r"action is 'Qwery', allowed: DynamoDB's, as in .*Query"),
        ((), {}, r"action is \(\), allowed: at least one"),
        (("Query",), {"indexes": ["by_year"]}, r"index is 'by_year', allowed: by_customer"),
    ],
)
def test_allow_refuses_what_does_not_exist(names: tuple[str, ...], more: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Table("Orders", key=ORDERS, indexes={"by_customer": BY_CUSTOMER}).allow(*names, **more)


def test_a_table_without_indexes_has_none_to_allow() -> None:
    with pytest.raises(SettingError, match="index is 'x', allowed: none, the table has no index"):
        Table("Orders", key=ORDERS).allow("Query", indexes=["x"])


def test_the_stream_is_named_only_if_there_is_one(as_json: Callable[..., Any]) -> None:
    streamed = Table("Orders", key=ORDERS, stream="OLD_IMAGE")
    assert as_json(streamed.stream_arn) == {"Fn::GetAtt": ["OrdersTable", "StreamArn"]}
    with pytest.raises(SettingError, match=r"stream is None, allowed: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE"):
        _ = Table("Orders", key=ORDERS).stream_arn


@pytest.mark.parametrize("key", [Key("a"), Key("a", "b")])
def test_a_key_without_types_is_text(key: Key) -> None:
    assert set(key.attributes.values()) == {"S"}
    assert [part.KeyType for part in key.schema] == ["HASH", "RANGE"][: len(key.attributes)]
