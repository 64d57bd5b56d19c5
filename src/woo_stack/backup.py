"""Copies of tables that outlive them: every day, in a vault, for as long as they are to be kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import awacs.dynamodb
from awacs.aws import Allow, PolicyDocument, Statement
from troposphere import AWSObject, GetAtt, Join, Ref, Select, Split, Sub, backup, iam

from woo_stack.component import Component, Value, given
from woo_stack.encryption import allow_key
from woo_stack.roles import assumed_by
from woo_stack.table import Table


@dataclass(frozen=True, eq=False)
class Backup(Component):
    """A vault of AWS Backup, the plan that fills it, and a role that may copy these tables and nothing else.

    Point-in-time recovery goes back 35 days at most and ends with its table; a vault's copies do neither. The role has
    what AWS lists for DynamoDB, on these tables alone
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html#aws-backup-managed-policies).
    It copies and does not restore: that takes a role with AWSBackupServiceRolePolicyForRestores, as the console offers
    one, and makes a new table beside the old one.

    The vault stays when its stack goes, because AWS deletes none that holds copies. A part of the stack's id is in its
    name, so that a new stack of the same name can make a new one. A vault's key cannot be changed: one that gets or
    loses its key is another vault, with "-" or "_" before that part, and the one before stays under its own name. So
    AWS refuses the way back, or another key, as long as the vault from before is there: delete it when its copies have
    ended.
    """

    #: Tables of this template, and ARNs of others.
    of: Sequence[Table | Value]
    #: How long each copy is kept, 1 to 36,500 days.
    keep_days: int = 35
    #: When copies are made, in UTC: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    schedule: str = "cron(47 1 * * ? *)"
    #: Encrypts the vault; what the tables themselves are encrypted with is used as well.
    kms_key: Value | None = None
    #: Let nobody delete a copy before its time but whoever may take this lock away:
    #: https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
    locked: bool = False
    #: After so many days, 3 to 36,500, nobody can take the lock away any more, nor shorten `keep_days`: not AWS either.
    lock_final_days: int | None = None

    def check(self) -> None:
        """Refuse what AWS Backup would refuse."""
        if not isinstance(self.of, list | tuple) or not self.of:
            self.refuse("of", self.of, "a list of at least one Table or ARN")
        for one in self.of:
            if isinstance(one, str) and not re.fullmatch(r"arn:[^:]+:dynamodb:[^:]+:\d{12}:table/[\w.-]{3,255}", one):
                self.refuse("of", one, "a Table, or the ARN of one")
        if len(self.title) > 41:
            self.refuse("title", self.title, "at most 41 letters and digits, because a vault's name has 50")
        if not isinstance(self.schedule, str) or not re.fullmatch(r"cron\(\S+ \S+ \S+ \S+ \S+ \S+\)", self.schedule):
            self.refuse("schedule", self.schedule, "as in 'cron(47 1 * * ? *)'")
        for name, low in (("keep_days", 1), ("lock_final_days", 3)):
            value = getattr(self, name)
            if not isinstance(value, int | None) or (value is None and name == "keep_days"):
                self.refuse(name, value, f"a whole number from {low} to 36500 days")
            self.within(name, low, 36_500, unit="days")
        self.one_of("locked", (True, False))
        if self.lock_final_days is not None and not self.locked:
            self.refuse("lock_final_days", self.lock_final_days, "None without locked=True")

    @property
    def arn(self) -> Value:
        """The vault's ARN."""
        return GetAtt(self.vault, "BackupVaultArn")

    @cached_property
    def vault(self) -> backup.BackupVault:
        """The vault, for which AWS demands a name; it stays."""
        lock = {"MinRetentionDays": self.keep_days, **given(ChangeableForDays=self.lock_final_days)}
        # The last part of a stack's ARN is a UUID, of which the first eight digits are enough.
        digits = Select(0, Split("-", Select(2, Split("/", Ref("AWS::StackId")))))
        return backup.BackupVault(
            self.id("Vault"),
            BackupVaultName=Join("_" if self.kms_key is None else "-", [self.title, digits]),
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
            **given(
                EncryptionKeyArn=self.kms_key,
                LockConfiguration=backup.LockConfigurationType(**lock) if self.locked else None,
            ),
        )

    @cached_property
    def plan(self) -> backup.BackupPlan:
        """When copies are made, and how long they stay."""
        rule = backup.BackupRuleResourceType(
            Lifecycle=backup.LifecycleResourceType(DeleteAfterDays=self.keep_days),
            RuleName="Daily",
            ScheduleExpression=self.schedule,
            TargetBackupVault=Ref(self.vault),
        )
        plan = backup.BackupPlanResourceType(BackupPlanName=self.title, BackupPlanRule=[rule])
        return backup.BackupPlan(self.id("Plan"), BackupPlan=plan)

    @cached_property
    def selection(self) -> backup.BackupSelection:
        """What is copied, by name: nothing comes in by a tag."""
        chosen = backup.BackupSelectionResourceType(
            IamRoleArn=GetAtt(self.role, "Arn"), Resources=self._tables, SelectionName=self.title
        )
        return backup.BackupSelection(self.id("Selection"), BackupPlanId=Ref(self.plan), BackupSelection=chosen)

    @cached_property
    def policy(self) -> iam.ManagedPolicy:
        """These tables, what is copied of them, and the keys."""
        tables = awacs.dynamodb
        copy = [tables.CreateBackup, tables.DescribeTable, tables.ListTagsOfResource, tables.StartAwsBackupJob]
        copies = [_copies(table) for table in self._tables]
        statements = [
            Statement(Effect=Allow, Action=copy, Resource=self._tables),
            Statement(Effect=Allow, Action=[tables.DeleteBackup, tables.DescribeBackup], Resource=copies),
            *(allow_key(key, "backup", "dynamodb") for key in self._keys),
        ]
        document = PolicyDocument(Version="2012-10-17", Statement=statements)
        return iam.ManagedPolicy(self.id("Policy"), PolicyDocument=document)

    @cached_property
    def role(self) -> iam.Role:
        """The role that only AWS Backup assumes; whether it says for which account is not documented."""
        return iam.Role(
            self.id("Role"),
            AssumeRolePolicyDocument=assumed_by("backup"),
            ManagedPolicyArns=[Ref(self.policy)],
        )

    def resources(self) -> Iterator[AWSObject]:
        """Vault, plan, policy, role and selection."""
        yield from (self.vault, self.plan, self.policy, self.role, self.selection)

    @property
    def _tables(self) -> list[Value]:
        return [one.arn if isinstance(one, Table) else one for one in self.of]

    @property
    def _keys(self) -> list[Value]:
        """The vault's key and the tables' own, each once."""
        own = [one.encryption for one in self.of if isinstance(one, Table)]
        keys = [self.kms_key, *(key for key in own if key not in (Table.AWS_OWNED, Table.AWS_MANAGED))]
        return [key for number, key in enumerate(keys) if key is not None and key not in keys[:number]]


def _copies(table: Value) -> Value:
    """The ARN of all copies of a table."""
    if isinstance(table, str):
        return f"{table}/backup/*"
    if isinstance(table, GetAtt):
        return Sub(f"${{{'.'.join(table.data['Fn::GetAtt'])}}}/backup/*")
    return Sub("${Table}/backup/*", Table=table)
