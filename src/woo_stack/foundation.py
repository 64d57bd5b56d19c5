"""What every part of the shop stands on: the form's answers, the key, the code, and how a function is made of them."""

from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from awacs.aws import Statement
from troposphere import Equals, Not, Parameter, Ref, Template

from woo_stack.code import Code, Inline, archive, bundle, s3
from woo_stack.component import Value
from woo_stack.encryption import EncryptionKey
from woo_stack.function import Function
from woo_stack.parameters import CODE_QUESTIONS, CONDITIONS, QUESTIONS, Question, form
from woo_stack.settings import Settings

#: Notes of the engines that are answered once, for the whole template.
NOTES = {
    "I4010": "What each part is for is in the README.",
    "I9040": "The stack's tags reach all that takes some.",
    "I9001": "What holds data is retained.",
}


@dataclass(frozen=True, eq=False)
class Foundation:
    """Settings, and what is made of them before there is a first component."""

    settings: Settings = field(default_factory=Settings)

    @cached_property
    def encryption(self) -> EncryptionKey | None:
        """The key for everything that is stored, unless AWS's own keys do."""
        return EncryptionKey("Data") if self.settings.customer_key else None

    @property
    def kms_key(self) -> Value | None:
        """Its ARN, as every component takes it."""
        return self.encryption.arn if self.encryption else None

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The template's parameters by name."""
        return {question.name: question.parameter for question in self._questions}

    @cached_property
    def code(self) -> Code:
        """The one copy of the code that all functions run."""
        if self.settings.code == "inline":
            return Inline(handler_source(), mapping="Handler")
        return s3(self.parameters["CodeBucket"], self.parameters["CodeKey"])

    def function(
        self, title: str, handler: str, environment: dict[str, Value], *statements: Statement, **more: Any
    ) -> Function:
        """A function with what all of them share; `more` are other fields of `Function`."""
        shared = {
            "memory_mb": self.settings.memory_mb,
            "timeout_seconds": self.settings.timeout_seconds,
            "log_level": self.parameters["LogLevel"],
            "retention_days": self.parameters["LogRetentionDays"],
            "tracing": self.settings.tracing,
            "kms_key": self.kms_key,
        }
        return Function(
            title, code=self.code, handler=handler, environment=environment, statements=statements, **(shared | more)
        )

    def empty(self, description: str) -> Template:
        """A template with the form's questions and nothing else."""
        template = Template(Description=description, Metadata={**form(self._questions), "woo-stack": {"notes": NOTES}})
        for parameter in self.parameters.values():
            template.add_parameter(parameter)
        for name, (question, no) in CONDITIONS.items():
            template.add_condition(name, Not(Equals(Ref(question), no)))
        return template

    @cached_property
    def _questions(self) -> tuple[Question, ...]:
        if self.settings.code == "inline":
            return QUESTIONS
        bucket, key = CODE_QUESTIONS
        return (*QUESTIONS, bucket, replace(key, default=archive(handler_source())[0]))


@cache
def handler_source() -> str:
    """The code that the functions run: the package `woo_stack.handler` as one module."""
    return bundle(Path(str(files("woo_stack.handler"))))
