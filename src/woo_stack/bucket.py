"""An S3 bucket that nobody outside reads and that forgets nothing by mistake."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import awacs.s3 as actions
from awacs.aws import Action, Allow, Statement
from troposphere import AWSObject, GetAtt, Ref, Sub, s3

from woo_stack.component import Component, Number, Value, given

#: What a multipart upload that was never completed may cost, in days of storage.
ABORT_UPLOADS_DAYS = 1


@dataclass(frozen=True, eq=False)
class Bucket(Component):
    """A private bucket: versioned, encrypted, over TLS only, without ACLs, and retained when its stack goes.

    Nothing in it is ever overwritten or deleted for good at once: the version before stays for `noncurrent_days`.
    Objects that are current stay for ever; give it a lifecycle rule of your own for others. Follows
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
    """

    READ: ClassVar = ("GetObject",)
    WRITE: ClassVar = ("PutObject",)
    #: The account's own key aws/s3, as `kms_key`: KMS notes each use, and readers of the account need no right to it.
    AWS_MANAGED: ClassVar = "alias/aws/s3"

    #: How long what was overwritten or deleted can be brought back: a month is longer than most holidays.
    noncurrent_days: Number = 30
    #: A key of your own, or `AWS_MANAGED`; without one S3 encrypts with its own (AES-256), which is free of charge.
    kms_key: Value | None = None
    #: The name of a bucket in which S3 notes every request (server access logs), below this bucket's title.
    log_bucket: Value | None = None

    def check(self) -> None:
        """Refuse what S3 would refuse."""
        self.within("noncurrent_days", 1, 3650, unit="days")
        name = self.log_bucket
        if isinstance(name, str) and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
            self.refuse("log_bucket", name, "a bucket's name, as in 'my-access-logs', or None")

    @property
    def name(self) -> Value:
        """The bucket's name."""
        return Ref(self.bucket)

    @property
    def arn(self) -> Value:
        """The bucket's ARN."""
        return GetAtt(self.bucket, "Arn")

    @property
    def objects_arn(self) -> Value:
        """The ARN of everything in it."""
        return Sub(f"${{{self.bucket.title}.Arn}}/*")

    def allow(self, *names: str) -> Statement:
        """A statement that allows these actions, as in ``allow(*Bucket.READ)``: on its objects, or on the bucket.

        A bucket under a key of your own also asks for `allow_key(key)`. Raises SettingError for an action that does
        not exist.
        """
        for name in names or ("",):
            if not isinstance(getattr(actions, str(name), None), Action):
                self.refuse("action", name, "at least one of S3's, as in GetObject, PutObject, ListBucket")
        objects = {"Object" in name and "Bucket" not in name for name in names}
        where = [self.arn] * (False in objects) + [self.objects_arn] * (True in objects)
        return Statement(Effect=Allow, Action=[getattr(actions, name) for name in sorted(set(names))], Resource=where)

    @cached_property
    def bucket(self) -> s3.Bucket:
        """The bucket itself."""
        logs = {"DestinationBucketName": self.log_bucket, "LogFilePrefix": f"{self.title}/"}
        return s3.Bucket(
            self.id("Bucket"),
            BucketEncryption=s3.BucketEncryption(ServerSideEncryptionConfiguration=[self._encryption]),
            DeletionPolicy="Retain",
            LifecycleConfiguration=s3.LifecycleConfiguration(Rules=[self._expiry]),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
            ),
            UpdateReplacePolicy="Retain",
            VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
            **given(LoggingConfiguration=s3.LoggingConfiguration(**logs) if self.log_bucket else None),
        )

    @cached_property
    def policy(self) -> s3.BucketPolicy:
        """Refuses whoever does not come over TLS; it stays with the bucket."""
        refusal = {
            "Action": "s3:*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Resource": [self.arn, self.objects_arn],
            "Sid": "Tls",
        }
        return s3.BucketPolicy(
            self.id("Policy"),
            Bucket=self.name,
            DeletionPolicy="Retain",
            PolicyDocument={"Version": "2012-10-17", "Statement": [refusal]},
            UpdateReplacePolicy="Retain",
        )

    def resources(self) -> Iterator[AWSObject]:
        """Bucket and policy."""
        yield from (self.bucket, self.policy)

    @property
    def _encryption(self) -> s3.ServerSideEncryptionRule:
        """With a key of your own S3 asks KMS once a while instead of once an object (a bucket key)."""
        if self.kms_key is None:
            default, more = s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256"), {}
        else:
            default = s3.ServerSideEncryptionByDefault(KMSMasterKeyID=self.kms_key, SSEAlgorithm="aws:kms")
            more = {"BucketKeyEnabled": True}
        return s3.ServerSideEncryptionRule(ServerSideEncryptionByDefault=default, **more)

    @property
    def _expiry(self) -> s3.LifecycleRule:
        """Forgets versions that are not current, the markers that are left of deleted objects, and broken uploads."""
        return s3.LifecycleRule(
            AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=ABORT_UPLOADS_DAYS),
            ExpiredObjectDeleteMarker=True,
            Id="Noncurrent",
            NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=self.noncurrent_days),
            Status="Enabled",
        )
