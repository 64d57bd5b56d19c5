"""The secrets of a deployed shop: read as clients and webhooks take them, and changed without a gap.

A change puts the new one beside the old one, and both are good until it is finished. It is a new version of the secret,
which becomes the current one only if nobody else has changed it meanwhile: who interrupts or repeats it does no harm.
No error here holds a value, and neither does the `repr` of a result.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from woo_stack.cloudformation.refusals import AwsError, asking
from woo_stack.cloudformation.stack import Stack
from woo_stack.secret import ApiKey, WebhookSecret

#: How long, in seconds, a function goes on trusting a secret that it has read, and the least time after which it looks
#: again for a caller who does not fit; how long API Gateway remembers what the authorizer said of a caller.
TRUST_SECONDS, DOUBT_SECONDS, ANSWER_SECONDS = 300, 10, 300
#: After which every function takes a new secret: Secrets Manager itself may tell the old one for a moment.
WAIT_SECONDS = DOUBT_SECONDS + 5

#: The label that a new version has until it is the current one.
_NEXT = "WOO_STACK_NEXT"
#: What clients take and what webhooks take, by the output that names the secret. The old ones end in ``_2``.
_API, _WEBHOOKS = "ApiKeySecretArn", "WebhookSecretArn"
_NAMES = {_API: ("consumer_key", "consumer_secret"), _WEBHOOKS: ("webhook_secret",)}
_COMMANDS = {_API: "woo-stack credentials --finish", _WEBHOOKS: "woo-stack credentials --webhooks --finish"}


@dataclass(frozen=True)
class ApiCredentials:
    """What a WooCommerce client takes; `changing` while the key and secret before are accepted too."""

    url: str
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    changing: bool


@dataclass(frozen=True)
class WebhookCredentials:
    """What a webhook takes; `changing` while deliveries that are signed by the secret before are accepted too."""

    webhook_url: str
    webhook_secret: str = field(repr=False)
    changing: bool


def api_credentials(stack: Stack) -> ApiCredentials:
    """URL, consumer key and secret of the shop ``stack``; AwsError where they cannot be read."""
    held = _Secret.of(stack, _API)
    return ApiCredentials(stack.output("ApiUrl"), **held.good, changing=held.changing)


def webhook_credentials(stack: Stack) -> WebhookCredentials:
    """Delivery URL and secret of the shop ``stack``; AwsError where they cannot be read."""
    held = _Secret.of(stack, _WEBHOOKS)
    return WebhookCredentials(stack.output("WebhookUrl"), **held.good, changing=held.changing)


def rotate(stack: Stack, *, key: bool = False) -> ApiCredentials:
    """Give clients a new consumer secret, and with `key` a new key too, beside the old pair.

    That stays good until `finish`. A function that has looked less than `DOUBT_SECONDS` ago does not know the new one
    yet, and API Gateway would remember its refusal: let `WAIT_SECONDS` pass before it is used. AwsError if it is not
    possible, or an earlier change has not been finished.
    """
    url = stack.output("ApiUrl")
    new = {"consumer_secret": ApiKey.new()} | ({"consumer_key": f"ck_{ApiKey.new()}"} if key else {})
    return ApiCredentials(url, **_Secret.of(stack, _API).put_beside(new), changing=True)


def finish(stack: Stack) -> bool:
    """Take the old key and secret of clients away; whether there were any.

    They work for up to `TRUST_SECONDS` and `ANSWER_SECONDS` more.
    """
    return _Secret.of(stack, _API).finish()


def rotate_webhooks(stack: Stack) -> WebhookCredentials:
    """Give the webhooks a new secret beside the old one, which stays good until `finish_webhooks`.

    Let `WAIT_SECONDS` pass before the shop signs by the new one: what is refused is not delivered again. AwsError
    where an earlier change has not been finished.
    """
    url = stack.output("WebhookUrl")
    new = {"webhook_secret": WebhookSecret.new()}
    return WebhookCredentials(url, **_Secret.of(stack, _WEBHOOKS).put_beside(new), changing=True)


def finish_webhooks(stack: Stack) -> bool:
    """Take the old secret of the webhooks away; whether there was one. It works for up to `TRUST_SECONDS` more."""
    return _Secret.of(stack, _WEBHOOKS).finish()


@dataclass(frozen=True)
class _Secret:
    """A secret as it was when it was read: `version` is its id, `output` the stack's that names it."""

    client: Any
    output: str
    arn: str
    version: str
    values: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, stack: Stack, output: str) -> "_Secret":
        """The secret that an output names, which has all that it should."""
        names = _NAMES[output]
        arn, client = stack.output(output), stack.client("secretsmanager")
        with asking(f"the secret {arn} cannot be read"):
            answer = client.get_secret_value(SecretId=arn)
        try:
            values = json.loads(answer.get("SecretString", ""))
        except ValueError:
            values = None
        if not (isinstance(values, dict) and all(isinstance(values.get(name), str) for name in names)):
            # Not from the parser's error, which has the text in it.
            raise AwsError(f"the secret {arn} has another form, allowed: JSON with {' and '.join(names)}")
        return cls(client, output, arn, answer["VersionId"], values)

    @property
    def good(self) -> dict[str, str]:
        """The values that are to be used."""
        return {name: self.values[name] for name in _NAMES[self.output]}

    @property
    def changing(self) -> bool:
        """Whether the values before are good too."""
        return any(self.values.get(f"{name}_2") for name in _NAMES[self.output])

    def put_beside(self, new: Mapping[str, str]) -> dict[str, str]:
        """Make these the values to be used, with the old ones beside them; AwsError while there are older ones."""
        if self.changing:
            sentence = f"finish that change first, by `{_COMMANDS[self.output]}`"
            raise AwsError(f"the secret {self.arn} still holds the one before it: {sentence}")
        old = {f"{name}_2": value for name, value in self.good.items()}
        made = replace(self, values={**self.values, **old, **new})
        self.become(made.values)
        return made.good

    def finish(self) -> bool:
        """Take the old values away; whether there were any."""
        old = {f"{name}_2" for name in _NAMES[self.output]}
        if not old & self.values.keys():
            return False
        self.become({name: value for name, value in self.values.items() if name not in old})
        return True

    def become(self, values: Mapping[str, Any]) -> None:
        """Make these its values; AwsError, and nothing has changed, when they are not what they were any more.

        The new version comes first and then, by AWS's own condition, the label that makes it the current one.
        """
        new, text = str(uuid4()), json.dumps(values)
        with asking(f"the secret {self.arn} cannot be changed"):
            self.client.put_secret_value(
                SecretId=self.arn, ClientRequestToken=new, SecretString=text, VersionStages=[_NEXT]
            )
        try:
            with asking(f"the secret {self.arn} cannot be changed"):
                self._label("AWSCURRENT", RemoveFromVersionId=self.version, MoveToVersionId=new)
        except AwsError as error:
            # Of a call whose answer was lost the repetition is refused, although the first has done it.
            if (now := self._current()) == new:
                return
            if now and now != self.version:
                sentence = "somebody else has changed it meanwhile, and that is what it holds now"
                raise AwsError(f"the secret {self.arn} was not changed: {sentence}", error.code) from error
            if not now and error.passing:
                raise AwsError(f"{error}; look first whether it was changed all the same", error.code) from error
            raise
        finally:
            with contextlib.suppress(AwsError), asking("the label cannot be removed"):
                self._label(_NEXT, RemoveFromVersionId=new)

    def _label(self, label: str, **move: str) -> None:
        self.client.update_secret_version_stage(SecretId=self.arn, VersionStage=label, **move)

    def _current(self) -> str:
        """The id of the version that is the current one now, empty where that is not told."""
        with contextlib.suppress(AwsError), asking("the versions cannot be read"):
            stages = self.client.describe_secret(SecretId=self.arn)["VersionIdsToStages"]
            return next((version for version, labels in stages.items() if "AWSCURRENT" in labels), "")
        return ""
