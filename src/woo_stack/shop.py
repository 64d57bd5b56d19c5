"""The reference architecture: a WooCommerce shop's back end, from the entries to the table, alarmed.

entry   GET /wp-json/wc/v3/…       ─►  api  ─►  authorizer (api_key)
                                        ├─────►  reader  ─────────────────►  table        data
        POST /webhooks/woocommerce ─►  api  ─►  intake (webhook_secret)       ▲   └─►  changes (event_bus)
                                                  └─►  events  ─►  applier  ──┤
        nightly                    ─────────────────────────►  recounter  ────┘
eyes    health: dashboard and alarms of all of them  ─►  pager
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from troposphere import Export, If, Output, Ref, Sub, Template

from woo_stack.alarms import Watched
from woo_stack.api import RestApi
from woo_stack.component import Component, Value
from woo_stack.event_bus import DOCUMENTS, EventBus
from woo_stack.event_source import EventSource
from woo_stack.foundation import Foundation
from woo_stack.function import Function
from woo_stack.gateway_responses import WOOCOMMERCE
from woo_stack.key import Key
from woo_stack.metric import Metric
from woo_stack.monitoring import Monitoring
from woo_stack.paging import ASKED, DRAWN, SEVERITIES
from woo_stack.queue import Queue
from woo_stack.routes import Authorizer, Open, Route
from woo_stack.schedule import Schedule
from woo_stack.secret import ApiKey, WebhookSecret
from woo_stack.settings import Settings
from woo_stack.table import Table
from woo_stack.watch import WATCHED

DESCRIPTION = "A WooCommerce shop's back end: API Gateway, Lambda, SQS and DynamoDB, hardened and alarmed (woo-stack)"
WEBHOOKS = "/webhooks/woocommerce"


@dataclass(frozen=True, eq=False)
class Shop(Foundation):
    """The shop's components, made from `settings` when they are first asked for, and the template of them all.

    Change them, or add to the template, as with any other; raises SettingError for settings that do not fit.
    """

    # --- data: one table, encrypted with the stack's own key, and what it tells others

    @cached_property
    def table(self) -> Table:
        """Documents, list rows and counters."""
        return Table(
            "Documents",
            key=Key("pk", "sk"),
            encryption=self.kms_key or Table.AWS_MANAGED,
            recovery_days=self.settings.recovery_days,
            ttl_attribute="ttl",
            stream="NEW_AND_OLD_IMAGES",
            deletion_protection=self.parameters["DeletionProtection"],
        )

    @cached_property
    def changes(self) -> EventBus | None:
        """The table's changes for other stacks, if they are asked for."""
        bus = {"stream_arn": self.table.stream_arn, "kms_key": self.kms_key, **DOCUMENTS}
        return EventBus("Changes", **bus) if self.settings.event_bus else None

    # --- entry: who may call, what is answered, and where

    @cached_property
    def api_key(self) -> ApiKey:
        """The WooCommerce key that clients present."""
        return ApiKey("ApiKey", kms_key=self.kms_key)

    @cached_property
    def authorizer(self) -> Function:
        """Checks a consumer key and secret."""
        key = self.api_key
        return self.function("Authorizer", "index.authorize", {"API_KEY_SECRET": key.arn}, key.allow())

    @cached_property
    def reader(self) -> Function:
        """Answers requests from the table; it knows WooCommerce's routes, and its 404 for every other path."""
        return self.function(
            "Reader",
            "index.read",
            {"TABLE_NAME": self.table.name},
            self.table.allow(*Table.READ),
            reserved_concurrency=self.settings.reader_concurrency,
        )

    @cached_property
    def api(self) -> RestApi:
        """What is read and what is delivered; bodies pass byte for byte, for signatures and for gzip."""
        keys = Authorizer("Key", self.authorizer)
        if self.settings.query_string_credentials:
            keys = replace(keys, identity=(), cache_seconds=0)
        signed = Open("The intake itself checks each delivery's HMAC signature")
        return RestApi(
            "Api",
            routes={"ANY /{proxy+}": Route(self.reader, keys), f"POST {WEBHOOKS}": Route(self.intake, signed)},
            stage=self.settings.stage,
            throttle_rate=self.parameters["ThrottleRate"],
            throttle_burst=self.parameters["ThrottleBurst"],
            retention_days=self.parameters["LogRetentionDays"],
            metrics_by_route=self.settings.metrics_by_route,
            tracing=self.settings.tracing,
            kms_key=self.kms_key,
            responses=WOOCOMMERCE,
            account=self.api_account,
            binary_media_types=["*/*"],
            metrics=WATCHED["Webhooks"],
        )

    # --- ingest: what the shop delivers, kept in order until it is stored, and set right every night

    @cached_property
    def webhook_secret(self) -> WebhookSecret:
        """By which WooCommerce signs its webhooks."""
        return WebhookSecret("WebhookSecret", kms_key=self.kms_key)

    @cached_property
    def intake(self) -> Function:
        """Checks a webhook's signature and queues it, or parks in the table what the queue cannot take."""
        secret = self.webhook_secret
        return self.function(
            "Intake",
            "index.receive",
            {"WEBHOOK_SECRET": secret.arn, "QUEUE_URL": self.events.url, "TABLE_NAME": self.table.name},
            secret.allow(),
            self.events.allow(*Queue.SEND),
            self.table.allow("PutItem", keys=["s#PARKED"]),
            reserved_concurrency=If("ReservesIntake", Ref("IntakeConcurrency"), Ref("AWS::NoValue")),
            # As long as API Gateway waits: when two services hang, there still is the third to park at.
            timeout_seconds=28,
            metrics=WATCHED["Intake"],
        )

    @cached_property
    def events(self) -> Queue:
        """Webhooks in the order of their arrival, a group for each kind of document."""
        return Queue("Events", fifo=True, kms_key=self.kms_key, consumer_timeout_seconds=30, retention_days=14)

    @cached_property
    def applier(self) -> Function:
        """Stores documents with their list rows and counters, each in one transaction."""
        queue, letters = self.events, self.events.dead_letters
        redrive = {"DEAD_LETTER_QUEUE_URL": letters.url, "MAX_RECEIVES": str(queue.max_receives)}
        return self.function(
            "Applier",
            "index.apply",
            {"TABLE_NAME": self.table.name, **redrive},
            queue.allow(*Queue.CONSUME),
            letters.allow(*Queue.SEND),
            self.table.allow("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
            timeout_seconds=queue.consumer_timeout_seconds,
            metrics=WATCHED["Applier"],
        )

    @cached_property
    def deliveries(self) -> EventSource:
        """Two batches of events at once: enough for any shop, and the rest of a small quota is for others."""
        return EventSource("Deliveries", function=self.applier, queue=self.events, maximum_concurrency=2)

    @cached_property
    def recounter(self) -> Function:
        """Compares documents, rows and counters, and repairs what differs: half a million in Lambda's longest time."""
        return self.function(
            "Recounter",
            "index.recount",
            {"TABLE_NAME": self.table.name},
            self.table.allow("Scan", "Query", "GetItem", "ConditionCheckItem", "PutItem", "UpdateItem", "DeleteItem"),
            timeout_seconds=900,
            memory_mb=1769,
            metrics=WATCHED["Recounter"],
        )

    @cached_property
    def nightly(self) -> Schedule:
        """When the recounter runs: while most shops sleep, and not on the hour, when everybody's clocks strike."""
        return Schedule("Nightly", function=self.recounter, expression="cron(17 3 * * ? *)")

    # --- eyes: what is drawn, what alarms, and who hears it

    @cached_property
    def health(self) -> Monitoring:
        """Dashboard, alarms and saved queries."""
        watched: list[Watched] = [self.api, self.reader, self.authorizer, self.intake, self.applier, self.recounter]
        watched += [self.nightly, self.table, self.events, self.events.dead_letters]
        watched += [self.changes.dead_letters] if self.changes else []
        asked = {alarm: Ref(name) for alarm, name in ASKED.items() if name in self.parameters}
        return Monitoring(
            "Health",
            of=[*watched, Metric("Account", "AWS/Lambda", rows=WATCHED["Account"])],
            actions=[self.pager.arn],
            notices=[self.pager.notices_arn],
            thresholds={**DRAWN, **asked, **self.settings.thresholds},
            severities=SEVERITIES,
            runbook=self.settings.runbook,
            logs={"functions": Ref(self.basic_execution.logs), "access": Ref(self.api.logs)},
        )

    # --- and all of it together

    @cached_property
    def template(self) -> Template:
        """The template with all components, the form's questions and the outputs."""
        template = self.empty(DESCRIPTION)
        for component in self.components():
            component.add_to(template)
        for name, (description, value) in self.outputs().items():
            export = {"Export": Export(Sub(f"${{AWS::StackName}}-{name}"))} if self.settings.exports else {}
            template.add_output(Output(name, Description=description, Value=value, **export))
        return template

    def components(self) -> Iterator[Component]:
        """Every component, in the order in which the template lists them."""
        if self.encryption:
            yield self.encryption
        yield from (self.basic_execution, self.table, self.api_key, self.authorizer, self.reader)
        yield from (self.webhook_secret, self.events, self.intake, self.applier, self.deliveries)
        yield from (self.recounter, self.nightly, self.api_account, self.api)
        yield from (part for part in (self.changes, self.pager, self.health) if part)

    def outputs(self) -> dict[str, tuple[str, Value]]:
        """What a person or another stack needs to know: description and value by name."""
        return {
            "ApiUrl": ("What a client takes as url", self.api.url),
            "ApiKeySecretArn": ("Consumer key and secret", self.api_key.arn),
            "ApiKeyUrl": ("Where to read both", self.api_key.url),
            "WebhookUrl": ("What webhooks are delivered to", Sub(f"{self.api.url.data['Fn::Sub']}{WEBHOOKS}")),
            "WebhookSecretArn": ("The secret of webhooks", self.webhook_secret.arn),
            "WebhookSecretUrl": ("Where to read it", self.webhook_secret.url),
            "QueueUrl": ("Webhooks that wait", self.events.url),
            "DeadLetterQueueUrl": ("Those that could not be stored", self.events.dead_letters.url),
            "TableName": ("The table", self.table.name),
            "TableArn": ("For policies of other stacks", self.table.arn),
            "TableStreamArn": ("Every change, old and new", self.table.stream_arn),
            **({"EventBusArn": ("Every change as an event", self.changes.arn)} if self.changes else {}),
            "DashboardUrl": ("How the shop is", self.health.url),
            "AlarmTopicArn": ("Hears what is down or loses data", self.pager.arn),
            "NoticeTopicArn": ("Hears every alarm", self.pager.notices_arn),
        }


def shop(settings: Settings | None = None) -> Template:
    """The whole shop as a template; raises SettingError for settings that do not fit."""
    return Shop(settings or Settings()).template
