"""The least with the same packages: troposphere, and cfn-lint in the same process."""

import json

import cfnlint.api
from troposphere import GetAtt, Ref, Template, apigateway, awslambda, cloudwatch, dynamodb, iam, logs

template = Template(Description="The architecture that every peer builds")
attributes = [dynamodb.AttributeDefinition(AttributeName=name, AttributeType="S") for name in ("pk", "sk")]
keys = [dynamodb.KeySchema(AttributeName=name, KeyType=kind) for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
kept = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
table = template.add_resource(
    dynamodb.Table(
        "Documents", AttributeDefinitions=attributes, KeySchema=keys, BillingMode="PAY_PER_REQUEST",
        PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True),
        **kept,
    )
)  # fmt: skip
trust = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
right = {"Action": ["dynamodb:GetItem", "dynamodb:Query"], "Effect": "Allow", "Resource": GetAtt(table, "Arn")}
role = template.add_resource(
    iam.Role(
        "Role",
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]},
        Policies=[
            iam.Policy(PolicyName="Reads", PolicyDocument={"Version": "2012-10-17", "Statement": [right]}),
        ],
    )
)
for name in ("ReaderLogs", "ApiLogs"):
    template.add_resource(logs.LogGroup(name, RetentionInDays=14, **kept))
reader = template.add_resource(
    awslambda.Function(
        "Reader",
        Code=awslambda.Code(ZipFile="def read(event, context):\n    return {'statusCode': 200}\n"),
        Handler="index.read",
        Runtime="python3.13",
        Role=GetAtt(role, "Arn"),
        Environment=awslambda.Environment(Variables={"TABLE_NAME": Ref(table)}),
    )
)
api = template.add_resource(apigateway.RestApi("Api", Name="Api"))
above = GetAtt(api, "RootResourceId")
for name, part in (("Orders", "orders"), ("Order", "{id}")):
    resource = template.add_resource(
        apigateway.Resource(name, ParentId=above, PathPart=part, RestApiId=Ref(api))
    )  # fmt: skip
    above = Ref(resource)
    template.add_resource(
        apigateway.Method(
            f"{name}Get",
            AuthorizationType="AWS_IAM",
            HttpMethod="GET",
            ResourceId=Ref(resource),
            RestApiId=Ref(api),
            Integration=apigateway.Integration(Type="MOCK"),
        )
    )
for metric in ("Errors", "Throttles"):
    template.add_resource(
        cloudwatch.Alarm(
            metric,
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[cloudwatch.MetricDimension(Name="FunctionName", Value=Ref(reader))],
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
    )
graph = {"region": "us-east-1", "metrics": [["AWS/Lambda", "Invocations"], ["AWS/Lambda", "ConcurrentExecutions"]]}
widgets = [{"type": "metric", "properties": graph}]
template.add_resource(cloudwatch.Dashboard("Dashboard", DashboardBody=json.dumps({"widgets": widgets})))
found = cfnlint.api.lint_all(template.to_json())
if serious := [str(one) for one in found if one.rule.severity != "informational"]:
    raise SystemExit("\n".join(serious))
