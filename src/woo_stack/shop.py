"""The reference architecture: a WooCommerce shop's read API, from the entry to the table, alarmed.

entry   GET /wp-json/wc/v3/…  ─►  api  ─►  authorizer (api_key)
                                   └─────►  reader  ─►  table        data
eyes    health: dashboard and alarms of all of them  ─►  pager
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from awacs.aws import Statement
from troposphere import Equals, Export, Not, Output, Parameter, Ref, Sub, Template

from woo_stack.account import ApiAccount
from woo_stack.alarms import Watched
from woo_stack.api import RestApi
from woo_stack.code import Code, Inline, archive, bundle, s3
from woo_stack.component import Component, Value
from woo_stack.encryption import EncryptionKey
from woo_stack.function import Function
from woo_stack.gateway_responses import GatewayResponse
from woo_stack.monitoring import Monitoring
from woo_stack.pager import Pager
from woo_stack.parameters import CODE_QUESTIONS, QUESTIONS, Question, form
from woo_stack.routes import Authorizer, Route
from woo_stack.secret import ApiKey
from woo_stack.settings import Settings
from woo_stack.table import Key, Table

DESCRIPTION = "A WooCommerce shop's back end: API Gateway, Lambda and DynamoDB, hardened and alarmed (woo-stack)"
PATHS = [
    f"/wp-json/wc/v3/{kind}{one}" for kind in ("products", "orders", "customers", "coupons") for one in ("", "/{id}")
]
#: API Gateway's own answers as WooCommerce gives them; the authorizer chooses between its two refusals.
WOOCOMMERCE = {
    "UNAUTHORIZED": GatewayResponse("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401),
    "ACCESS_DENIED": GatewayResponse("$context.authorizer.code", "$context.authorizer.message", 401),
    "MISSING_AUTHENTICATION_TOKEN": GatewayResponse(
        "rest_no_route", "No route was found matching the URL and request method.", 404
    ),
}
#: Notes of the engines that are answered once, for the whole template.
NOTES = {
    "I4010": "What each part is for stands in the documentation; here it would take a tenth of the template's budget.",
    "I9040": "CloudFormation puts the stack's tags on everything that takes some; environments/*.json set them.",
    "I9001": "Properties that replace a resource are frozen by its title; what holds data is retained.",
}


@dataclass(frozen=True, eq=False)
class Shop:
    """The shop's components, made from `settings` when they are first asked for, and the template of them all.

    Change a component's troposphere objects, or add to `template`, as with any other; raises SettingError for
    settings that do not fit.
    """

    settings: Settings = field(default_factory=Settings)

    # --- data: one table, encrypted with the stack's own key

    @cached_property
    def encryption(self) -> EncryptionKey | None:
        """The key for everything that is stored, unless AWS's own keys do."""
        return EncryptionKey("Data") if self.settings.customer_key else None

    @cached_property
    def table(self) -> Table:
        """Documents, list rows and counters."""
        return Table(
            "Documents",
            key=Key("pk", "sk"),
            encryption=self._kms_key or Table.AWS_MANAGED,
            recovery_days=self.settings.recovery_days,
            ttl_attribute="ttl",
            stream="NEW_AND_OLD_IMAGES",
            deletion_protection=self.parameters["DeletionProtection"],
        )

    # --- entry: who may call, what is answered, and where

    @cached_property
    def api_key(self) -> ApiKey:
        """The WooCommerce key that clients present."""
        return ApiKey("ApiKey", kms_key=self._kms_key)

    @cached_property
    def authorizer(self) -> Function:
        """Checks a consumer key and secret."""
        return self._function(
            "Authorizer", "index.authorize", {"API_KEY_SECRET": self.api_key.arn}, self.api_key.allow()
        )

    @cached_property
    def reader(self) -> Function:
        """Answers GET requests from the table."""
        made = self._function("Reader", "index.read", {"TABLE_NAME": self.table.name}, self.table.allow(*Table.READ))
        return replace(made, reserved_concurrency=self.settings.reader_concurrency)

    @cached_property
    def api(self) -> RestApi:
        """WooCommerce's routes, and its own 404 for every other path."""
        keys = Authorizer("Key", self.authorizer)
        if self.settings.query_string_credentials:
            keys = replace(keys, identity=(), cache_seconds=0)
        route = Route(self.reader, auth=keys)
        return RestApi(
            "Api",
            routes={**{f"GET {path}": route for path in PATHS}, "ANY /{proxy+}": route},
            stage=self.settings.stage,
            throttle_rate=self.parameters["ThrottleRate"],
            throttle_burst=self.parameters["ThrottleBurst"],
            retention_days=self.parameters["LogRetentionDays"],
            metrics_by_route=self.settings.metrics_by_route,
            tracing=self.settings.tracing,
            kms_key=self._kms_key,
            responses=WOOCOMMERCE,
            account=self.api_account,
        )

    @cached_property
    def api_account(self) -> ApiAccount:
        """The account's log role for API Gateway, if this stack is to set it."""
        return ApiAccount("ApiLogs", condition="ManagesApiLogRole", api_id="ApiApi")

    # --- eyes: what is drawn, what alarms, and who hears it

    @cached_property
    def pager(self) -> Pager:
        """Who hears of an alarm."""
        return Pager("Pager", email=self.parameters["AlarmEmail"], condition="HasAlarmEmail", kms_key=self._kms_key)

    @cached_property
    def health(self) -> Monitoring:
        """Dashboard and alarms."""
        watched: list[Watched] = [self.api, self.reader, self.authorizer, self.table]
        return Monitoring("Health", of=watched, actions=[self.pager.arn], thresholds=self.settings.thresholds)

    # --- and all of it together

    @cached_property
    def template(self) -> Template:
        """The template with all components, the form's questions and the outputs."""
        template = Template(Description=DESCRIPTION, Metadata={**form(self._questions), "woo-stack": {"notes": NOTES}})
        for parameter in self.parameters.values():
            template.add_parameter(parameter)
        template.add_condition("HasAlarmEmail", Not(Equals(Ref("AlarmEmail"), "")))
        template.add_condition("ManagesApiLogRole", Equals(Ref("ManageApiLogRole"), "true"))
        for component in self.components():
            component.add_to(template)
        for name, (description, value) in self.outputs().items():
            export = {"Export": Export(Sub(f"${{AWS::StackName}}-{name}"))} if self.settings.exports else {}
            template.add_output(Output(name, Description=description, Value=value, **export))
        return template

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The template's parameters by name."""
        return {question.name: question.parameter for question in self._questions}

    def components(self) -> Iterator[Component]:
        """Every component, in the order in which the template lists them."""
        if self.encryption:
            yield self.encryption
        yield from (self.table, self.api_key, self.authorizer, self.reader, self.api_account, self.api)
        yield from (self.pager, self.health)

    def outputs(self) -> dict[str, tuple[str, Value]]:
        """What a person or another stack needs to know: description and value by name."""
        return {
            "ApiUrl": ("What a WooCommerce client takes as its url", self.api.url),
            "ApiKeySecretArn": ("The secret with consumer key and secret", self.api_key.arn),
            "ApiKeyUrl": ("Where to read them", self.api_key.url),
            "TableName": ("The table", self.table.name),
            "TableArn": ("For policies of other stacks", self.table.arn),
            "TableStreamArn": ("Every change of a document, old and new", self.table.stream_arn),
            "DashboardUrl": ("How the shop is", self.health.url),
            "AlarmTopicArn": ("Where alarms are published", self.pager.arn),
        }

    @property
    def _kms_key(self) -> Value | None:
        return self.encryption.arn if self.encryption else None

    @cached_property
    def _questions(self) -> tuple[Question, ...]:
        if self.settings.code == "inline":
            return QUESTIONS
        bucket, key = CODE_QUESTIONS
        return (*QUESTIONS, bucket, replace(key, default=archive(handler_source())[0]))

    @cached_property
    def _code(self) -> Code:
        if self.settings.code == "inline":
            return Inline(handler_source(), mapping="Handler")
        return s3(self.parameters["CodeBucket"], self.parameters["CodeKey"])

    def _function(self, title: str, handler: str, environment: dict[str, Value], statement: Statement) -> Function:
        return Function(
            title,
            code=self._code,
            handler=handler,
            environment=environment,
            statements=[statement],
            memory_mb=self.settings.memory_mb,
            timeout_seconds=self.settings.timeout_seconds,
            log_level=self.parameters["LogLevel"],
            retention_days=self.parameters["LogRetentionDays"],
            tracing=self.settings.tracing,
            kms_key=self._kms_key,
        )


def shop(settings: Settings | None = None) -> Template:
    """The whole shop as a template; raises SettingError for settings that do not fit."""
    return Shop(settings or Settings()).template


@cache
def handler_source() -> str:
    """The code that the functions run: the package `woo_stack.handler` as one module."""
    return bundle(Path(str(files("woo_stack.handler"))))
