"""A WooCommerce shop's back end on AWS, and the hardened components it is made of."""

from woo_stack.account import ApiAccount
from woo_stack.api import RestApi
from woo_stack.artifacts import Release, release, synth
from woo_stack.basic_execution import BasicExecution
from woo_stack.bootstrap_stack import Bootstrap
from woo_stack.bucket import Bucket
from woo_stack.code import inline, s3
from woo_stack.component import Component, SettingError, WooStackError
from woo_stack.encryption import EncryptionKey, allow_key
from woo_stack.event_bus import EventBus
from woo_stack.event_source import EventSource
from woo_stack.function import Function
from woo_stack.gateway_responses import GatewayResponse
from woo_stack.key import Key, Throughput
from woo_stack.metric import Metric, Watch
from woo_stack.monitoring import Monitoring
from woo_stack.pager import Pager
from woo_stack.publish import PublishError, publish
from woo_stack.queue import DeadLetters, Queue
from woo_stack.routes import Authorizer, Open, Route
from woo_stack.runbook import runbook
from woo_stack.schedule import Schedule
from woo_stack.secret import ApiKey, WebhookSecret
from woo_stack.settings import Settings
from woo_stack.shop import Shop, shop
from woo_stack.table import Table
from woo_stack.template import to_json
from woo_stack.validate import Finding, problems

__version__ = "0.1.0"
__all__ = [
    "ApiAccount",
    "ApiKey",
    "Authorizer",
    "BasicExecution",
    "Bootstrap",
    "Bucket",
    "Component",
    "DeadLetters",
    "EncryptionKey",
    "EventBus",
    "EventSource",
    "Finding",
    "Function",
    "GatewayResponse",
    "Key",
    "Metric",
    "Monitoring",
    "Open",
    "Pager",
    "PublishError",
    "Queue",
    "Release",
    "RestApi",
    "Route",
    "Schedule",
    "SettingError",
    "Settings",
    "Shop",
    "Table",
    "Throughput",
    "Watch",
    "WebhookSecret",
    "WooStackError",
    "allow_key",
    "inline",
    "problems",
    "publish",
    "release",
    "runbook",
    "s3",
    "shop",
    "synth",
    "to_json",
]
