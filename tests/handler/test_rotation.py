"""Secrets Manager's rotation: four steps, each as often as it likes; what was good stays so until the next."""

import itertools
import json
import logging
import string
import uuid
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

KEY = {"note": "ours", "consumer_key": "ck_ours", "consumer_secret": "the-first-secret"}
HOOK = {"webhook_secret": "the-first-signature", "webhook_secret_3": "by hand"}
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
NUMBERS = itertools.count(1)


class Rotated:
    """A secret, and who rotates it as Secrets Manager does."""

    def __init__(self, handler, values):
        self.handler, self.client = handler, handler.client("secretsmanager")
        text = values if isinstance(values, str) else json.dumps(values)
        self.arn = self.client.create_secret(Name=f"rotated-{next(NUMBERS)}", SecretString=text)["ARN"]

    def step(self, name, version):
        self.handler.rotate({"Step": name, "SecretId": self.arn, "ClientRequestToken": version}, None)

    def read(self, stage="AWSCURRENT"):
        return json.loads(self.client.get_secret_value(SecretId=self.arn, VersionStage=stage)["SecretString"])

    def stages(self):
        return [
            sorted(version.get("VersionStages", ()))
            for version in self.client.list_secret_version_ids(SecretId=self.arn)["Versions"]
        ]

    def labels(self):
        return sorted(label for labels in self.stages() for label in labels)


@pytest.fixture
def new(handler, monkeypatch):
    """A secret that a function rotates; until its value is made a pending version has none, as on AWS."""
    real = handler.client("secretsmanager").describe_secret
    pending = []

    def describe(**given):
        answer = real(**given)
        for version in pending:
            answer["VersionIdsToStages"].setdefault(version, ["AWSPENDING"])
        return answer

    monkeypatch.setattr(handler.client("secretsmanager"), "describe_secret", describe)

    def made(variable="API_KEY_SECRET", values=KEY):
        rotated = Rotated(handler, values)
        monkeypatch.setenv(variable, rotated.arn)

        def begin():
            pending.append(str(uuid.uuid4()))
            return pending[-1]

        rotated.begin = begin
        return rotated

    return made


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(
    ("variable", "values", "name", "old", "alphabet", "length"),
    [
        ("API_KEY_SECRET", KEY, "consumer_secret",
         {"consumer_key_2": "ck_ours", "consumer_secret_2": "the-first-secret"}, "0123456789abcdef", 40),
        ("WEBHOOK_SECRET", HOOK, "webhook_secret",
         {"webhook_secret_2": "the-first-signature"}, string.ascii_letters + string.digits, 50),
    ],
)  # fmt: skip
def test_a_new_one_is_current_beside_the_one_before(*, new, variable, values, name, old, alphabet, length, times):
    rotated = new(variable, values)
    version = rotated.begin()
    for step in STEPS:
        for _ in range(times):
            assert rotated.read() == values or step == "finishSecret"
            rotated.step(step, version)
    made = rotated.read()
    assert made == {**values, **old, name: made[name]}
    assert made[name] != values[name]
    assert (len(made[name]), {*made[name]} <= {*alphabet}) == (length, True)
    assert rotated.read("AWSPREVIOUS") == values
    # AWS begins no other rotation while another version than the current one is pending.
    assert [labels for labels in rotated.stages() if "AWSPENDING" in labels] == [["AWSCURRENT", "AWSPENDING"]]


def test_what_was_good_before_the_last_rotation_ends_with_the_next(new):
    rotated = new()
    secrets = [KEY["consumer_secret"]]
    for _ in range(3):
        version = rotated.begin()
        for step in STEPS:
            rotated.step(step, version)
        secrets.append(rotated.read()["consumer_secret"])
        assert rotated.read()["consumer_secret_2"] == secrets[-2]
    assert len({*secrets}) == 4
    assert not {*secrets[:2]} & {*rotated.read().values()}


def test_both_pairs_are_good_to_the_authorizer(*, new, handler, new_event, basic):
    rotated = new()
    version = rotated.begin()
    for step in STEPS:
        rotated.step(step, version)
    for secret in (rotated.read()["consumer_secret"], KEY["consumer_secret"]):
        policy = handler.authorize(new_event("/", Authorization=basic("ck_ours", secret)), None)
        assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def test_a_finished_rotation_is_not_begun_again(new):
    rotated = new()
    version = rotated.begin()
    for step in STEPS:
        rotated.step(step, version)
    made = rotated.read()
    for step in STEPS:
        rotated.step(step, version)
    assert rotated.read() == made


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_what_somebody_else_changes_meanwhile_stays_and_the_rotation_ends(new, at):
    rotated = new()
    version = rotated.begin()
    for step in STEPS[:at]:
        rotated.step(step, version)
    other = KEY | {"consumer_secret": "by hand", "consumer_secret_2": "the-first-secret", "consumer_key_2": "ck_ours"}
    rotated.client.put_secret_value(SecretId=rotated.arn, SecretString=json.dumps(other))
    if not at:
        for step in STEPS:
            rotated.step(step, version)
        assert rotated.read()["consumer_secret_2"] == "by hand"
        return
    for step in STEPS[at:3]:
        rotated.step(step, version)
    assert "AWSPENDING" in rotated.labels()
    assert refused(rotated, "finishSecret", version).startswith("the secret was changed since this rotation began")
    assert rotated.read() == other
    assert rotated.labels() == ["AWSCURRENT", "AWSPREVIOUS"]


@pytest.fixture
def alone(new, monkeypatch):
    """What Secrets Manager does where a schedule is made that does not rotate at once: `testSecret`, and no more.

    The pending version has the given value, or none; that no label is moved meanwhile is looked at.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """

    def tested(value, *, variable="API_KEY_SECRET", values=KEY):
        rotated = new(variable, values)
        version = rotated.begin()
        if value:
            rotated.client.put_secret_value(
                SecretId=rotated.arn,
                ClientRequestToken=version,
                SecretString=json.dumps(value),
                VersionStages=["AWSPENDING"],
            )
        before = rotated.stages()
        with monkeypatch.context() as patch:
            patch.setattr(rotated.client, "update_secret_version_stage", None)
            patch.setattr(rotated.client, "put_secret_value", None)
            rotated.step("testSecret", version)
        assert rotated.stages() == before
        return rotated, version

    return tested


@pytest.mark.parametrize(("variable", "values"), [("API_KEY_SECRET", KEY), ("WEBHOOK_SECRET", HOOK)])
def test_the_test_of_a_new_schedule_passes_with_and_without_a_value(*, alone, caplog, variable, values):
    caplog.set_level(logging.INFO, logger="woo_stack")
    for value in (None, values):
        rotated, _ = alone(value, variable=variable, values=values)
        assert rotated.read() == values
    found = [(record.levelname, record.step, record.pending) for record in caplog.records]
    assert found == [("INFO", "testSecret", "empty"), ("INFO", "testSecret", "copy")]


def test_what_a_test_lets_through_is_not_made_current(alone):
    rotated, version = alone(None)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        rotated.step("finishSecret", version)
    assert rotated.labels() == ["AWSCURRENT"]
    second = {"consumer_key_2": "ck_ours", "consumer_secret_2": "the-first-secret"}
    for value in (KEY, KEY | second, KEY | second | {"consumer_secret": ""}, {**second, "consumer_secret": "x"}):
        rotated, version = alone(value)
        assert refused(rotated, "finishSecret", version).startswith("the secret was changed since")
        assert rotated.read() == KEY
        assert "AWSPENDING" not in rotated.labels()


def test_the_test_of_a_new_schedule_fails_where_no_rotation_could_succeed(new):
    rotated = new(values={"consumer_key": "ck_first"})
    version = rotated.begin()
    rotated.client.put_secret_value(
        SecretId=rotated.arn,
        ClientRequestToken=version,
        SecretString=json.dumps(rotated.read()),
        VersionStages=["AWSPENDING"],
    )
    assert refused(rotated, "testSecret", version).startswith("the secret has another form")
    assert "AWSPENDING" in rotated.labels()


def test_an_operators_own_change_that_is_not_finished_ends_with_a_rotation(new):
    rotated = new(values=KEY | {"consumer_key_2": "ck_older", "consumer_secret_2": "cs_older"})
    version = rotated.begin()
    for step in STEPS:
        rotated.step(step, version)
    assert (rotated.read()["consumer_key_2"], rotated.read()["consumer_secret_2"]) == ("ck_ours", "the-first-secret")


def test_a_change_between_the_look_and_the_move_is_refused_by_aws(new, monkeypatch):
    rotated = new()
    version = rotated.begin()
    for step in STEPS[:3]:
        rotated.step(step, version)
    real = rotated.client.update_secret_version_stage

    def late(**given):
        rotated.client.put_secret_value(
            SecretId=rotated.arn, SecretString=json.dumps(KEY | {"consumer_secret": "late"})
        )
        return real(**given)

    monkeypatch.setattr(rotated.client, "update_secret_version_stage", late)
    with pytest.raises(ClientError, match="currently attached"):
        rotated.step("finishSecret", version)
    assert rotated.read()["consumer_secret"] == "late"


def refused(rotated, *given):
    with pytest.raises(Exception, match=r"^(allowed|the version|the secret)") as error:
        rotated.step(*given)
    assert type(error.value).__name__ == "RotationError"
    assert "first" not in f"{error.value}"
    return f"{error.value}"


def test_a_secret_that_the_environment_does_not_name_is_refused(new, handler, monkeypatch):
    ours, other = new(), Rotated(handler, KEY)
    version = ours.begin()
    for name in ("", other.arn):
        monkeypatch.setenv("WEBHOOK_SECRET", name and ours.arn)
        other.arn, kept = name, other.arn
        for step in STEPS:
            assert refused(other, step, version).endswith("for a secret that the environment names")
        other.arn = kept
    assert other.read() == KEY
    monkeypatch.delenv("API_KEY_SECRET")
    monkeypatch.delenv("WEBHOOK_SECRET")
    refused(ours, "createSecret", version)
    assert ours.labels() == ["AWSCURRENT"]


def test_a_version_that_is_not_pending_is_refused(new):
    rotated = new()
    for step in STEPS:
        assert refused(rotated, step, str(uuid.uuid4())).startswith("the version is not pending")
    assert rotated.read() == KEY


@pytest.mark.parametrize("step", ["", "deleteSecret", "createsecret", "createSecret ", 7])
def test_an_unknown_step_is_refused(new, step):
    rotated = new()
    refused(rotated, step, rotated.begin())


@pytest.mark.parametrize(
    "text",
    ["the-first-secret", "[]", '"the-first"', "{}", '{"consumer_key": "ck_first"}',
     '{"consumer_key": "", "consumer_secret": "x"}']
)  # fmt: skip
def test_a_secret_of_another_form_is_left_alone_and_not_quoted(new, text):
    rotated = new(values=text)
    refused(rotated, "createSecret", rotated.begin())
    assert rotated.client.get_secret_value(SecretId=rotated.arn)["SecretString"] == text


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServiceError"])
@pytest.mark.parametrize(
    "operation", ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"]
)
def test_what_aws_refuses_changes_nothing_and_can_be_repeated(*, new, refuse, operation, code):
    rotated = new()
    version = rotated.begin()
    for step in STEPS:
        with refuse("secretsmanager", operation, code), suppress(ClientError):
            rotated.step(step, version)
        rotated.step(step, version)
        assert rotated.read() == KEY or step == "finishSecret"
    assert rotated.read()["consumer_secret_2"] == "the-first-secret"


def test_the_log_tells_the_step_and_no_value(new, caplog):
    caplog.set_level(logging.INFO, logger="woo_stack")
    rotated = new()
    version = rotated.begin()
    for step in STEPS:
        rotated.step(step, version)
    refused(rotated, "the-first-secret", version)
    assert [(record.levelname, record.message, record.step) for record in caplog.records] == [
        *(("INFO", "rotate", step) for step in STEPS),
        ("ERROR", "rotate", "unknown"),
    ]
    written = repr([vars(record) for record in caplog.records])
    assert not [value for value in (*rotated.read().values(), "the-first") if value in written and value != "ours"]


def test_rotating_calls_nothing_but_secrets_manager(new, calls):
    rotated = new()
    with calls("secretsmanager") as counts, calls("dynamodb") as others:
        version = rotated.begin()
        for step in STEPS:
            rotated.step(step, version)
    called = {"GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage", "DescribeSecret"}
    assert set(counts) - {"rows"} == called
    assert not others
