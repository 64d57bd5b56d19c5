"""The secrets that a stack makes for itself: nobody has seen one before somebody with the right to read it does."""

import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from awacs.aws import Allow, Statement
from awacs.secretsmanager import DescribeSecret, GetSecretValue, PutSecretValue, UpdateSecretVersionStage
from troposphere import AWSObject, Join, Ref, Select, Split, Sub, secretsmanager

from woo_stack.component import Component, Value, given

#: What GetRandomPassword makes passwords of, unless told to leave some out.
_CHARACTERS = string.ascii_letters + string.digits + string.punctuation


@dataclass(frozen=True, eq=False)
class _GeneratedSecret(Component):
    """A secret in JSON, one value of which is random; each kind says what it is and how it is made."""

    MEANS: ClassVar[str]
    #: What the random value is made of, and how many characters it has.
    ALPHABET: ClassVar[str]
    LENGTH: ClassVar[int]

    kms_key: Value | None = None

    @property
    def arn(self) -> Value:
        """The secret's ARN."""
        return Ref(self.secret)

    @property
    def url(self) -> Value:
        """Where a person finds the values."""
        return Sub(
            f"https://console.aws.amazon.com/secretsmanager/secret?name=${{{self.secret.title}}}&region=${{AWS::Region}}"
        )

    @classmethod
    def new(cls) -> str:
        """Another random value, like the one that Secrets Manager makes with the stack."""
        return "".join(secrets.choice(cls.ALPHABET) for _ in range(cls.LENGTH))

    def allow(self) -> Statement:
        """A statement that allows to read it; with a key of your own `allow_key(key)` is needed as well."""
        return Statement(Effect=Allow, Action=[GetSecretValue], Resource=[self.arn])

    def allow_rotation(self) -> Statement:
        """A statement that allows what a rotation function does with it and with no other: for `SecretRotation`.

        https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
        """
        steps = [DescribeSecret, GetSecretValue, PutSecretValue, UpdateSecretVersionStage]
        return Statement(Effect=Allow, Action=steps, Resource=[self.arn])

    @cached_property
    def secret(self) -> secretsmanager.Secret:
        """The secret."""
        return secretsmanager.Secret(
            self.id("Secret"),
            DeletionPolicy="Delete",
            Description=Sub(f"{self.MEANS} of ${{AWS::StackName}}"),
            GenerateSecretString=secretsmanager.GenerateSecretString(
                ExcludeCharacters="".join(one for one in _CHARACTERS if one not in self.ALPHABET),
                PasswordLength=self.LENGTH,
                **self._generated(),
            ),
            UpdateReplacePolicy="Delete",
            **given(KmsKeyId=self.kms_key),
        )

    def resources(self) -> Iterator[AWSObject]:
        """The secret."""
        yield self.secret

    def _generated(self) -> dict[str, Any]:
        """How the rest of the secret is made, as GenerateSecretString takes it."""
        raise NotImplementedError  # each secret has a shape of its own


@dataclass(frozen=True, eq=False)
class ApiKey(_GeneratedSecret):
    """A secret ``{"consumer_key": "ck_…", "consumer_secret": "…"}`` with both values as a client takes them.

    The key names the stack (its 40 hexadecimal digits come from the stack's id); the secret is 40 random ones, 160
    bits.
    """

    MEANS: ClassVar = "WooCommerce consumer key and secret"
    ALPHABET: ClassVar = string.digits + "abcdef"
    LENGTH: ClassVar = 40

    def _generated(self) -> dict[str, Any]:
        # The last part of a stack's ARN is a UUID: five groups, and eight zeros between them make 40 digits.
        digits = Join("00", Split("-", Select(2, Split("/", Ref("AWS::StackId")))))
        return {
            "GenerateStringKey": "consumer_secret",
            "RequireEachIncludedType": False,
            "SecretStringTemplate": Sub('{"consumer_key":"ck_${Digits}"}', Digits=digits),
        }


@dataclass(frozen=True, eq=False)
class WebhookSecret(_GeneratedSecret):
    """A secret ``{"webhook_secret": "…"}`` by which WooCommerce signs what it delivers.

    50 letters and digits, as many as WooCommerce makes itself, and none that its HTML-encoded form would change.
    """

    MEANS: ClassVar = "WooCommerce webhook secret"
    ALPHABET: ClassVar = string.digits + string.ascii_letters
    LENGTH: ClassVar = 50

    def _generated(self) -> dict[str, Any]:
        return {"GenerateStringKey": "webhook_secret", "SecretStringTemplate": "{}"}
