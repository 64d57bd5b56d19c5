"""What CloudFormation must be allowed to do for a resource of each type, as rows of data.

Taken from the handlers' permissions in the resource schemas
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html), less what a resource that
does not use a property cannot need, more what those lists forget. They are committed here, and not read from an
installed package, so that the same code always gives the same policy.
"""

from collections.abc import Mapping

from woo_stack.rights import HERE, STACK, Handled, Right, use_of_key

_RANDOM_API = "an API's id is random, and whether its parts have its tags is not documented"
_BELOW_API = "apigateway:${AWS::Region}::/restapis/*"
_FUNCTION = f"lambda:{HERE}:function:{{name}}"
_OF_FUNCTION = {"ArnLike": {"lambda:FunctionArn": f"arn:${{AWS::Partition}}:{_FUNCTION}"}}
_LOGS = f"logs:{HERE}:log-group:{{name}}*"
_MAPPING = f"lambda:{HERE}:event-source-mapping:*"
_TAGS = "ListTagsForResource TagResource UntagResource"
_ROLE = "iam::${AWS::AccountId}:role/{name}"
#: Which of the two CloudFormation gives these types is not documented.
_EITHER = (STACK, "{id}-*")
_ALARM_SCOPE = "CloudWatch wants this on all alarms: a narrower right is none for composite alarms"


def _part_of_api(verbs: str) -> Handled:
    return Handled("", (Right(f"apigateway:{verbs}", _BELOW_API, why=_RANDOM_API),))


_IAM_TYPES = {
    "AWS::IAM::ManagedPolicy": Handled("ManagedPolicyName", (
        Right("iam:CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion "
              "ListEntitiesForPolicy ListPolicyVersions", "iam::${AWS::AccountId}:policy/{name}"),
        Right("iam:AttachRolePolicy DetachRolePolicy", f"iam::${{AWS::AccountId}}:role/{STACK}", "Roles",
              {"ArnLike": {"iam:PolicyARN": "{policies}"}}),
    )),
    "AWS::IAM::OIDCProvider": Handled("", (
        Right("iam:AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider "
              "GetOpenIDConnectProvider ListOpenIDConnectProviderTags RemoveClientIDFromOpenIDConnectProvider "
              "TagOpenIDConnectProvider UntagOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint",
              "iam::${AWS::AccountId}:oidc-provider/*", why="it is named after its URL"),
    )),
    "AWS::IAM::Role": Handled("RoleName", (
        Right("iam:CreateRole DeleteRole GetRole ListAttachedRolePolicies ListRolePolicies ListRoleTags TagRole "
              "UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription", _ROLE),
        Right("iam:AttachRolePolicy DetachRolePolicy", _ROLE, "ManagedPolicyArns",
              {"ArnLike": {"iam:PolicyARN": "{policies}"}}),
        Right("iam:DeleteRolePolicy GetRolePolicy PutRolePolicy", _ROLE, "Policies"),
        Right("iam:DeleteRolePermissionsBoundary PutRolePermissionsBoundary", _ROLE,
              "PermissionsBoundary"),
    )),
}  # fmt: skip

_DATA_TYPES = {
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
    "AWS::KMS::Key": Handled("", (
        Right("kms:CreateKey", why="there is no key yet"),
        Right("kms:DescribeKey DisableKeyRotation EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags "
              "PutKeyPolicy TagResource UntagResource UpdateKeyDescription", f"kms:{HERE}:key/*",
              why="a key has a random id, and CloudFormation does not tag it with its stack"),
        Right("kms:ScheduleKeyDeletion", f"kms:{HERE}:key/*",
              conditions={"NumericGreaterThanEqualsIfExists": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}},
              why="as above; a month is left to take it back"),
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
}  # fmt: skip

_COMPUTE_TYPES = {
    "AWS::ApiGateway::Account": Handled("", (
        Right("apigateway:GET PATCH", "apigateway:${AWS::Region}::/account"),
    )),
    "AWS::ApiGateway::Authorizer": _part_of_api("DELETE GET PATCH POST"),
    "AWS::ApiGateway::Deployment": _part_of_api("DELETE GET PATCH POST PUT"),
    "AWS::ApiGateway::GatewayResponse": _part_of_api("DELETE GET PUT"),
    "AWS::ApiGateway::Method": _part_of_api("DELETE GET PUT"),
    "AWS::ApiGateway::Model": _part_of_api("DELETE GET PATCH POST"),
    "AWS::ApiGateway::RequestValidator": _part_of_api("DELETE GET PATCH POST"),
    "AWS::ApiGateway::Resource": _part_of_api("DELETE GET PATCH POST"),
    "AWS::ApiGateway::RestApi": Handled("", (
        Right("apigateway:POST", "apigateway:${AWS::Region}::/restapis", why=_RANDOM_API),
        Right("apigateway:DELETE GET PATCH PUT", _BELOW_API, why=_RANDOM_API),
        # The stack's name is one of the tags that CloudFormation gives it, with the stack's own.
        Right("apigateway:DELETE GET PUT", "apigateway:${AWS::Region}::/tags/*", why=_RANDOM_API),
        Right("apigateway:UpdateRestApiPolicy", "apigateway:${AWS::Region}::/restapis", "Policy", why=_RANDOM_API),
        Right("apigateway:UpdateRestApiPolicy", _BELOW_API, "Policy", why=_RANDOM_API),
    )),
    "AWS::ApiGateway::Stage": Handled("", (
        Right("apigateway:DELETE GET PATCH POST PUT", _BELOW_API, why=_RANDOM_API),
        Right("apigateway:DELETE GET PUT", "apigateway:${AWS::Region}::/tags/*", why=_RANDOM_API),
    )),
    "AWS::Lambda::EventSourceMapping": Handled("FunctionName", (
        Right("lambda:CreateEventSourceMapping", "*", "", _OF_FUNCTION,
              "there is no mapping yet"),
        Right("lambda:DeleteEventSourceMapping UpdateEventSourceMapping", _MAPPING, "",
              _OF_FUNCTION, "a mapping's id is random"),
        Right("lambda:GetEventSourceMapping ListTags TagResource UntagResource", _MAPPING,
              why="a mapping's id is random"),
    )),
    "AWS::Lambda::Function": Handled("FunctionName", (
        Right("lambda:CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig "
              "GetFunctionRecursionConfig GetFunctionScalingConfig GetRuntimeManagementConfig ListTags TagResource "
              "UntagResource UpdateFunctionCode UpdateFunctionConfiguration", _FUNCTION),
        Right("lambda:DeleteFunctionConcurrency PutFunctionConcurrency", _FUNCTION, "ReservedConcurrentExecutions"),
        Right("lambda:DeleteFunctionCodeSigningConfig PutFunctionCodeSigningConfig", _FUNCTION, "CodeSigningConfigArn"),
        Right("lambda:GetCodeSigningConfig", f"lambda:{HERE}:code-signing-config:*", "CodeSigningConfigArn",
              why="a configuration's id is random"),
        Right("lambda:PutFunctionRecursionConfig", _FUNCTION, "RecursiveLoop"),
        Right("lambda:PutRuntimeManagementConfig", _FUNCTION, "RuntimeManagementConfig"),
        Right("lambda:GetLayerVersion", "lambda:${AWS::Region}:*:layer:*", "Layers", why="layers are shared"),
        Right("ec2:DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcs", "*", "VpcConfig",
              why="EC2 lists everything or nothing"),
        Right("s3:GetObject GetObjectVersion", "s3:::{bucket}/*", "Code.S3Bucket"),
        *use_of_key("lambda", "KmsKeyArn", "Decrypt Encrypt GenerateDataKey", grants=True),
    )),
    "AWS::Lambda::Permission": Handled("FunctionName", (
        Right("lambda:AddPermission GetPolicy RemovePermission", _FUNCTION),
    )),
}  # fmt: skip

_PIPELINE_TYPES = {
    "AWS::CodeBuild::Project": Handled("Name", (
        Right("codebuild:BatchGetProjects CreateProject DeleteProject UpdateProject",
              f"codebuild:{HERE}:project/{{name}}"),
    ), _EITHER),
    "AWS::CodePipeline::Pipeline": Handled("Name", (
        Right(f"codepipeline:CreatePipeline DeletePipeline DisableStageTransition EnableStageTransition GetPipeline "
              f"GetPipelineState {_TAGS} UpdatePipeline", f"codepipeline:{HERE}:{{name}}*"),
        *(Right(f"{service}:PassConnection", f"{service}:{HERE}:connection/*", why="connections are an account's")
          for service in ("codeconnections", "codestar-connections")),
    ), _EITHER),
}  # fmt: skip

_EVENT_TYPES = {
    "AWS::Events::EventBus": Handled("Name", (
        Right(f"events:CreateEventBus DeleteEventBus DescribeEventBus {_TAGS} UpdateEventBus",
              f"events:{HERE}:event-bus/{{name}}"),
        Right("events:PutPermission RemovePermission", "*", "Policy", why="EventBridge knows no narrower"),
    )),
    "AWS::Events::Rule": Handled("Name", (
        Right(f"events:DeleteRule DescribeRule {_TAGS} ListTargetsByRule PutRule PutTargets RemoveTargets",
              f"events:{HERE}:rule/{{name}}"),
        Right(f"events:DeleteRule DescribeRule {_TAGS} ListTargetsByRule PutRule PutTargets RemoveTargets",
              f"events:{HERE}:rule/*/{{name}}", "EventBusName", why="the bus may be another stack's"),
    )),
    "AWS::Pipes::Pipe": Handled("Name", (
        Right(f"pipes:CreatePipe DeletePipe DescribePipe {_TAGS} UpdatePipe", f"pipes:{HERE}:pipe/{{name}}"),
        Right("logs:CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery "
              "ListLogDeliveries PutResourcePolicy UpdateLogDelivery", "*", "LogConfiguration",
              why="deliveries have no names"),
        *use_of_key("pipes", "KmsKeyIdentifier", "Decrypt GenerateDataKey"),
    ), _EITHER),
    "AWS::SNS::Subscription": Handled("TopicArn", (
        Right("sns:GetSubscriptionAttributes SetSubscriptionAttributes Subscribe Unsubscribe", f"sns:{HERE}:{{name}}"),
    )),
    "AWS::SNS::Topic": Handled("TopicName", (
        Right("sns:CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic "
              "ListTagsForResource SetTopicAttributes TagResource UntagResource", f"sns:{HERE}:{{name}}"),
        Right("sns:Subscribe Unsubscribe", f"sns:{HERE}:{{name}}", "Subscription"),
        Right("sns:PutDataProtectionPolicy", f"sns:{HERE}:{{name}}", "DataProtectionPolicy"),
    )),
    "AWS::SNS::TopicPolicy": Handled("Topics", (Right("sns:SetTopicAttributes", f"sns:{HERE}:{{name}}"),)),
    "AWS::SQS::Queue": Handled("QueueName", (
        Right("sqs:CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue "
              "UntagQueue", f"sqs:{HERE}:{{name}}"),
    )),
    "AWS::SQS::QueuePolicy": Handled("Queues", (Right("sqs:SetQueueAttributes", f"sqs:{HERE}:{{name}}"),)),
}  # fmt: skip

_EYE_TYPES = {
    "AWS::CloudWatch::Alarm": Handled("AlarmName", (
        Right(f"cloudwatch:DeleteAlarms {_TAGS} PutMetricAlarm", f"cloudwatch:{HERE}:alarm:{{name}}"),
        Right("cloudwatch:DescribeAlarms", why=_ALARM_SCOPE),
    )),
    "AWS::CloudWatch::CompositeAlarm": Handled("AlarmName", (
        Right(f"cloudwatch:DeleteAlarms {_TAGS}", f"cloudwatch:{HERE}:alarm:{{name}}"),
        Right("cloudwatch:DescribeAlarms PutCompositeAlarm", why=_ALARM_SCOPE),
    ), _EITHER),
    "AWS::CloudWatch::Dashboard": Handled("DashboardName", (
        Right(f"cloudwatch:DeleteDashboards GetDashboard {_TAGS} PutDashboard",
              "cloudwatch::${AWS::AccountId}:dashboard/{name}"),
    ), _EITHER),
    "AWS::Logs::LogGroup": Handled("LogGroupName", (
        Right(f"logs:CreateLogGroup DeleteLogGroup DeleteRetentionPolicy GetDataProtectionPolicy {_TAGS} "
              "PutRetentionPolicy", _LOGS),
        Right("logs:AssociateKmsKey DisassociateKmsKey", _LOGS, "KmsKeyId"),
        Right("logs:DeleteDataProtectionPolicy PutDataProtectionPolicy", _LOGS, "DataProtectionPolicy"),
        Right("logs:PutLogGroupDeletionProtection", _LOGS, "DeletionProtectionEnabled"),
        Right("logs:DeleteIndexPolicy PutIndexPolicy", "*", "FieldIndexPolicies", why="Logs knows no narrower"),
        Right("logs:DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies", why="lists have no resource"),
    )),
    "AWS::Logs::MetricFilter": Handled("LogGroupName", (
        Right("logs:DeleteMetricFilter DescribeMetricFilters PutMetricFilter", _LOGS),
    )),
    "AWS::Logs::QueryDefinition": Handled("", (
        Right("logs:DeleteQueryDefinition DescribeQueryDefinitions PutQueryDefinition", why="it has no ARN"),
    )),
}  # fmt: skip

#: Rights by resource type. Beside them a template's roles ask for iam:PassRole, which depends on who assumes them.
HANDLED: Mapping[str, Handled] = {
    **_IAM_TYPES, **_DATA_TYPES, **_COMPUTE_TYPES, **_PIPELINE_TYPES, **_EVENT_TYPES, **_EYE_TYPES
}  # fmt: skip
