"""Types that are no nodes, because they only say how others belong together; and what properties mean as edges."""

from typing import NamedTuple


class Link(NamedTuple):
    """A resource that is an edge: the properties that name its two ends."""

    source: str
    target: str
    label: str


def _rows(text: str) -> frozenset[str]:
    return frozenset(f"AWS::{name}" for name in text.split())


LINKS = {
    "AWS::ApiGateway::BasePathMapping": Link("DomainName", "RestApiId", ""),
    "AWS::ApiGatewayV2::ApiMapping": Link("DomainName", "ApiId", ""),
    "AWS::Lambda::EventSourceMapping": Link("EventSourceArn", "FunctionName", "triggers"),
    "AWS::Lambda::Permission": Link("SourceArn", "FunctionName", "invokes"),
    "AWS::Pipes::Pipe": Link("Source", "Target", "pipes"),
    "AWS::SNS::Subscription": Link("TopicArn", "Endpoint", "notifies"),
    "AWS::SecretsManager::RotationSchedule": Link("RotationLambdaARN", "SecretId", "rotates"),
    "AWS::WAFv2::WebACLAssociation": Link("WebACLArn", "ResourceArn", "protects"),
}
#: Parts, and the property that names the whole.
PART_OF = {
    f"AWS::{name}": owner
    for owner, names in {
        "ApiId": "ApiGatewayV2::Authorizer ApiGatewayV2::Deployment ApiGatewayV2::Integration ApiGatewayV2::Model "
        "ApiGatewayV2::Route ApiGatewayV2::RouteResponse ApiGatewayV2::Stage AppSync::ApiKey AppSync::DataSource "
        "AppSync::FunctionConfiguration AppSync::GraphQLSchema AppSync::Resolver",
        "ApiStages": "ApiGateway::UsagePlan",
        "Bucket": "S3::BucketPolicy",
        "DBClusterIdentifier": "DocDB::DBInstance Neptune::DBInstance RDS::DBInstance",
        "FileSystemId": "EFS::AccessPoint EFS::MountTarget",
        "FunctionName": "Lambda::Alias Lambda::EventInvokeConfig Lambda::Version",
        "ListenerArn": "ElasticLoadBalancingV2::ListenerCertificate ElasticLoadBalancingV2::ListenerRule",
        "LoadBalancerArn": "ElasticLoadBalancingV2::Listener",
        "LogGroupName": "Logs::LogStream Logs::MetricFilter Logs::SubscriptionFilter",
        "Queues": "SQS::QueuePolicy",
        "RestApiId": "ApiGateway::Authorizer ApiGateway::Deployment ApiGateway::GatewayResponse ApiGateway::Method "
        "ApiGateway::Model ApiGateway::RequestValidator ApiGateway::Resource ApiGateway::Stage",
        "Roles": "IAM::Policy",
        "RoleName": "IAM::RolePolicy",
        "SecretId": "SecretsManager::ResourcePolicy SecretsManager::SecretTargetAttachment",
        "TargetFunctionArn": "Lambda::Url",
        "TargetKeyId": "KMS::Alias",
        "Topics": "SNS::TopicPolicy",
        "UsagePlanId": "ApiGateway::UsagePlanKey",
        "UserPoolId": "Cognito::UserPoolClient Cognito::UserPoolDomain Cognito::UserPoolGroup "
        "Cognito::UserPoolResourceServer",
        "VpcId": "EC2::RouteTable EC2::VPCGatewayAttachment EC2::NetworkAcl",
        "VPCId": "EC2::VPCDHCPOptionsAssociation",
        "BackupPlanId": "Backup::BackupSelection",
        "ScalingTargetId": "ApplicationAutoScaling::ScalingPolicy",
        "AutoScalingGroupName": "AutoScaling::LifecycleHook AutoScaling::ScalingPolicy AutoScaling::ScheduledAction",
        "EventBusName": "Events::Archive Events::EventBusPolicy",
        "GroupId": "EC2::SecurityGroupEgress EC2::SecurityGroupIngress",
    }.items()
    for name in names.split()
}
#: Parts of whatever names them.
PART_FOR = _rows(
    "ApiGateway::ClientCertificate ApiGatewayV2::VpcLink AutoScaling::LaunchConfiguration "
    "CloudFront::CachePolicy CloudFront::CloudFrontOriginAccessIdentity CloudFront::Function "
    "CloudFront::OriginAccessControl CloudFront::OriginRequestPolicy CloudFront::ResponseHeadersPolicy "
    "EC2::LaunchTemplate ECS::CapacityProvider ECS::TaskDefinition ElastiCache::ParameterGroup "
    "ElastiCache::SubnetGroup ElasticLoadBalancingV2::TargetGroup IAM::InstanceProfile IAM::ManagedPolicy IAM::Role "
    "Lambda::CodeSigningConfig Lambda::LayerVersion RDS::DBClusterParameterGroup RDS::DBParameterGroup "
    "RDS::DBSubnetGroup RDS::OptionGroup Serverless::LayerVersion WAFv2::IPSet WAFv2::RegexPatternSet"
)
#: Of no use in a picture at all.
HIDDEN = _rows(
    "ApiGateway::Account ApiGateway::ApiKey ApplicationAutoScaling::ScalableTarget CDK::Metadata "
    "CloudFormation::WaitCondition CloudFormation::WaitConditionHandle EC2::EIP EC2::EIPAssociation "
    "EC2::NetworkAclEntry EC2::Route EC2::SubnetNetworkAclAssociation EC2::SubnetRouteTableAssociation "
    "ECS::ClusterCapacityProviderAssociations Lambda::LayerVersionPermission"
)
#: Their references are no edges: policies of a resource repeat what others say, and eyes look at everything.
QUIET = _rows(
    "CloudWatch::Dashboard EC2::SecurityGroup ECR::Repository Events::EventBusPolicy IAM::Group IAM::ManagedPolicy "
    "IAM::Policy IAM::RolePolicy IAM::User KMS::Key Logs::MetricFilter Logs::QueryDefinition S3::BucketPolicy "
    "SNS::TopicPolicy SQS::QueuePolicy SecretsManager::ResourcePolicy"
)
#: Many that are drawn as one, whatever their edges.
ONE = _rows("CloudWatch::Alarm EC2::SecurityGroup EC2::Subnet Logs::LogGroup Logs::QueryDefinition")
#: Nearly everything refers to these: an edge to each would hide the others.
AMBIENT = _rows("KMS::Key Logs::LogGroup")
#: What a property means as an edge; "<" before it turns the edge round. Of several names above a reference the last.
MEANINGS = {
    name: meaning
    for meaning, names in {
        "<triggers": "Events",
        "<protects": "WebACLId WebACLArn",
        "<": "AlarmRule EventBusName",
        "authorized by": "Authorizers Auth AuthorizerUri ProviderARNs UserPoolConfig JwtConfiguration",
        "dead letters": "DeadLetterConfig DeadLetterQueue OnFailure RedrivePolicy",
        "forwards": "Actions DefaultActions",
        "invokes": "FunctionConfigurations LambdaConfig LambdaConfigurations LambdaFunctionAssociations",
        "notifies": "AlarmActions InsufficientDataActions NotificationConfiguration NotificationConfigurations "
        "OKActions",
        "origin": "Origins",
        "reads": "Secrets",
        "replicates": "ReplicationConfiguration",
        "runs on": "Cluster",
        "succeeds": "OnSuccess",
        "targets": "Target Targets",
        "trusts": "Federated",
        "writes logs": "LoggingConfiguration Logging",
    }.items()
    for name in names.split()
}
