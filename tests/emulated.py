"""The shop's eyes on the emulator: what CloudWatch and API Gateway do there that MiniStack does not.

MiniStack keeps metrics by dimensions, works out statistics, calls SNS and obeys composite alarms. But it makes metrics
of Lambda alone, only of calls by its API; and it judges an alarm without regard to dimensions, m of n or silence. So
`Eyes` tells it the metrics that AWS would make of what has really happened there, asks it for each alarm's statistics
by the alarm's own dimensions, judges them as AWS's documentation says (`verdict`), and sets the alarm's state, from
where MiniStack goes on: actions, composite alarms, their actions.

Time is the test's own: `Eyes.clock`, moved by `Eyes.later`, so that no test waits for a period to pass.
"""

import base64
import hashlib
import hmac
import itertools
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import requests
from botocore.config import Config

from woo_stack.cli.localshop import STACK, LocalShop
from woo_stack.metric import CUSTOM_NAMESPACE

Json = dict[str, Any]

#: Where `Eyes` keeps metrics: a region without alarms, because MiniStack itself judges those of the region at each
#: PutMetricData.
ELSEWHERE = "eu-central-1"
#: CloudWatch takes what is up to two weeks old, and MiniStack forgets what is older.
AGO_SECONDS = 12 * 24 * 3600
#: How many periods more than an alarm asks for are looked at when data is missing: as in AWS's own examples.
EXTRA_PERIODS = 2
WEBHOOKS, ANY = "/webhooks/woocommerce", "/{proxy+}"
DELIVERIES = itertools.count(1)


def verdict(alarm: Json, periods: list[float | None]) -> str | None:
    """The state that data makes of an alarm, None to stay as it is; `periods` are the statistics, newest last.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    wanted, silence = alarm["EvaluationPeriods"], alarm["TreatMissingData"]
    beyond = [value > alarm["Threshold"] for value in periods if value is not None][-wanted:]
    missing = wanted - len(beyond)
    hits = sum(beyond) + missing * (silence == "breaching")
    if hits >= alarm.get("DatapointsToAlarm", wanted):
        return "ALARM"
    if missing and all(beyond) and silence in ("ignore", "missing"):
        return None if silence == "ignore" else "ALARM" if beyond else "INSUFFICIENT_DATA"
    return "OK"


def matches(pattern: str, record: Mapping[str, object]) -> bool:
    """Whether a metric filter's pattern takes a record: comparisons with texts, ``*`` in them, &&, || and brackets.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    tokens = re.findall(r'\$\.\w+|!?=|"[^"]*"|&&|\|\||[(){}]', pattern)
    assert "".join(tokens) == re.sub(r"\s", "", pattern), f"{pattern} has something that is not known here"

    def either() -> bool:
        found = both()
        while tokens[0] == "||":
            tokens.pop(0)
            found = both() or found
        return found

    def both() -> bool:
        found = one()
        while tokens[0] == "&&":
            tokens.pop(0)
            found = one() and found
        return found

    def one() -> bool:
        token = tokens.pop(0)
        if token in "({":
            found = either()
            assert tokens.pop(0) == {"(": ")", "{": "}"}[token]
            return found
        operator, text = tokens.pop(0), tokens.pop(0).strip('"')
        return fnmatchcase(str(record.get(token[2:])), text) == (operator == "=")

    found = one()
    assert not tokens
    return found


def says(rule: str, alarming: set[str]) -> bool:
    """Whether a composite alarm's rule in the template, ``ALARM(${A}) OR ALARM(${B})``, is true of these alarms."""
    return not alarming.isdisjoint(children(rule))


def children(rule: str) -> list[str]:
    """The alarms that such a rule names."""
    named = [re.fullmatch(r"ALARM\(\$\{(\w+)\}\)", part) for part in rule.split(" OR ")]
    assert all(named), f"{rule} has something that is not known here"
    return [one[1] for one in named if one]


class Eyes:
    """CloudWatch over a shop that was deployed from `template`, with a queue behind the topics of its pager."""

    def __init__(self, shop: LocalShop, template: Json) -> None:
        self.shop = shop
        self.resources: dict[str, Json] = template["Resources"]
        # A throttled call is to be seen, not tried again.
        session, once = shop.emulator.session(), Config(retries={"total_max_attempts": 1})

        def client(service: str, region: str | None = None) -> Any:
            return session.client(service, region_name=region, endpoint_url=shop.emulator.endpoint, config=once)

        self.client: Callable[..., Any] = client
        self.cloudwatch, self.metrics = client("cloudwatch"), client("cloudwatch", ELSEWHERE)
        self.functions, self.queues, self.logs = client("lambda"), client("sqs"), client("logs")
        self.clock = (time.time() - AGO_SECONDS) // 86_400 * 86_400
        self.ids = self._physical_ids()
        self.alarms = self._of_type("AWS::CloudWatch::Alarm")
        self.rules = {
            name: one["AlarmRule"]["Fn::Sub"] for name, one in self._of_type("AWS::CloudWatch::CompositeAlarm").items()
        }
        self.logical = {self.ids[name]: name for name in self.alarms}
        self._lines_told: Counter[str] = Counter()
        self._calls_told: Counter[tuple[str, str]] = Counter()
        self._filled: dict[str, float] = {}
        self._put_composites()
        self.deployed: list[Json] = self.cloudwatch.describe_alarms(MaxRecords=100)["MetricAlarms"]
        self._ear = self._listen()

    # --- what there is

    def _of_type(self, kind: str) -> dict[str, Json]:
        return {name: one.get("Properties", {}) for name, one in self.resources.items() if one["Type"] == kind}

    def _physical_ids(self) -> dict[str, str]:
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        found = [one for page in pages for one in page["StackResourceSummaries"]]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    def _put_composites(self) -> None:
        """MiniStack has composite alarms, but its CloudFormation does not know them."""
        for name, properties in self._of_type("AWS::CloudWatch::CompositeAlarm").items():
            self.ids[name] = f"{STACK}-{name}"
            self.logical[self.ids[name]] = name
            self.cloudwatch.put_composite_alarm(
                AlarmName=self.ids[name],
                AlarmRule=re.sub(r"\$\{(\w+)\}", lambda found: self.ids[found[1]], self.rules[name]),
                AlarmDescription=properties["AlarmDescription"],
                AlarmActions=[self.ids[one["Ref"]] for one in properties["AlarmActions"]],
                OKActions=[self.ids[one["Ref"]] for one in properties["OKActions"]],
            )

    def _listen(self) -> str:
        """The URL of a queue that hears what all topics tell."""
        url: str = self.queues.create_queue(QueueName="ear")["QueueUrl"]
        arn = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for topic in self._of_type("AWS::SNS::Topic"):
            self.client("sns").subscribe(TopicArn=self.ids[topic], Protocol="sqs", Endpoint=arn)
        return url

    # --- metrics and verdicts

    def put(self, namespace: str, metric: str, dimensions: Mapping[str, str], *values: float) -> None:
        """Tell CloudWatch some values of a metric, now."""
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        datum = {"MetricName": metric, "Dimensions": named, "Values": values, "Timestamp": self.clock}
        self.metrics.put_metric_data(Namespace=namespace, MetricData=[datum])

    def look(self) -> set[str]:
        """Judge every alarm; those in ALARM, by logical id, the composite ones too."""
        queries = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")},
                    "Period": alarm["Period"],
                    "Stat": alarm.get("ExtendedStatistic") or alarm["Statistic"],
                },
            }
            for number, alarm in enumerate(self.deployed)
        ]
        longest = max(alarm["Period"] * (alarm["EvaluationPeriods"] + EXTRA_PERIODS) for alarm in self.deployed)
        answer = self.metrics.get_metric_data(
            MetricDataQueries=queries, StartTime=self.clock - longest, EndTime=self.clock + 1
        )
        for alarm, found in zip(self.deployed, answer["MetricDataResults"], strict=True):
            times = [moment.timestamp() for moment in found["Timestamps"]]
            self._judge(alarm, dict(zip(times, found["Values"], strict=True)))
        return self.states("ALARM")

    def _judge(self, alarm: Json, values: Mapping[float, float]) -> None:
        period, wanted = alarm["Period"], alarm["EvaluationPeriods"] + EXTRA_PERIODS
        newest = self.clock // period * period
        periods = [values.get(newest - number * period) for number in reversed(range(wanted))]
        state = verdict(alarm, periods)
        if state and state != alarm["StateValue"]:
            reason = f"Threshold {alarm['Threshold']:g}, periods {periods}"
            self.cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason=reason)
            alarm["StateValue"] = state

    def states(self, state: str) -> set[str]:
        """The alarms in a state, by logical id."""
        kinds = ["MetricAlarm", "CompositeAlarm"]
        found = self.cloudwatch.describe_alarms(StateValue=state, AlarmTypes=kinds, MaxRecords=100)
        return {self.logical[one["AlarmName"]] for kind in kinds for one in found[f"{kind}s"]}

    def reason(self, alarm: str) -> str:
        """Why an alarm is in its state."""
        (found,) = self.cloudwatch.describe_alarms(AlarmNames=[self.ids[alarm]])["MetricAlarms"]
        return str(found["StateReason"])

    def later(self, seconds: float = 300) -> set[str]:
        """Let time pass and look again."""
        self.clock += seconds
        return self.look()

    def rest(self) -> None:
        """Let everything that was be over and heard."""
        self.collect()
        self.later(3600)
        self.heard()

    def heard(self) -> set[tuple[str, str, str]]:
        """What the topics have told since the last time: topic, alarm and state, by logical id."""
        found = set()
        while messages := self.queues.receive_message(QueueUrl=self._ear, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                envelope = json.loads(message["Body"])
                told = json.loads(envelope["Message"])
                (topic,) = (name for name in self._of_type("AWS::SNS::Topic") if self.ids[name] == envelope["TopicArn"])
                found.add((topic, self.logical[told["AlarmName"]], told["NewStateValue"]))
            handles = [{"Id": one["MessageId"], "ReceiptHandle": one["ReceiptHandle"]} for one in messages]
            self.queues.delete_message_batch(QueueUrl=self._ear, Entries=handles)
            if len(messages) < 10:
                break
        return found

    # --- what AWS would measure of what has happened

    def collect(self) -> set[str]:
        """Tell CloudWatch what has happened since the last time; the names of the metrics."""
        return {*self._calls(), *self._lines(), *self._depths()}

    def until(self, metric: str) -> None:
        """Collect until a metric has come: functions behind a queue run on their own."""
        end = time.monotonic() + 20
        while metric not in self.collect():
            assert time.monotonic() < end, f"no {metric} in 20 s"
            time.sleep(0.05)

    def _calls(self) -> Iterator[str]:
        """What MiniStack measured of calls by Lambda's API. (Calls by API Gateway and from a queue it does not.)"""
        for metric in self.cloudwatch.list_metrics(Namespace="AWS/Lambda", MetricName="Invocations")["Metrics"]:
            function = metric["Dimensions"][0]["Value"]
            calls = {name: self._sum(name, metric["Dimensions"]) for name in ("Invocations", "Errors", "Throttles")}
            # It counts a throttled call twice, and as an error and a call too; on AWS it is neither.
            calls["Throttles"] /= 2
            calls["Errors"] -= calls["Throttles"]
            calls["Invocations"] -= 2 * calls["Throttles"]
            new = {name: count - self._calls_told[function, name] for name, count in calls.items()}
            if any(new.values()):
                for name, count in new.items():
                    self._calls_told[function, name] += count
                    self.put("AWS/Lambda", name, {"FunctionName": function}, count)
                yield from new

    def _sum(self, metric: str, dimensions: list[Json]) -> float:
        """All that MiniStack has counted of a metric of Lambda so far."""
        answer = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda", MetricName=metric, Dimensions=dimensions,
            StartTime=0, EndTime=time.time() + 60, Period=86_400, Statistics=["Sum"],
        )  # fmt: skip
        return sum(point["Sum"] for point in answer["Datapoints"])

    def _lines(self) -> Iterator[str]:
        """What the functions printed for CloudWatch to take from their logs (Embedded Metric Format)."""
        groups = [one["logGroupName"] for one in self.logs.describe_log_groups()["logGroups"]]
        printed = Counter(
            event["message"].strip()
            for group in groups
            for event in self.logs.filter_log_events(logGroupName=group)["events"]
            if '"_aws"' in event["message"]
        )
        new = printed - self._lines_told
        self._lines_told.update(new)
        for line in new.elements():
            record = json.loads(line)
            for rule in record["_aws"]["CloudWatchMetrics"]:
                for names, metric in itertools.product(rule["Dimensions"], rule["Metrics"]):
                    values = record[metric["Name"]]
                    dimensions = {name: record[name] for name in names}
                    many = values if isinstance(values, list) else [values]
                    self.put(rule["Namespace"], metric["Name"], dimensions, *many)
                    yield metric["Name"]

    def _depths(self) -> Iterator[str]:
        """What SQS measures of its queues each minute; a queue's oldest message is as old as its being not empty."""
        for name in self._of_type("AWS::SQS::Queue"):
            url, dimensions = self.ids[name], {"QueueName": self.ids[name].rpartition("/")[2]}
            answer = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            visible = int(answer["Attributes"]["ApproximateNumberOfMessages"])
            since = self._filled.setdefault(name, self.clock)
            if not visible:
                del self._filled[name]
            for metric, value in {
                "ApproximateNumberOfMessagesVisible": visible,
                "ApproximateAgeOfOldestMessage": self.clock - since if visible else 0,
            }.items():
                self.put("AWS/SQS", metric, dimensions, value)
                yield metric

    # --- callers

    def get(self, path: str, *, key: str | None = None) -> requests.Response:
        """A client's request, and what API Gateway would have measured and logged of it."""
        credentials = (key or self.shop.consumer_key, self.shop.consumer_secret)
        url = f"{self.shop.url}/wp-json/wc/v3/{path}"
        answer = requests.get(url, auth=credentials, verify=str(self.shop.ca_file), timeout=20)
        self.requested(answer, ANY)
        return answer

    def deliver(self, body: bytes, topic: str = "order.created", signature: str = "") -> requests.Response:
        """A webhook as WooCommerce sends it, and what API Gateway would have measured and logged of it."""
        secret = (self.shop.webhook_secret or "").encode()
        signed = base64.b64encode(hmac.digest(secret, body, hashlib.sha256)).decode()
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Signature": signature or signed,
            "X-WC-Webhook-ID": "8",
            "X-WC-Webhook-Delivery-ID": f"{next(DELIVERIES):032x}",
        }
        url, verify = self.shop.webhook_url or "", str(self.shop.ca_file)
        answer = requests.post(url, data=body, headers=headers, verify=verify, timeout=20)
        self.requested(answer, WEBHOOKS)
        return answer

    def requested(self, answer: requests.Response, route: str) -> None:
        """API Gateway's metrics of a request, by
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html, and its
        record in the access log.
        """
        (api,), status = self.client("apigateway").get_rest_apis()["items"], answer.status_code
        stage = urlsplit(self.shop.url).path.strip("/")
        for metric, value in {
            "Count": 1.0,
            "4XXError": float(400 <= status < 500),
            "5XXError": float(status >= 500),
            "Latency": answer.elapsed.total_seconds() * 1000,
        }.items():
            self.put("AWS/ApiGateway", metric, {"ApiName": api["name"], "Stage": stage}, value)
        self.logged(apiId=api["id"], stage=stage, status=f"{status}", resourcePath=route)

    def logged(self, **context: str) -> None:
        """A record in the access log, in the stage's format, and what the log's metric filters count of it."""
        (stage,) = self._of_type("AWS::ApiGateway::Stage").values()
        form: dict[str, str] = json.loads(stage["AccessLogSetting"]["Format"])
        record = {key: context.get(value.removeprefix("$context."), "-") for key, value in form.items()}
        for one in self._of_type("AWS::Logs::MetricFilter").values():
            (metric,) = one["MetricTransformations"]
            assert metric["MetricNamespace"] == CUSTOM_NAMESPACE
            if matches(one["FilterPattern"], record):
                dimensions = {named["Key"]: record[named["Value"].removeprefix("$.")] for named in metric["Dimensions"]}
                self.put(metric["MetricNamespace"], metric["MetricName"], dimensions, float(metric["MetricValue"]))
