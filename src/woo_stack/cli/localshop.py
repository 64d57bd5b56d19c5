"""The shop on this machine: its template deployed into an emulator, behind an HTTPS front.

The emulator refuses types it does not know: those are left out, and told. What it accepts and does nothing about is
told as well.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from woo_stack.cli.denials import Denials
from woo_stack.cli.documents import Document
from woo_stack.cli.emulator import Emulator
from woo_stack.cli.errors import CommandError
from woo_stack.cli.folder import temporary_folder
from woo_stack.cli.front import Front
from woo_stack.cli.loading import load
from woo_stack.cli.progress import step, tell
from woo_stack.cloudformation.changeset import ChangeSet, Template
from woo_stack.cloudformation.events import finished
from woo_stack.cloudformation.stack import Stack, output
from woo_stack.cloudformation.unsupported import UnrecognizedTypesError, without_types
from woo_stack.handler.mirror import Mirror
from woo_stack.handler.table import Table
from woo_stack.template import TEMPLATE_BODY_BYTES

STACK = "woo-stack-local"
WITHOUT_EFFECT = (
    "IAM policies, expiry (TTL), point-in-time recovery, request validation, X-Ray, access logs, metrics of API "
    "Gateway, of filters and of log lines (EMF), dimensions of alarms, pipes to an event bus, parallel message groups "
    "(a FIFO queue is read a batch at a time); of HTTP APIs throttling and CORS, and OPTIONS is always answered 403"
)

# `https://<api id>.execute-api.<region>.<suffix>/<stage>`; an HTTP API's $default stage has no path.
_API_URL = re.compile(r"https://([^./]+)\.execute-api\.[^/]+(/.*)?")


@dataclass(frozen=True)
class LocalShop:
    """A shop that answers: what a client needs, and what is behind it.

    ``url`` is what a WooCommerce client takes; it trusts ``ca_file`` (PEM). ``outputs`` are the stack's. The webhooks'
    URL and secret are None where the template has no such output.
    """

    url: str
    consumer_key: str
    consumer_secret: str
    ca_file: Path
    outputs: Mapping[str, str]
    emulator: Emulator
    webhook_url: str | None = None
    webhook_secret: str | None = None

    def load(self, documents: Iterable[Document]) -> str:
        """Store documents in its table; returns how many of each kind, as `loading.load` says it."""
        client = self.emulator.session().client("dynamodb", endpoint_url=self.emulator.endpoint)
        return load(Mirror(Table(client, output(self.outputs, "TableName"))), documents)


@contextmanager
def local_shop(template: str, *, parameters: Mapping[str, str] | None = None, port: int = 0) -> Iterator[LocalShop]:
    """Start the shop that the template (its text, JSON) describes, and stop all of it at the end.

    ``port`` is the front's, 0 for a free one. Raises CommandError for whatever is missing or refused; what it does
    is told on stderr.
    """
    parsed = _parsed(template)
    _check(parameters or {}, parsed)
    if not parsed.get("Resources"):
        raise CommandError("the template has no Resources, allowed: a CloudFormation template in JSON")
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        front = Front(folder / "ca.pem", port)
        stack.callback(front.close)
        with step("starting the emulator"):
            emulator = stack.enter_context(Emulator(folder))
        outputs = _deploy(emulator, template, parsed, parameters or {})
        api_id, stage = _api(outputs, "ApiUrl")
        front.serve(emulator.port, f"/_aws/execute-api/{api_id}", Denials(emulator, api_id).filled)
        yield LocalShop(
            url=front.url + stage,
            ca_file=front.ca_file,
            outputs=outputs,
            emulator=emulator,
            **_secret(emulator, outputs, "ApiKeySecretArn", "consumer_key", "consumer_secret"),
            **_webhook(emulator, outputs, front.url),
        )


def _parsed(template: str) -> dict[str, Any]:
    """The template, of the shape that CloudFormation's own answer to a wrong one can be relied on."""
    try:
        parsed = json.loads(template)
    except ValueError as error:
        raise CommandError(f"the template is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise CommandError("the template is not a JSON object")
    for section in ("Parameters", "Resources", "Outputs"):
        entries = parsed.get(section, {})
        if not (isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())):
            raise CommandError(f"the template's section {section} is not an object of objects")
    for logical_id, resource in parsed.get("Resources", {}).items():
        if not isinstance(resource.get("Type"), str):
            raise CommandError(f"the template's resource {logical_id} has no Type")
    return parsed


def _check(parameters: Mapping[str, str], template: dict[str, Any]) -> None:
    declared = template.get("Parameters", {})
    for name in parameters:
        if name not in declared:
            allowed = ", ".join(declared) or "none, the template has no parameters"
            raise CommandError(f"--parameter {name} is not in the template, allowed: {allowed}")


def _deploy(emulator: Emulator, template: str, parsed: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy the template as it is; if the emulator does not know all of its types, without those."""
    stack = Stack(STACK, emulator.session(), emulator.endpoint)
    with step("checking the template"):
        try:
            changes = ChangeSet.create(stack, _sent(emulator, template), parameters=parameters)
            trimmed = None
        except UnrecognizedTypesError as unrecognized:
            trimmed = without_types(parsed, unrecognized.types)
            sent = _sent(emulator, json.dumps(trimmed.template))
            changes = ChangeSet.create(stack, sent, parameters=parameters)
    for line in trimmed.lines() if trimmed else []:
        tell(f"  not emulated, left out: {line}")
    tell(f"  accepted without effect: {WITHOUT_EFFECT}")
    with step("creating the stack"):
        changes.execute(STACK)
        return finished(stack, STACK)


def _sent(emulator: Emulator, template: str) -> Template:
    """The template as CloudFormation takes it: a long one by way of a bucket."""
    if len(template.encode()) <= TEMPLATE_BODY_BYTES:
        return {"TemplateBody": template}
    client = emulator.session().client("s3", endpoint_url=emulator.endpoint)
    client.create_bucket(Bucket=STACK)
    client.put_object(Bucket=STACK, Key="template.json", Body=template.encode())
    return {"TemplateURL": f"{emulator.endpoint}/{STACK}/template.json"}


def _api(outputs: Mapping[str, str], name: str) -> tuple[str, str]:
    """The id of the API that an output names and the path there (`/prod`, or nothing)."""
    url = output(outputs, name)
    if not (found := _API_URL.fullmatch(url.rstrip("/"))):
        raise CommandError(f"output {name} is {url}, allowed: https://<api id>.execute-api.<region>.<suffix>/<stage>")
    return found[1], found[2] or ""


def _webhook(emulator: Emulator, outputs: Mapping[str, str], front_url: str) -> dict[str, str]:
    """URL and secret for the shop's webhooks, as far as the template has them."""
    found = {}
    if "WebhookUrl" in outputs:
        found["webhook_url"] = front_url + _api(outputs, "WebhookUrl")[1]
    if "WebhookSecretArn" in outputs:
        found |= _secret(emulator, outputs, "WebhookSecretArn", "webhook_secret")
    return found


def _secret(emulator: Emulator, outputs: Mapping[str, str], name: str, *keys: str) -> dict[str, str]:
    """What the secret that an output names holds under these keys."""
    arn = output(outputs, name)
    client = emulator.session().client("secretsmanager", endpoint_url=emulator.endpoint)
    try:
        secret = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
        return {key: secret[key] for key in keys}
    except ClientError as error:
        raise CommandError(f"the secret {arn} of output {name} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"the secret {arn} holds no key, allowed: JSON with {' and '.join(keys)}") from error
