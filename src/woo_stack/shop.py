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
from typing import Any

from troposphere import If, Ref, Template

from woo_stack.alarms import Watched
from woo_stack.authorizers import Authorizer, Open
from woo_stack.component import Component
from woo_stack.event_source import EventSource
from woo_stack.foundation import Foundation
from woo_stack.function import Function
from woo_stack.gateway_responses import FILTERED, WOOCOMMERCE
from woo_stack.http_api import HttpApi
from woo_stack.key import Key
from woo_stack.metric import Metric
from woo_stack.monitoring import Monitoring
from woo_stack.options import Options
from woo_stack.outputs import WEBHOOKS, add_outputs
from woo_stack.paging import ASKED, DRAWN, SEVERITIES
from woo_stack.queue import Queue
from woo_stack.rest_api import RestApi
from woo_stack.roles import bounded
from woo_stack.routes import Route
from woo_stack.schedule import Schedule
from woo_stack.secret import ApiKey, WebhookSecret
from woo_stack.settings import Settings
from woo_stack.suppressions import suppress
from woo_stack.table import Table
from woo_stack.usage_plan import usage_key
from woo_stack.watch import WATCHED

DESCRIPTION = "A WooCommerce shop's back end: API Gateway, Lambda, SQS and DynamoDB, hardened and alarmed (woo-stack)"


@dataclass(frozen=True, eq=False)
class Shop(Foundation):
    """The shop's components, made from `settings` when they are first asked for, and the template of them all.

    Change them, or add to the template, as with any other; raises SettingError for settings that do not fit.
    """

    # --- data: one table, encrypted with the stack's own key

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

    # --- entry: who may call, what is answered, and where

    @cached_property
    def api_key(self) -> ApiKey:
        """The WooCommerce key that clients present."""
        return ApiKey("ApiKey", kms_key=self.kms_key)

    @cached_property
    def authorizer(self) -> Function:
        """Checks a consumer key and secret, and tells whose quota it is if there is one."""
        key, quota = self.api_key, {"USAGE_KEY": usage_key("Quota")} if self.settings.requests_per_day else {}
        return self.function("Authorizer", "index.authorize", {"API_KEY_SECRET": key.arn, **quota}, key.allow())

    @cached_property
    def reader(self) -> Function:
        """Answers requests from the table; it knows WooCommerce's routes, and its 404 for every other path."""
        return self.function(
            "Reader",
            "index.read",
            {"TABLE_NAME": self.table.name},
            self.table.allow(*Table.READ),
        )

    @cached_property
    def api(self) -> RestApi | HttpApi:
        """What is read and what is delivered; bodies pass byte for byte, for signatures and for gzip."""
        settings, form = self.settings, self.parameters
        entry: dict[str, Any] = {"routes": self.routes, "stage": settings.stage, "metrics": WATCHED["Webhooks"]}
        entry |= {"throttle_rate": form["ThrottleRate"], "throttle_burst": form["ThrottleBurst"]}
        entry |= {"metrics_by_route": settings.metrics_by_route, "retention_days": form["LogRetentionDays"]}
        if settings.api == "http":
            return HttpApi("Api", kms_key=self.kms_key, **entry)
        return RestApi(
            "Api",
            kms_key=self.kms_key,
            tracing=settings.tracing,
            responses={**WOOCOMMERCE, **(FILTERED if settings.firewall else {})},
            account=self.api_account,
            binary_media_types=["*/*"],
            sources=settings.sources,
            vpc_endpoints=settings.vpc_endpoints,
            cache_gb=settings.cache_gb,
            client_certificate=settings.client_certificate,
            **entry,
        )

    @property
    def routes(self) -> dict[str, Route]:
        """Two: whatever a key opens, and deliveries, which are signed."""
        settings, keys = self.settings, Authorizer("Key", self.authorizer)
        if settings.query_string_credentials:
            keys = replace(keys, identity=(), cache_seconds=0)
        rate, signed = settings.webhook_rate, Open("The intake itself checks each delivery's HMAC signature")
        return {
            "ANY /{proxy+}": Route(self.reader, keys, metered=bool(settings.requests_per_day)),
            f"POST {WEBHOOKS}": Route(self.intake, signed, rate, rate, sources=settings.webhook_sources),
        }

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
            reserved_concurrency=self.settings.concurrency.get("Intake")
            or If("ReservesIntake", Ref("IntakeConcurrency"), Ref("AWS::NoValue")),
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
        window = {"REPLAY_HOURS": str(self.settings.replay_hours)} if self.settings.replay_hours else {}
        return self.function(
            "Applier",
            "index.apply",
            {"TABLE_NAME": self.table.name, **redrive, **window},
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

    @cached_property
    def options(self) -> Options:
        """What the settings ask for beside all that."""
        return Options(self)

    # --- eyes: what is drawn, what alarms, and who hears it

    @cached_property
    def health(self) -> Monitoring:
        """Dashboard, alarms and saved queries."""
        watched: list[Watched] = [self.api, self.reader, self.authorizer, self.intake, self.applier, self.recounter]
        watched += [self.nightly, self.table, self.events, self.events.dead_letters, *self.options.watched()]
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

    @cached_property
    def template(self) -> Template:
        """The template with all components, the form's questions, the outputs, and answers to its judges.

        What is added to it afterwards is judged as well after another ``suppress(template)``.
        """
        template = self.empty(DESCRIPTION)
        for component in self.components():
            component.add_to(template)
        add_outputs(template, self, export=self.settings.exports)
        if self.settings.permissions_boundary:
            bounded(template, self.settings.permissions_boundary)
        suppress(template)
        return template

    def components(self) -> Iterator[Component]:
        """Every component, in the order in which the template lists them."""
        tiers: list[Any] = [self.encryption, self.settings.network, self.signing, self.basic_execution, self.table]
        tiers += [self.api_key, self.authorizer, self.reader, self.webhook_secret, self.events, self.intake]
        tiers += [self.applier, self.deliveries, self.recounter, self.nightly]
        tiers += [self.api_account if isinstance(self.api, RestApi) else None, self.api]
        yield from (part for part in (*tiers, *self.options.components(), self.pager, self.health) if part)


def shop(settings: Settings | None = None) -> Template:
    """The whole shop as a template; raises SettingError for settings that do not fit."""
    return Shop(settings or Settings()).template
