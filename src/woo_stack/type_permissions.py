"""What CloudFormation must be allowed to do for a resource of each type, as rows of data.

Taken from the handlers' permissions in the resource schemas
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html), less what a resource that
does not use a property cannot need, more what those lists forget. They are committed here, and not read from an
installed package, so that the same code always gives the same policy.
"""

from collections.abc import Mapping

from woo_stack.api_permissions import API_TYPES
from woo_stack.data_permissions import DATA_TYPES
from woo_stack.rights import HERE, OF_STACK, STACK, Handled, Right, log_delivery, use_of_key

_FUNCTION = f"lambda:{HERE}:function:{{name}}"
_OF_FUNCTION = {"ArnLike": {"lambda:FunctionArn": f"arn:${{AWS::Partition}}:{_FUNCTION}"}}
_LOGS = f"logs:{HERE}:log-group:{{name}}*"
_SIGNING, _SIGNING_ID = f"lambda:{HERE}:code-signing-config:*", "a configuration's id is random"
_GROUPS = f"ec2:{HERE}:security-group/*"
_MAPPING = f"lambda:{HERE}:event-source-mapping:*"
_TAGS = "ListTagsForResource TagResource UntagResource"
_ROLE = "iam::${AWS::AccountId}:role/{name}"
#: Which of the two CloudFormation gives these types is not documented.
_EITHER = (STACK, "{id}-*")
_ALARM_SCOPE = "CloudWatch wants this on all alarms: a narrower right is none for composite alarms"


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

_COMPUTE_TYPES = {
    "AWS::EC2::SecurityGroup": Handled("", (
        Right("ec2:CreateSecurityGroup", f"ec2:{HERE}:vpc/*", why="the VPC is another stack's"),
        Right("ec2:AuthorizeSecurityGroupEgress CreateSecurityGroup CreateTags RevokeSecurityGroupEgress "
              "UpdateSecurityGroupRuleDescriptionsEgress", _GROUPS, why="whether it has its tags by then is not known"),
        Right("ec2:AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsIngress",
              _GROUPS, "SecurityGroupIngress", why="as above"),
        Right("ec2:DeleteSecurityGroup DeleteTags", _GROUPS, conditions=OF_STACK, why="its id is random"),
        Right("ec2:DescribeInstances DescribeNetworkInterfaces DescribeSecurityGroups",
              why="EC2 lists everything or nothing"),
    )),
    "AWS::Lambda::CodeSigningConfig": Handled("", (
        Right("lambda:CreateCodeSigningConfig", why="there is no configuration yet"),
        Right("lambda:GetCodeSigningConfig ListTags TagResource UntagResource", _SIGNING, why=_SIGNING_ID),
        Right("lambda:DeleteCodeSigningConfig UpdateCodeSigningConfig", _SIGNING, conditions=OF_STACK, why=_SIGNING_ID),
    )),
    "AWS::Lambda::EventInvokeConfig": Handled("FunctionName", (
        Right("lambda:DeleteFunctionEventInvokeConfig GetFunctionEventInvokeConfig PutFunctionEventInvokeConfig "
              "UpdateFunctionEventInvokeConfig", _FUNCTION),
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
        Right("lambda:GetCodeSigningConfig PutFunctionCodeSigningConfig", _SIGNING, "CodeSigningConfigArn",
              why=_SIGNING_ID),
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
        log_delivery("LogConfiguration"),
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
    **_IAM_TYPES, **DATA_TYPES, **API_TYPES, **_COMPUTE_TYPES, **_PIPELINE_TYPES, **_EVENT_TYPES, **_EYE_TYPES
}  # fmt: skip
