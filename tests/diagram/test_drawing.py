"""What a template's resources become: nodes by tier, and an edge for each way in which they belong together."""

import time
from typing import Any

import pytest

from woo_stack import Settings, shop
from woo_stack.diagram import graph
from woo_stack.diagram.graph import Edge

Json = dict[str, Any]


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def arn(name: str) -> Json:
    return {"Fn::GetAtt": [name, "Arn"]}


def ref(name: str) -> Json:
    return {"Ref": name}


def allowed(actions: str, on: str) -> Json:
    statement = {"Effect": "Allow", "Action": actions.split(), "Resource": arn(on)}
    return resource("IAM::Role", Policies=[{"PolicyName": "x", "PolicyDocument": {"Statement": [statement]}}])


FUNCTION = resource("Lambda::Function", Role=arn("Role"))
QUEUE, TABLE, SECRET = resource("SQS::Queue"), resource("DynamoDB::Table"), resource("SecretsManager::Secret")


def edges(**resources: Json) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.label) for edge in graph({"Resources": resources}).edges}


@pytest.mark.parametrize(
    ("actions", "to", "verb"),
    [
        ("dynamodb:GetItem dynamodb:Query kms:Decrypt", TABLE, "reads"),
        ("dynamodb:UpdateItem", TABLE, "writes"),
        ("dynamodb:GetItem dynamodb:PutItem", TABLE, "reads and writes"),
        ("sqs:SendMessage", QUEUE, "sends"),
        ("sqs:ReceiveMessage sqs:DeleteMessage", QUEUE, "consumes"),
        ("secretsmanager:GetSecretValue", SECRET, "reads"),
        ("sns:Publish", resource("SNS::Topic"), "publishes"),
        ("states:StartExecution", resource("StepFunctions::StateMachine"), "starts"),
        ("lambda:InvokeFunction", resource("Lambda::Function", Role="arn:of:another"), "invokes"),
    ],
)  # fmt: skip
def test_what_a_role_allows_is_an_edge_of_its_function(actions: str, to: Json, verb: str) -> None:
    assert edges(Worker=FUNCTION, Role=allowed(actions, "Other"), Other=to) == {("Worker", "Other", verb)}


def test_a_denial_and_a_trust_are_no_edges() -> None:
    role = allowed("dynamodb:GetItem", "Table")
    role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Effect"] = "Deny"
    assert edges(Worker=FUNCTION, Role=role, Table=TABLE) == set()


def test_a_policy_that_functions_share_connects_them_not() -> None:
    shared = {"ManagedPolicyArns": [ref("Shared")]}
    made = edges(
        One=resource("Lambda::Function", Role=arn("OneRole")),
        Two=resource("Lambda::Function", Role=arn("TwoRole"), Timeout=3),
        OneRole=resource("IAM::Role", **shared),
        TwoRole=resource("IAM::Role", **shared),
        Shared=resource("IAM::ManagedPolicy", PolicyDocument={"Statement": []}),
    )
    assert made == set()


def test_an_event_source_triggers_and_hides_that_the_function_consumes() -> None:
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Jobs"), FunctionName=ref("Worker"))
    made = edges(Worker=FUNCTION, Role=allowed("sqs:ReceiveMessage", "Jobs"), Jobs=QUEUE, Mapping=mapping)
    assert made == {("Jobs", "Worker", "triggers")}


def test_a_permission_is_an_edge_from_where_it_says() -> None:
    permission = resource("Lambda::Permission", SourceArn=arn("Bucket"), FunctionName=ref("Worker"))
    made = edges(Worker=resource("Lambda::Function"), Bucket=resource("S3::Bucket"), Permission=permission)
    assert made == {("Bucket", "Worker", "invokes")}


def test_a_rule_targets_and_says_when() -> None:
    rule = resource("Events::Rule", ScheduleExpression="rate(7 days)", Targets=[{"Id": "x", "Arn": arn("Worker")}])
    drawn = graph({"Resources": {"Weekly": rule, "Worker": resource("Lambda::Function")}})
    assert [(edge.source, edge.target, edge.label) for edge in drawn.edges] == [("Weekly", "Worker", "targets")]
    assert drawn.nodes[0].note == "rate(7 days)"


def test_dead_letters_of_a_queue() -> None:
    jobs = resource("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 3})
    assert edges(Jobs=jobs, Dead=QUEUE) == {("Jobs", "Dead", "dead letters")}


def test_routes_of_a_rest_api_are_labels_and_it_is_authorized_by_its_authorizer() -> None:
    def uri(name: str) -> Json:
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:x:lambda:path/functions/${{{name}.Arn}}/invocations"}

    made = edges(
        Api=resource("ApiGateway::RestApi"),
        Orders=resource("ApiGateway::Resource", RestApiId=ref("Api"), ParentId=arn("Api"), PathPart="orders"),
        One=resource("ApiGateway::Resource", RestApiId=ref("Api"), ParentId=ref("Orders"), PathPart="{id}"),
        Get=resource("ApiGateway::Method", RestApiId=ref("Api"), ResourceId=ref("One"), HttpMethod="GET",
                     AuthorizerId=ref("Guard"), Integration={"Uri": uri("Reader")}),
        Guard=resource("ApiGateway::Authorizer", RestApiId=ref("Api"), AuthorizerUri=uri("Judge")),
        Reader=resource("Lambda::Function", Timeout=1),
        Judge=resource("Lambda::Function", Timeout=2),
    )  # fmt: skip
    assert made == {("Api", "Reader", "GET /orders/{id}"), ("Api", "Judge", "authorized by")}


def test_routes_of_an_http_api() -> None:
    target = {"Fn::Sub": "integrations/${To}"}
    made = edges(
        Api=resource("ApiGatewayV2::Api", ProtocolType="HTTP"),
        To=resource("ApiGatewayV2::Integration", ApiId=ref("Api"), IntegrationUri=arn("Reader")),
        Get=resource("ApiGatewayV2::Route", ApiId=ref("Api"), RouteKey="GET /a", Target=target),
        Put=resource("ApiGatewayV2::Route", ApiId=ref("Api"), RouteKey="PUT /b", Target=target),
        Reader=resource("Lambda::Function"),
    )  # fmt: skip
    assert made == {("Api", "Reader", "GET /a\nPUT /b")}


def test_a_pipe_is_an_edge() -> None:
    bus, pipe = resource("Events::EventBus"), resource("Pipes::Pipe", Source=arn("Table"), Target=arn("Bus"))
    assert edges(Table=TABLE, Bus=bus, Pipe=pipe) == {("Table", "Bus", "pipes")}


def test_alarms_are_one_node_that_leads_to_composites_and_topic() -> None:
    def alarm(level: int) -> Json:
        return resource("CloudWatch::Alarm", Threshold=level, Dimensions=[{"Name": "QueueName", "Value": ref("Jobs")}])

    composite = resource(
        "CloudWatch::CompositeAlarm", AlarmRule={"Fn::Sub": "ALARM(${A1})"}, AlarmActions=[ref("Pager")]
    )
    email = resource("SNS::Subscription", TopicArn=ref("Pager"), Protocol="email", Endpoint=ref("Address"))
    drawn = graph({"Resources": {
        "A1": alarm(1), "A2": alarm(2), "A3": alarm(3), "A4": alarm(4), "Down": composite, "Jobs": QUEUE,
        "Pager": resource("SNS::Topic"), "Email": email,
    }})  # fmt: skip
    nodes = {node.id: node for node in drawn.nodes}
    assert (nodes["A1"].kind, nodes["A1"].count, nodes["A1"].title) == ("4 Amazon CloudWatch alarms", 4, "A1, A2, …")
    assert (nodes["Pager"].note, nodes["Pager"].tier) == ("to email", "Eyes")
    told = {(edge.source, edge.target, edge.label) for edge in drawn.edges}
    assert told == {("A1", "Down", ""), ("Down", "Pager", "notifies")}


def test_a_key_says_how_much_it_encrypts_without_an_edge() -> None:
    table = resource("DynamoDB::Table", SSESpecification={"KMSMasterKeyId": arn("Key")})
    topic = resource("SNS::Topic", KmsMasterKeyId=ref("Key"))
    drawn = graph({"Resources": {"Key": resource("KMS::Key"), "Table": table, "Topic": topic}})
    assert (drawn.nodes[0].note, drawn.edges) == ("encrypts 2 resources", ())


def test_siblings_with_the_same_edges_are_one_node() -> None:
    mapping = {"Targets": [{"Id": "x", "Arn": arn("A")}, {"Id": "y", "Arn": arn("B")}]}
    made = graph({"Resources": {"Rule": resource("Events::Rule", **mapping), "A": QUEUE, "B": QUEUE}})
    assert [(node.title, node.kind, node.count) for node in made.nodes][1:] == [("A, B", "2 Amazon SQS queues", 2)]
    assert len(made.edges) == 1


def test_a_type_that_nobody_knows_has_its_own_words_and_its_references() -> None:
    drawn = graph(
        {"Resources": {"Box": {"Type": "Acme::Thing::Box", "Properties": {"To": ref("Jobs")}}, "Jobs": QUEUE}}
    )
    assert [(node.kind, node.tier) for node in drawn.nodes] == [
        ("Acme::Thing::Box", "Other"),
        ("Amazon SQS queue", "Logic"),
    ]
    assert [(edge.source, edge.target) for edge in drawn.edges] == [("Box", "Jobs")]


def test_a_site_as_cdk_writes_it() -> None:
    bucket = resource("S3::Bucket") | {"Metadata": {"aws:cdk:path": "Site/Assets/Resource"}}
    origins = {"DistributionConfig": {"Origins": [{"DomainName": {"Fn::GetAtt": ["Assets397A1860", "DomainName"]}}]}}
    policy = resource("S3::BucketPolicy", Bucket=ref("Assets397A1860"))
    drawn = graph({"Resources": {
        "Assets397A1860": bucket, "Policy": policy, "Cdn": resource("CloudFront::Distribution", **origins),
        "CDKMetadata": resource("CDK::Metadata"),
    }})  # fmt: skip
    assert [(node.title, node.kind) for node in drawn.nodes] == [
        ("Assets", "Amazon S3 bucket"), ("Cdn", "Amazon CloudFront distribution")
    ]  # fmt: skip
    assert [(edge.source, edge.target, edge.label) for edge in drawn.edges] == [("Cdn", "Assets397A1860", "origin")]


def test_a_service_in_a_network() -> None:
    made = edges(
        Net=resource("EC2::VPC"),
        A=resource("EC2::Subnet", VpcId=ref("Net")),
        B=resource("EC2::Subnet", VpcId=ref("Net")),
        Front=resource("ElasticLoadBalancingV2::LoadBalancer", Subnets=[ref("A"), ref("B")]),
        Listener=resource("ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Front"),
                          DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Group")}]),
        Group=resource("ElasticLoadBalancingV2::TargetGroup", VpcId=ref("Net")),
        Web=resource("ECS::Service", Cluster=ref("Cluster"), TaskDefinition=ref("Task"),
                     LoadBalancers=[{"TargetGroupArn": ref("Group")}]),
        Task=resource("ECS::TaskDefinition", ContainerDefinitions=[{"Secrets": [{"ValueFrom": ref("Password")}]}]),
        Cluster=resource("ECS::Cluster"),
        Password=SECRET,
    )  # fmt: skip
    assert made == {
        ("A", "Net", ""), ("Front", "Web", "forwards"), ("Web", "Cluster", "runs on"), ("Web", "Password", "reads"),
    }  # fmt: skip


def test_sams_events_and_policy_templates() -> None:
    pay = resource("Serverless::Function", Policies=[{"DynamoDBCrudPolicy": {"TableName": ref("Orders")}}],
                   Events={"Http": {"Type": "Api", "Properties": {"Path": "/pay", "Method": "post"}}})  # fmt: skip
    flow = resource("Serverless::StateMachine", Policies=[{"LambdaInvokePolicy": {"FunctionName": ref("Pay")}}])
    assert edges(Pay=pay, Flow=flow, Orders=resource("Serverless::SimpleTable")) == {
        ("ServerlessRestApi", "Pay", "POST /pay"), ("Pay", "Orders", "reads and writes"), ("Flow", "Pay", "invokes"),
    }  # fmt: skip


def test_every_resource_and_reference_if_that_is_asked() -> None:
    drawn = graph({"Resources": {"Worker": FUNCTION, "Role": allowed("sqs:SendMessage", "Jobs"), "Jobs": QUEUE}}, True)
    assert [node.id for node in drawn.nodes] == ["Worker", "Role", "Jobs"]
    told = [(edge.source, edge.target, edge.label) for edge in drawn.edges]
    assert told == [("Role", "Jobs", "Policies"), ("Worker", "Role", "Role")]


def test_what_waits_is_dashed_where_every_resource_is_drawn_and_only_there() -> None:
    late = {**resource("SQS::Queue"), "DependsOn": ["Table", "Late", "Nothing", 7]}
    resources = {"Late": late, "Table": TABLE, "Later": {**TABLE, "DependsOn": "Late"}}
    drawn = graph({"Resources": resources}, every_resource=True)
    assert drawn.edges == (Edge("Late", "Table", "after", dashed=True), Edge("Later", "Late", "after", dashed=True))
    assert graph({"Resources": resources}).edges == ()


@pytest.mark.parametrize(
    ("kind", "fifo", "shown"),
    [
        ("SNS::Topic", {"FifoTopic": True}, "Amazon SNS FIFO topic"),
        ("SNS::Topic", {"FifoQueue": True}, "Amazon SNS topic"),
        ("SQS::Queue", {"FifoQueue": "true"}, "Amazon SQS FIFO queue"),
        ("SQS::Queue", {"FifoQueue": False}, "Amazon SQS queue"),
    ],
)
def test_what_is_in_order_is_called_so(kind: str, fifo: Json, shown: str) -> None:
    (node,) = graph({"Resources": {"A": resource(kind, **fifo)}}).nodes
    assert node.kind == shown


@pytest.mark.parametrize("api", ["rest", "http"])
def test_the_shop_is_some_twenty_nodes(api: Any) -> None:
    drawn = graph(shop(Settings(api=api)).to_dict())
    assert 15 <= len(drawn.nodes) <= 25
    assert len(drawn.edges) <= 25
    assert list(drawn.tiers) == ["Entry", "Logic", "Data", "Security", "Eyes"]
    told = {(edge.source, edge.target): edge.label for edge in drawn.edges}
    assert told["ReaderFunction", "DocumentsTable"] == "reads"
    assert told["ApplierFunction", "DocumentsTable"] == "reads and writes"
    assert told["EventsQueue", "ApplierFunction"] == "triggers"


def test_a_role_is_of_whom_it_is_given_to_and_not_of_who_speaks_of_it() -> None:
    key = resource("KMS::Key", KeyPolicy={"Statement": [{"Effect": "Allow", "Principal": {"AWS": arn("Role")}}]})
    passing = {"Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": [arn("Role"), arn("Lone")]}]}
    provider = {"Statement": [{"Effect": "Allow", "Principal": {"Federated": {"Fn::If": ["Own", ref("Login"), "x"]}}}]}
    made = edges(
        Worker=FUNCTION,
        Role=allowed("dynamodb:PutItem", "Table"),
        Table=TABLE,
        Key=key,
        Pipeline=resource("IAM::Role", AssumeRolePolicyDocument=provider),
        May=resource("IAM::Policy", Roles=[ref("Pipeline")], PolicyDocument=passing),
        Lone=resource("IAM::Role"),
        Login=resource("IAM::OIDCProvider"),
    )
    assert made == {
        ("Worker", "Table", "writes"), ("Pipeline", "Lone", "passes"), ("Pipeline", "Login", "trusts"),
    }  # fmt: skip


def test_a_server_has_the_rights_of_its_profile() -> None:
    made = edges(
        Server=resource("EC2::Instance", IamInstanceProfile=ref("Profile")),
        Profile=resource("IAM::InstanceProfile", Roles=[ref("Role")]),
        Role=allowed("s3:GetObject", "Files"),
        Files=resource("S3::Bucket"),
    )
    assert made == {("Server", "Files", "reads")}


def test_a_topic_says_by_what_its_messages_leave() -> None:
    within = [{"Protocol": "sms", "Endpoint": "1"}, {"Protocol": "sqs", "Endpoint": arn("Jobs")}]
    apart = resource("SNS::Subscription", TopicArn=ref("News"), Protocol="email", Endpoint=ref("Address"))
    drawn = graph({"Resources": {"News": resource("SNS::Topic", Subscription=within), "Mail": apart, "Jobs": QUEUE}})
    assert {node.id: node.note for node in drawn.nodes}["News"] == "to email, sms"


def test_a_large_template_is_drawn_at_once() -> None:
    resources = {
        f"F{number}": resource("Lambda::Function", Timeout=number, Environment=ref(f"F{number + 1}"))
        for number in range(600)
    }
    began = time.perf_counter()
    assert len(graph({"Resources": resources}).edges) == 599
    assert time.perf_counter() - began < 5
