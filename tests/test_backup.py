"""Backups: what is copied, how long it stays, and what the role that copies may do."""

from typing import Any

import pytest
from troposphere import ImportValue

from woo_stack import EncryptionKey, Key, SettingError, Table
from woo_stack.backup import Backup

OTHER = "arn:aws:dynamodb:eu-west-1:111111111111:table/customers"


def orders(**settings: Any) -> Table:
    return Table("Orders", key=Key("id"), **settings)


def test_named_tables_are_copied_every_day_and_kept(render: Any) -> None:
    made = render(orders(), Backup("Copies", of=[orders(), OTHER], keep_days=90, schedule="cron(5 2 * * ? *)"))
    resources = made["Resources"]
    (rule,) = resources["CopiesPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    assert rule == {
        "Lifecycle": {"DeleteAfterDays": 90},
        "RuleName": "Daily",
        "ScheduleExpression": "cron(5 2 * * ? *)",
        "TargetBackupVault": {"Ref": "CopiesVault"},
    }
    assert resources["CopiesSelection"]["Properties"] == {
        "BackupPlanId": {"Ref": "CopiesPlan"},
        "BackupSelection": {
            "IamRoleArn": {"Fn::GetAtt": ["CopiesRole", "Arn"]},
            "Resources": [{"Fn::GetAtt": ["OrdersTable", "Arn"]}, OTHER],
            "SelectionName": "Copies",
        },
    }


def test_the_vault_stays_and_a_new_stack_of_the_same_name_makes_a_new_one(render: Any) -> None:
    own = EncryptionKey("Own")
    vault = render(own, orders(), Backup("Copies", of=[orders()], kms_key=own.arn))["Resources"]["CopiesVault"]
    assert (vault["DeletionPolicy"], vault["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    between, (title, part) = vault["Properties"]["BackupVaultName"]["Fn::Join"]
    # What CloudFormation does with it, on a stack's id as AWS gives it.
    stack_id = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/51af3dc0-da77-11e4-872e-1234567db123"
    uuid = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    assert part == {"Fn::Select": [0, {"Fn::Split": ["-", uuid]}]}
    assert between.join([title, stack_id.split("/")[2].partition("-")[0]]) == "Copies-51af3dc0"


def test_a_vault_that_gets_or_loses_its_key_is_another_one_by_name(properties: Any) -> None:
    """The key of a vault cannot be changed, and the one before stays with its name."""
    kind = "AWS::Backup::BackupVault"
    names = [
        properties(Backup("Copies", of=[OTHER], **key), kind)["BackupVaultName"]["Fn::Join"]
        for key in ({}, {"kms_key": "arn:aws:kms:eu-west-1:111111111111:key/0-1-2"})
    ]
    assert [between for between, _ in names] == ["_", "-"]
    assert names[0][1] == names[1][1]


def test_its_role_copies_these_tables_and_nothing_else(render: Any) -> None:
    own, shared = EncryptionKey("Own"), EncryptionKey("Shared")
    tables = [orders(encryption=own.arn), Table("Plain", key=Key("id")), OTHER]
    copies = Backup("Copies", of=tables, kms_key=shared.arn)
    resources = render(own, shared, *tables[:2], copies)["Resources"]
    copy, ended, *keys = resources["CopiesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    arns = [{"Fn::GetAtt": ["OrdersTable", "Arn"]}, {"Fn::GetAtt": ["PlainTable", "Arn"]}, OTHER]
    assert copy["Resource"] == arns
    assert copy["Action"] == [
        f"dynamodb:{name}" for name in ("CreateBackup", "DescribeTable", "ListTagsOfResource", "StartAwsBackupJob")
    ]
    assert ended["Action"] == ["dynamodb:DeleteBackup", "dynamodb:DescribeBackup"]
    own_copies = [{"Fn::Sub": f"${{{name}Table.Arn}}/backup/*"} for name in ("Orders", "Plain")]
    assert ended["Resource"] == [*own_copies, f"{OTHER}/backup/*"]
    assert [key["Resource"] for key in keys] == [[{"Fn::GetAtt": [f"{name}Key", "Arn"]}] for name in ("Shared", "Own")]
    assert all(key["Condition"] == {"StringLike": {"kms:ViaService": ["backup.*", "dynamodb.*"]}} for key in keys)
    (trust,) = resources["CopiesRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["backup.amazonaws.com"]}
    assert resources["CopiesVault"]["Properties"]["EncryptionKeyArn"] == {"Fn::GetAtt": ["SharedKey", "Arn"]}


def test_a_table_of_another_stack_is_any_arn(as_json: Any) -> None:
    made = as_json(Backup("Copies", of=[ImportValue("orders")]).policy.PolicyDocument)
    copy, ended = made["Statement"]
    assert copy["Resource"] == [{"Fn::ImportValue": "orders"}]
    assert ended["Resource"] == [{"Fn::Sub": ["${Table}/backup/*", {"Table": {"Fn::ImportValue": "orders"}}]}]


def test_a_key_that_is_shared_is_named_once(render: Any) -> None:
    shared = EncryptionKey("Shared")
    tables = [orders(encryption=shared.arn), Table("More", key=Key("id"), encryption=shared.arn)]
    resources = render(shared, *tables, Backup("Copies", of=tables, kms_key=shared.arn))["Resources"]
    assert len(resources["CopiesPolicy"]["Properties"]["PolicyDocument"]["Statement"]) == 3


def test_without_keys_no_key_is_asked_for(render: Any) -> None:
    table = orders(encryption=Table.AWS_OWNED)
    resources = render(table, Backup("Copies", of=[table]))["Resources"]
    assert len(resources["CopiesPolicy"]["Properties"]["PolicyDocument"]["Statement"]) == 2
    assert set(resources["CopiesVault"]["Properties"]) == {"BackupVaultName"}


@pytest.mark.parametrize(
    ("settings", "lock"),
    [
        ({"locked": True}, {"MinRetentionDays": 60}),
        ({"locked": True, "lock_final_days": 7}, {"ChangeableForDays": 7, "MinRetentionDays": 60}),
        ({}, None),
    ],
)
def test_a_locked_vault_keeps_each_copy_to_its_end(settings: Any, lock: Any, properties: Any) -> None:
    copies = Backup("Copies", of=[OTHER], keep_days=60, **settings)
    assert properties(copies, "AWS::Backup::BackupVault").get("LockConfiguration") == lock


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"of": []}, r"of is \[\], allowed: a list of at least one Table or ARN"),
        ({"of": ["customers"]}, "of is 'customers', allowed: a Table, or the ARN of one"),
        ({"keep_days": 0}, "keep_days is 0, allowed: a whole number from 1 to 36500 days"),
        ({"keep_days": None}, "keep_days is None, allowed: a whole number from 1 to 36500 days"),
        ({"schedule": "daily"}, r"schedule is 'daily', allowed: as in 'cron\(47 1"),
        ({"locked": "yes"}, "locked is 'yes', allowed: True, False"),
        ({"lock_final_days": 9}, "lock_final_days is 9, allowed: None without locked=True"),
        ({"locked": True, "lock_final_days": 2}, "lock_final_days is 2, allowed: a whole number from 3 to 36500 days"),
    ],
)
def test_what_backup_would_refuse_is_one_sentence(settings: Any, sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        Backup("Copies", **{"of": [OTHER], **settings})


def test_a_title_leaves_room_for_the_stack() -> None:
    assert Backup("C" * 41, of=[OTHER]).title
    with pytest.raises(SettingError, match=r"title is 'C{42}', allowed: at most 41 letters"):
        Backup("C" * 42, of=[OTHER])
