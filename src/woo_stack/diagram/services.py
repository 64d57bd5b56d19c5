"""Types by their service's official name and tier, and what a resource of a type is called."""

import re
from typing import NamedTuple


class Service(NamedTuple):
    """A service by AWS's name for it, and the tier of what it runs."""

    name: str
    tier: str


_NETWORK = (
    "EIP EgressOnlyInternetGateway FlowLog InternetGateway NatGateway NetworkAcl NetworkInterface RouteTable "
    "SecurityGroup Subnet TransitGateway VPC VPCEndpoint VPNConnection VPNGateway"
)
#: By the beginning of a type, less "AWS::"; the longest that fits counts.
_ROWS = {
    "Entry": {
        "ApiGateway": "Amazon API Gateway",
        "ApiGatewayV2": "Amazon API Gateway",
        "Amplify": "AWS Amplify",
        "AppSync": "AWS AppSync",
        "CloudFront": "Amazon CloudFront",
        "ElasticLoadBalancing": "Elastic Load Balancing",
        "ElasticLoadBalancingV2": "Elastic Load Balancing",
        "Events::Rule": "Amazon EventBridge",
        "GlobalAccelerator": "AWS Global Accelerator",
        "IoT": "AWS IoT Core",
        "Route53": "Amazon Route 53",
        "SES": "Amazon SES",
        "Scheduler": "Amazon EventBridge Scheduler",
        "Serverless::Api": "Amazon API Gateway",
        "Serverless::HttpApi": "Amazon API Gateway",
        "Transfer": "AWS Transfer Family",
    },
    "Logic": {
        "AppRunner": "AWS App Runner",
        "AutoScaling": "Amazon EC2 Auto Scaling",
        "Batch": "AWS Batch",
        "Bedrock": "Amazon Bedrock",
        "CodeBuild": "AWS CodeBuild",
        "CodePipeline": "AWS CodePipeline",
        "CloudFormation::Stack": "AWS CloudFormation",
        "EC2": "Amazon EC2",
        "ECS": "Amazon ECS",
        "EKS": "Amazon EKS",
        "ElasticBeanstalk": "AWS Elastic Beanstalk",
        "Events": "Amazon EventBridge",
        "Glue": "AWS Glue",
        "Lambda": "AWS Lambda",
        "AmazonMQ": "Amazon MQ",
        "Pipes": "Amazon EventBridge Pipes",
        "SNS": "Amazon SNS",
        "SQS": "Amazon SQS",
        "SageMaker": "Amazon SageMaker AI",
        "Serverless": "AWS Lambda",
        "Serverless::StateMachine": "AWS Step Functions",
        "StepFunctions": "AWS Step Functions",
    },
    "Data": {
        "Athena": "Amazon Athena",
        "DAX": "Amazon DynamoDB Accelerator",
        "DocDB": "Amazon DocumentDB",
        "DynamoDB": "Amazon DynamoDB",
        "ECR": "Amazon ECR",
        "EFS": "Amazon EFS",
        "ElastiCache": "Amazon ElastiCache",
        "FSx": "Amazon FSx",
        "Kinesis": "Amazon Kinesis Data Streams",
        "KinesisFirehose": "Amazon Data Firehose",
        "MSK": "Amazon MSK",
        "MemoryDB": "Amazon MemoryDB",
        "Neptune": "Amazon Neptune",
        "OpenSearchService": "Amazon OpenSearch Service",
        "RDS": "Amazon RDS",
        "Redshift": "Amazon Redshift",
        "S3": "Amazon S3",
        "SSM": "AWS Systems Manager",
        "Serverless::SimpleTable": "Amazon DynamoDB",
        "Timestream": "Amazon Timestream",
    },
    "Security": {
        "Backup": "AWS Backup",
        "CertificateManager": "AWS Certificate Manager",
        "Cognito": "Amazon Cognito",
        "Config": "AWS Config",
        "GuardDuty": "Amazon GuardDuty",
        "IAM": "AWS IAM",
        "KMS": "AWS KMS",
        "SecretsManager": "AWS Secrets Manager",
        "Signer": "AWS Signer",
        "WAFv2": "AWS WAF",
    },
    "Eyes": {
        "CloudTrail": "AWS CloudTrail",
        "CloudWatch": "Amazon CloudWatch",
        "Logs": "Amazon CloudWatch Logs",
        "Synthetics": "Amazon CloudWatch Synthetics",
        "XRay": "AWS X-Ray",
    },
    "Network": {f"EC2::{name}": "Amazon VPC" for name in _NETWORK.split()},
}
SERVICES = {f"AWS::{start}": Service(name, tier) for tier, rows in _ROWS.items() for start, name in rows.items()}
#: Where the words of the type are not what the resource is called.
_KINDS = {
    "AWS::ApiGateway::RestApi": "REST API",
    "AWS::CloudFormation::CustomResource": "custom resource",
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::EC2::EIP": "Elastic IP address",
    "AWS::EC2::InternetGateway": "internet gateway",
    "AWS::EC2::NatGateway": "NAT gateway",
    "AWS::IAM::OIDCProvider": "OIDC provider",
    "AWS::Logs::QueryDefinition": "saved query",
    "AWS::Serverless::Api": "REST API",
    "AWS::Serverless::HttpApi": "HTTP API",
    "AWS::Serverless::SimpleTable": "table",
}
#: Where they are another kind with a property that is true.
_FIFO = {"AWS::SNS::Topic": "FifoTopic", "AWS::SQS::Queue": "FifoQueue"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
#: The word of the type, under which a logical id may end without saying more.
_SUFFIXES = re.compile(
    "(?<=[a-z0-9])(RestApi|HttpApi|Api|Bucket|Cluster|Dashboard|DBInstance|Database|Distribution|Function|LoadBalancer|"
    "Queue|Rule|Schedule|Secret|Service|StateMachine|Table|Topic|UserPool)$"
)
#: What CDK puts behind each logical id.
_CDK_HASH = re.compile(r"(?<=.)[0-9A-F]{8}$")


def service_of(kind: str) -> Service | None:
    """The service of a type; None for one that has no row."""
    words = kind.split("::")
    starts = ("::".join(words[:length]) for length in range(len(words), 1, -1))
    return next((SERVICES[start] for start in starts if start in SERVICES), None)


def noun(kind: str, properties: dict[str, object]) -> str:
    """What a resource of the type is called, less its service: "FIFO queue"."""
    if kind == "AWS::ApiGatewayV2::Api":
        return "WebSocket API" if properties.get("ProtocolType") == "WEBSOCKET" else "HTTP API"
    words = [word if len(word) > 1 and word.isupper() else word.lower() for word in _WORDS.findall(last(kind))]
    fifo = f"{properties.get(_FIFO.get(kind, ''))}".lower() == "true"
    return _KINDS.get(kind) or f"{'FIFO ' if fifo else ''}{' '.join(words)}"


def last(kind: str) -> str:
    """The last part of a type, which says what it is within its service."""
    return kind.rpartition("::")[2]


def title(logical_id: str, cdk_path: object = None) -> str:
    """What the picture calls a resource: its logical id less what its kind says anyway.

    CDK's ids end with a hash; the path of its construct, in the Metadata, is what its author wrote.
    """
    if isinstance(cdk_path, str) and cdk_path.count("/"):
        parts = [part for part in cdk_path.split("/")[1:] if part not in ("Resource", "Default")]
        return parts[-1] if parts else logical_id
    return _SUFFIXES.sub("", _CDK_HASH.sub("", logical_id)) or logical_id
