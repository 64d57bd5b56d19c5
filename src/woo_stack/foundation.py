"""What every part of the shop stands on: the form's answers, the key, the code, and how a function is made of them."""

from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from awacs.aws import Statement
from troposphere import Equals, Not, Parameter, Ref, Template

from woo_stack.account import ApiAccount
from woo_stack.basic_execution import BasicExecution
from woo_stack.cache import current
from woo_stack.code import Code, Inline, archive, inline, s3
from woo_stack.code_signing import CodeSigning
from woo_stack.component import Value
from woo_stack.encryption import EncryptionKey
from woo_stack.function import Function
from woo_stack.pager import Pager
from woo_stack.paging import ASKED
from woo_stack.parameters import CODE_QUESTIONS, CONDITIONS, QUESTIONS, Question, form
from woo_stack.settings import Settings


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

    @property
    def bundled(self) -> Inline:
        """The code of the functions; what rotates secrets is in it only where they are rotated."""
        return handler_code(rotation=self.settings.rotation_days is not None)

    @cached_property
    def code(self) -> Code:
        """The one copy of the code that all functions run."""
        if self.settings.code == "inline":
            return self.bundled
        return s3(self.parameters["CodeBucket"], self.parameters["CodeKey"])

    @cached_property
    def basic_execution(self) -> BasicExecution:
        """The log group that all functions write to, and the rights that each of them needs."""
        return BasicExecution(
            "Functions",
            retention_days=self.parameters["LogRetentionDays"],
            kms_key=self.kms_key,
            tracing=self.settings.tracing,
            dead_letter_topic=self.pager.notices_arn,
        )

    @cached_property
    def signing(self) -> CodeSigning | None:
        """Who must have signed the code, if somebody must."""
        profiles = self.settings.signing_profiles
        return CodeSigning("Signing", profile_version_arns=profiles) if profiles else None

    @cached_property
    def api_account(self) -> ApiAccount:
        """The account's log role for API Gateway, if this stack is to set it."""
        return ApiAccount("ApiLogs", condition="ManagesApiLogRole", api_id="ApiApi")

    @cached_property
    def pager(self) -> Pager:
        """Who is woken, and who reads it in the morning."""
        return Pager(
            "Pager",
            email=self.parameters["AlarmEmail"],
            condition="HasAlarmEmail",
            with_notices=True,
            notice_email=self.parameters["NoticeEmail"],
            notice_condition="HasNoticeEmail",
            kms_key=self.kms_key,
        )

    def function(
        self, title: str, handler: str, environment: dict[str, Value], *statements: Statement, **more: Any
    ) -> Function:
        """A function with what all of them share; `more` are other fields of `Function`."""
        shared = {
            "memory_mb": self.settings.memory_mb,
            "timeout_seconds": self.settings.timeout_seconds,
            "log_level": self.parameters["LogLevel"],
            "basic_execution": self.basic_execution,
            "tracing": self.settings.tracing,
            "kms_key": self.kms_key,
            "reserved_concurrency": self.settings.concurrency.get(title),
            "network": self.settings.network,
            "code_signing": self.signing and self.signing.arn,
        }
        return Function(
            title, code=self.code, handler=handler, environment=environment, statements=statements, **(shared | more)
        )

    def empty(self, description: str) -> Template:
        """A template with the form's questions and nothing else."""
        template = Template(Description=description, Metadata=form(self._questions))
        for parameter in self.parameters.values():
            template.add_parameter(parameter)
        for name, (question, no) in CONDITIONS.items():
            if question in self.parameters:
                template.add_condition(name, Not(Equals(Ref(question), no)))
        return template

    @cached_property
    def _questions(self) -> tuple[Question, ...]:
        # What a setting has answered is no question, and a parameter that nothing uses is a finding.
        answered = {question for alarm, question in ASKED.items() if alarm in self.settings.thresholds}
        answered |= {"IntakeConcurrency"} if "Intake" in self.settings.concurrency else set()
        answered |= {"ManageApiLogRole"} if self.settings.api == "http" else set()
        questions = [question for question in QUESTIONS if question.name not in answered]
        if self.settings.code == "inline":
            return (*questions,)
        bucket, key = CODE_QUESTIONS
        return (*questions, bucket, replace(key, default=archive(self.bundled)[0]))


@cache
def handler_code(*, rotation: bool = False) -> Inline:
    """The code that the functions run: the package `woo_stack.handler` as one module, of which each gets its own part.

    So they start faster. Somebody waits for most of them: who asks for the first time starts the authorizer and then
    the reader, and WooCommerce waits five seconds at most for the intake.
    """
    if kept := current().get("handler", str(rotation)):
        return Inline(**kept)
    folder = Path(str(files("woo_stack.handler")))
    functions = ("authorize", "receive", "read", "apply", "recount", *(["rotate"] if rotation else []))
    without = () if rotation else ("rotation",)
    made = inline(folder, mapping="Handler", functions=functions, without=without)
    current().put(asdict(made), "handler", str(rotation))
    return made


def handler_source() -> str:
    """The text of the shop's code."""
    return handler_code().source
