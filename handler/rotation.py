"""The rotation of the stack's secrets by Secrets Manager: a new one beside the one before, and both are good.

Secrets Manager makes four calls, each of which may come again. Between them the new version is pending: whoever reads
the secret gets the current one. What was good before the last rotation ends with the next.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

Where a schedule is made that does not rotate at once, it calls `testSecret` alone, with a pending version that it takes
away itself: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
"""

import json
import os
import secrets
import string
from typing import Any

from .runtime import Json, client, tell

#: By the variable that names a secret: what is made anew, of which characters and how many, as with the stack; and all
#: that stays good beside it.
MADE = {
    "API_KEY_SECRET": ("consumer_secret", string.digits + "abcdef", 40, ("consumer_key", "consumer_secret")),
    "WEBHOOK_SECRET": ("webhook_secret", string.digits + string.ascii_letters, 50, ("webhook_secret",)),
}

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class RotationError(Exception):
    """A rotation that must not go on. Its text holds no value."""


def rotate(event: Json, _context: Any) -> None:
    """Lambda's entry point as the rotation function of the secrets that its environment names, and of no other.

    Raises RotationError and what Secrets Manager raises: what was current stays so.
    """
    facts = {"step": event["Step"] if event["Step"] in STEPS else "unknown"}
    try:
        take(facts, event["SecretId"], event["ClientRequestToken"])
    except Exception as error:
        tell("rotate", facts, error)
        raise
    tell("rotate", facts)


def take(facts: Json, arn: str, version: str) -> None:
    """Take one of the steps; RotationError for a step, secret or version that is none of a rotation here."""
    step = facts["step"]
    variable = next((name for name in MADE if arn and os.environ.get(name) == arn), "")
    if not variable or step not in STEPS:
        raise RotationError("allowed: a step of Secrets Manager's, for a secret that the environment names")
    manager = client("secretsmanager")
    stages = manager.describe_secret(SecretId=arn)["VersionIdsToStages"]
    if "AWSCURRENT" in stages.get(version, ()):
        return
    if "AWSPENDING" not in stages.get(version, ()):
        raise RotationError("the version is not pending, as one is that Secrets Manager rotates to")
    (current,) = (each for each in stages if "AWSCURRENT" in stages[each])
    if step == "createSecret":
        create(arn, variable, current, version)
    elif step == "testSecret":
        try:
            facts["pending"] = standing(arn, variable, current, version)
        except manager.exceptions.ResourceNotFoundException:
            facts["pending"] = "empty"
    elif step == "finishSecret":
        confirm(arn, variable, current, version)
        # Refused where somebody else has changed the secret since.
        move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": version, "RemoveFromVersionId": current}
        manager.update_secret_version_stage(SecretId=arn, **move)


def create(arn: str, variable: str, current: str, version: str) -> None:
    """Make the pending version, unless it is there."""
    manager = client("secretsmanager")
    try:
        manager.get_secret_value(SecretId=arn, VersionId=version, VersionStage="AWSPENDING")
    except manager.exceptions.ResourceNotFoundException:
        name, characters, length, _ = MADE[variable]
        new = "".join(secrets.choice(characters) for _ in range(length))
        text = json.dumps(beside(held(arn, current), variable) | {name: new})
        manager.put_secret_value(
            SecretId=arn, ClientRequestToken=version, SecretString=text, VersionStages=["AWSPENDING"]
        )


def standing(arn: str, variable: str, current: str, version: str) -> str:
    """What a pending version is to the current one: ``new``, its ``copy`` (as for a test alone) or ``stale``.

    A test lets each of them through: the labels are not its matter, and after a refusal `finishSecret`, which ends
    what is stale, would never come.
    """
    new, good, name = held(arn, version), held(arn, current), MADE[variable][0]
    heir = beside(good, variable)
    if new == good:
        return "copy"
    is_new = new | {name: ""} == heir | {name: ""} and new.get(name) not in (None, "", good[name])
    return "new" if is_new else "stale"


def confirm(arn: str, variable: str, current: str, version: str) -> None:
    """Refuse a pending version by which what is good now would end: it is of no more use, and no longer pending.

    Secrets Manager would begin no other rotation as long as it is:
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    if standing(arn, variable, current, version) != "new":
        client("secretsmanager").update_secret_version_stage(
            SecretId=arn, VersionStage="AWSPENDING", RemoveFromVersionId=version
        )
        raise RotationError("the secret was changed since this rotation began, which ends here: rotate again")


def held(arn: str, version: str) -> Json:
    """What a version of a secret holds; RotationError where that is no JSON object."""
    text = client("secretsmanager").get_secret_value(SecretId=arn, VersionId=version).get("SecretString", "")
    try:
        return {**json.loads(text)}
    except (ValueError, TypeError):
        # Not from the parser's error, which has the text in it.
        raise RotationError("the secret has another form, allowed: a JSON object") from None


def beside(values: Json, variable: str) -> Json:
    """Values with what is good now in the second place too; RotationError where it is not in the first.

    What was in the second place ends with that, and so does the old pair of a ``credentials --rotate-key`` that waits
    for its ``--finish``: a schedule that waited for an operator would never rotate again where one forgets.
    """
    kept = {f"{part}_2": values.get(part) for part in MADE[variable][3]}
    if not all(kept.values()):
        raise RotationError(f"the secret has another form, allowed: JSON with {' and '.join(MADE[variable][3])}")
    return values | kept
