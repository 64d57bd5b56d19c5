"""What CloudFormation must be allowed to do for what holds data, as rows of data: tables, keys, secrets, backups."""

from woo_stack.rights import HERE, OF_STACK, STACK, Handled, Right, use_of_key

_KEYS = f"kms:{HERE}:key/*"
_KEY = "a key has a random id, and CloudFormation does not tag it with its stack"
_IN_REQUEST = {"StringLike": {"aws:RequestTag/{tag}": STACK}}
_TAGGED = {"StringLike": {"aws:ResourceTag/{tag}": STACK}}
_UNTAGGED = {"Null": {"aws:ResourceTag/{tag}": "true"}}
_CLAIM = "a new key has no ARN yet; so any key that has no such tag can be given one, and is then the stack's"
_PLANS, _PLAN = f"backup:{HERE}:backup-plan:*", "a plan's id is random"
_VAULT = f"backup:{HERE}:backup-vault:{{name}}"
_TAGS = "ListTags TagResource UntagResource"

#: Rights by resource type.
DATA_TYPES = {
    "AWS::Backup::BackupPlan": Handled("", (
        Right("backup:CreateBackupPlan", _PLANS, why="there is no plan yet"),
        Right(f"backup:GetBackupPlan {_TAGS}", _PLANS, why=_PLAN),
        Right("backup:DeleteBackupPlan UpdateBackupPlan", _PLANS, conditions=OF_STACK, why=_PLAN),
    )),
    "AWS::Backup::BackupSelection": Handled("", (
        Right("backup:CreateBackupSelection GetBackupSelection", _PLANS, why=_PLAN),
        Right("backup:DeleteBackupSelection", _PLANS, conditions=OF_STACK, why=_PLAN),
        Right("iam:CreateServiceLinkedRole", "iam::${AWS::AccountId}:role/aws-service-role/backup.amazonaws.com/*", "",
              {"StringEquals": {"iam:AWSServiceName": "backup.amazonaws.com"}}, "an account has one, made when needed"),
    )),
    "AWS::Backup::BackupVault": Handled("BackupVaultName", (
        Right(f"backup:CreateBackupVault DeleteBackupVault DescribeBackupVault GetBackupVaultAccessPolicy "
              f"GetBackupVaultNotifications {_TAGS}", _VAULT),
        Right("backup:DeleteBackupVaultAccessPolicy PutBackupVaultAccessPolicy", _VAULT, "AccessPolicy"),
        Right("backup:DeleteBackupVaultLockConfiguration PutBackupVaultLockConfiguration", _VAULT,
              "LockConfiguration"),
        Right("backup:DeleteBackupVaultNotifications PutBackupVaultNotifications", _VAULT, "Notifications"),
        Right("backup-storage:MountCapsule", why="it has no resources"),
        Right("kms:DescribeKey", _KEYS, "EncryptionKeyArn", why="the key of another stack may be meant"),
        Right("kms:Decrypt GenerateDataKey RetireGrant", _KEYS, "EncryptionKeyArn",
              {"StringLike": {"kms:ViaService": "backup*.${AWS::Region}.${AWS::URLSuffix}"}}, "as above"),
        Right("kms:CreateGrant", _KEYS, "EncryptionKeyArn", {"Bool": {"kms:GrantIsForAWSResource": "true"}},
              "as above"),
    )),
    "AWS::DynamoDB::Table": Handled("TableName", (
        Right("dynamodb:CreateTable DeleteTable DescribeContinuousBackups DescribeContributorInsights "
              "DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive GetResourcePolicy "
              "ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
              f"dynamodb:{HERE}:table/{{name}}"),
        Right("dynamodb:UpdateContributorInsights", f"dynamodb:{HERE}:table/{{name}}",
              "ContributorInsightsSpecification"),
        Right("dynamodb:DisableKinesisStreamingDestination EnableKinesisStreamingDestination "
              "UpdateKinesisStreamingDestination", f"dynamodb:{HERE}:table/{{name}}", "KinesisStreamSpecification"),
        Right("kinesis:DescribeStream PutRecords", "*", "KinesisStreamSpecification", why="the stream is another's"),
        Right("dynamodb:DeleteResourcePolicy PutResourcePolicy", f"dynamodb:{HERE}:table/{{name}}", "ResourcePolicy"),
        *use_of_key("dynamodb", "SSESpecification.KMSMasterKeyId", "Decrypt Encrypt GenerateDataKey "
                    "GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo", grants=True),
    )),
    # What may end a key or hand it to others needs the stack's own tag, if the template gives the key one.
    # CloudFormation does neither right after it has made the key, when KMS may not know the tag yet:
    # https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
    "AWS::KMS::Key": Handled("", (
        Right("kms:CreateKey", conditions=_IN_REQUEST, why="there is no key yet"),
        Right("kms:TagResource", _KEYS, conditions=_IN_REQUEST | _UNTAGGED, why=_CLAIM),
        Right("kms:DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags", _KEYS, why=_KEY),
        Right("kms:DisableKeyRotation PutKeyPolicy TagResource UntagResource UpdateKeyDescription", _KEYS,
              conditions=_TAGGED, why=_KEY),
        Right("kms:ScheduleKeyDeletion", _KEYS, "",
              {"NumericGreaterThanEqualsIfExists": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}, **_TAGGED},
              "as above; a month is left to take it back"),
    )),
    "AWS::S3::Bucket": Handled("BucketName", (
        Right("s3:CreateBucket DeleteBucket GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac "
              "GetBucketAcl GetBucketCORS GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification "
              "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPublicAccessBlock GetBucketTagging "
              "GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration "
              "GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration "
              "ListBucket ListTagsForResource PutBucketLogging PutBucketOwnershipControls PutBucketPublicAccessBlock "
              "PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration TagResource "
              "UntagResource", "s3:::{name}"),
        Right("s3:PutAccelerateConfiguration", "s3:::{name}", "AccelerateConfiguration"),
        Right("s3:PutBucketCORS", "s3:::{name}", "CorsConfiguration"),
        Right("s3:PutBucketNotification", "s3:::{name}", "NotificationConfiguration"),
        Right("s3:PutReplicationConfiguration", "s3:::{name}", "ReplicationConfiguration"),
        Right("s3:DeleteBucketWebsite PutBucketWebsite", "s3:::{name}", "WebsiteConfiguration"),
    )),
    "AWS::S3::BucketPolicy": Handled("Bucket", (
        Right("s3:DeleteBucketPolicy GetBucketPolicy PutBucketPolicy", "s3:::{name}"),
    )),
    # Named without the stack: "CloudFormationCreatedSecret-a1b2c3d4e5f6", to whose ARN six more are added:
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/cfn-example_secret.html
    "AWS::SecretsManager::Secret": Handled("Name", (
        Right("secretsmanager:CreateSecret DeleteSecret DescribeSecret GetSecretValue TagResource UntagResource "
              "UpdateSecret", f"secretsmanager:{HERE}:secret:{{name}}*"),
        Right("secretsmanager:RemoveRegionsFromReplication ReplicateSecretToRegions",
              f"secretsmanager:{HERE}:secret:{{name}}*", "ReplicaRegions"),
        Right("secretsmanager:GetRandomPassword", when="GenerateSecretString", why="it is no resource's"),
        *use_of_key("secretsmanager", "KmsKeyId", "Decrypt GenerateDataKey"),
    ), ("{id}-*",)),
    "AWS::SecretsManager::RotationSchedule": Handled("SecretId", (
        Right("secretsmanager:CancelRotateSecret DescribeSecret RotateSecret",
              f"secretsmanager:{HERE}:secret:{{name}}*"),
        Right("lambda:InvokeFunction", f"lambda:{HERE}:function:{{name}}", "RotationLambdaARN",
              named="RotationLambdaARN"),
    ), ("*",)),
}  # fmt: skip
