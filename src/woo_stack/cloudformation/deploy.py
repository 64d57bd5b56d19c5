"""A stack deployed: validated, uploaded, shown, agreed, executed and followed.

All of it is a change set that the console shows too, and the stack is the only state: whatever interrupts a deployment,
the same one again goes on where it was.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.cloudformation.body import Body
from woo_stack.cloudformation.change import Difference
from woo_stack.cloudformation.deployment import BOOTSTRAP_STACK, Deployment
from woo_stack.cloudformation.events import OnEvent, at_rest
from woo_stack.cloudformation.stack import Stack, outputs_of


@dataclass(frozen=True)
class Deployed:
    """What a deployment did: ``changed`` is false where nothing was to be done; ``seconds`` is what it took."""

    stack_id: str
    changed: bool
    outputs: Mapping[str, str]
    seconds: float
    difference: Difference


def deploy(
    stack: Stack,
    template: Body | Template | Mapping[str, Any] | Path | str,
    *,
    parameters: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    stack_policy: Mapping[str, Any] | None = None,
    code: Path | None = None,
    allow_replacement: Collection[str] = (),
    termination_protection: bool | None = None,
    rollback_alarms: Collection[str] | None = None,
    monitor_minutes: int = 0,
    capabilities: Collection[str] = (),
    role_arn: str | None = None,
    bucket: str | None = None,
    bootstrap_stack: str = BOOTSTRAP_STACK,
    on_difference: Callable[[Difference], None] = lambda _: None,
    approve: Callable[[Difference], bool] | None = None,
    on_event: OnEvent | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Deployed:
    """Bring the stack to what the template says, and tell how it went.

    Parameters that are not given keep the deployed value, else the default; without ``tags`` the stack's stay.
    ``stack_policy`` and ``termination_protection`` are set before an update and after a creation; None leaves them.
    ``code`` is the zip of a template that takes it from a bucket (default: the one beside the template).
    ``allow_replacement`` names what may be replaced or removed although it holds data. An update is set back when a
    composite alarm of the stack or one of ``rollback_alarms`` (ARNs) goes off while it runs, or in the
    ``monitor_minutes`` after. ``capabilities`` are acknowledged beside CAPABILITY_IAM. ``bucket`` and ``role_arn`` are
    those of ``bootstrap_stack`` where they are needed and not given.

    ``on_difference`` hears what would change before anything is refused, ``approve`` is asked before anything is done,
    ``on_event`` hears every event, and ``tell`` a sentence about each step and whatever else a person should know.

    Raises TemplateError, UnsafeError, DeclinedError, FailedError, and AwsError for the rest that AWS refuses. After
    any of them, and after Ctrl-C, the same call can be made again.
    """
    started = time.monotonic()
    deployment = Deployment(
        stack=stack,
        body=Body.of(template),
        parameters=parameters or {},
        tags=tags,
        stack_policy=stack_policy,
        termination_protection=termination_protection,
        rollback_alarms=tuple(rollback_alarms or ()),
        monitor_minutes=monitor_minutes,
        capabilities=tuple(capabilities),
        role_arn=role_arn,
        bucket=bucket,
        bootstrap_stack=bootstrap_stack,
        on_event=on_event,
        tell=tell,
    )
    deployment.check()
    described = at_rest(stack, on_event, tell)
    deployment.refuse_state(described)
    prepared = deployment.with_code(code).prepare(described)
    with prepared.taken_back_unless_executed():
        on_difference(prepared.difference)
    if prepared.changes.empty:
        deployment.guard(described)
        outputs = outputs_of(described or {})
        return Deployed(prepared.changes.stack_id, False, outputs, time.monotonic() - started, prepared.difference)
    with prepared.taken_back_unless_executed():
        prepared.refuse_unsafe(allow_replacement)
        prepared.ask(approve)
        token = prepared.execute(described)
    outcome = prepared.finish(token)
    return Deployed(outcome.stack_id, True, outcome.outputs, time.monotonic() - started, prepared.difference)
