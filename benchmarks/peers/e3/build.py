"""The same with e3-aws, whose constructs are made of troposphere's resources."""

import json
from pathlib import Path

from e3.aws.troposphere import Stack
from e3.aws.troposphere.apigateway import IAM_AUTH, Method, Resource, RestApi
from e3.aws.troposphere.awslambda import Function
from e3.aws.troposphere.cloudwatch import Alarm
from e3.aws.troposphere.dynamodb import Table
from e3.aws.troposphere.iam.policy_document import PolicyDocument
from e3.aws.troposphere.iam.policy_statement import Allow, Trust
from e3.aws.troposphere.iam.role import Role
from troposphere import cloudwatch

stack = Stack("small", "The architecture that every peer builds")
table = Table("documents", {"pk": "S", "sk": "S"}, {"pk": "HASH", "sk": "RANGE"})
reads = PolicyDocument([Allow(action=["dynamodb:GetItem", "dynamodb:Query"], resource=table.arn)])
role = Role("reader-role", "Reads documents", trust=Trust(services=["lambda"]), inline_policies={"reads": reads})
reader = Function(
    "reader",
    "Answers from the table",
    role=role,
    code_zipfile="def read(event, context):\n    return {'statusCode': 200}\n",
    handler="index.read",
    runtime="python3.13",
    logs_retention_in_days=14,
    environment={"TABLE_NAME": "documents"},
)
get = [Method("GET", auth=IAM_AUTH)]
api = RestApi(
    "api",
    "Answers",
    lambda_arn=reader.arn,
    resource_list=[Resource("orders", get, resource_list=[Resource("{id}", get)])],
)
alarms = [
    Alarm(
        metric.lower(),
        f"{metric} of the reader",
        comparison_operator="GreaterThanOrEqualToThreshold",
        evaluation_periods=1,
        dimensions={"FunctionName": reader.ref},
        metric_name=metric,
        namespace="AWS/Lambda",
        period=300,
        statistic="Sum",
        threshold=1,
    )
    for metric in ("Errors", "Throttles")
]
graph = {"region": "us-east-1", "metrics": [["AWS/Lambda", "Invocations"], ["AWS/Lambda", "ConcurrentExecutions"]]}
widgets = [{"type": "metric", "properties": graph}]
dashboard = cloudwatch.Dashboard("Dashboard", DashboardBody=json.dumps({"widgets": widgets}))
for part in (table, role, reader, api, *alarms, dashboard):
    stack.add(part)
Path("template.json").write_text(json.dumps(stack.export()))
