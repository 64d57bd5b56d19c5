// The architecture that every peer builds: a REST API with two routes, a function, a table, logs, a dashboard, alarms.
import * as cdk from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';

const stack = new cdk.Stack(new cdk.App(), 'Peer');
const table = new dynamodb.Table(stack, 'Documents', {
  partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
  sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
  billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
});
const reader = new lambda.Function(stack, 'Reader', {
  runtime: lambda.Runtime.PYTHON_3_13,
  handler: 'index.read',
  code: lambda.Code.fromInline('def read(event, context):\n    return {"statusCode": 200}\n'),
  environment: { TABLE_NAME: table.tableName },
  logGroup: new logs.LogGroup(stack, 'ReaderLogs', { retention: logs.RetentionDays.TWO_WEEKS }),
});
table.grantReadData(reader);
const api = new apigateway.RestApi(stack, 'Api', {
  deployOptions: {
    accessLogDestination: new apigateway.LogGroupLogDestination(new logs.LogGroup(stack, 'ApiLogs')),
    metricsEnabled: true,
  },
});
const orders = api.root.addResource('orders');
orders.addMethod('GET', new apigateway.LambdaIntegration(reader), { authorizationType: apigateway.AuthorizationType.IAM });
orders.addResource('{id}').addMethod('GET', new apigateway.LambdaIntegration(reader), {
  authorizationType: apigateway.AuthorizationType.IAM,
});
const watched = { Errors: reader.metricErrors(), Throttles: reader.metricThrottles(), ServerErrors: api.metricServerError() };
for (const [name, metric] of Object.entries(watched)) {
  metric.createAlarm(stack, name, { threshold: 1, evaluationPeriods: 1 });
}
new cloudwatch.Dashboard(stack, 'Dashboard', {
  widgets: [[new cloudwatch.GraphWidget({ left: [reader.metricInvocations(), reader.metric('ConcurrentExecutions')] })]],
});
