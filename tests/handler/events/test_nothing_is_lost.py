"""Nothing acknowledged is lost: killed appliers, a throttled table, a queue that refuses; every event is counted."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError


class Killed(BaseException):
    """The function's process is gone: nothing after this runs, and Lambda gets no answer."""


class Faults:
    """Lets calls of AWS fail, by chance: ``plan`` is operation to (error code, share) and "kill" a share of all."""

    def __init__(self, handler: Any, draw: random.Random) -> None:
        self.handler, self.draw = handler, draw
        self.planted = 0

    @contextmanager
    def __call__(self, service: str, plan: dict[str, tuple[str, float]], kill: float = 0) -> Iterator[None]:
        events = self.handler.client(service).meta.events

        def before(model: Any, **_: Any) -> None:
            if self.draw.random() < kill:
                self.planted += 1
                raise Killed
            code, share = plan.get(model.name, ("", 0))
            if self.draw.random() < share:
                self.planted += 1
                reply: Any = {"Error": {"Code": code, "Message": "planted"}}
                raise ClientError(reply, model.name)

        def after(**_: Any) -> None:
            # AWS has done it, and nobody is there to hear so.
            if self.draw.random() < kill:
                self.planted += 1
                raise Killed

        events.register(f"before-call.{service}", before)
        events.register(f"after-call.{service}", after)
        try:
            yield
        finally:
            events.unregister(f"before-call.{service}", before)
            events.unregister(f"after-call.{service}", after)


REFUSED = {"SendMessage": ("ServiceUnavailable", 0.3)}
THROTTLED = {
    "TransactWriteItems": ("ThrottlingException", 0.3),
    "GetItem": ("ProvisionedThroughputExceededException", 0.1),
    "PutItem": ("ThrottlingException", 0.1),
}


class Run:
    """Deliveries to the intake and batches for the applier, with faults at every step."""

    def __init__(self, seed: int, *, handler: Any, post: Any, queue: Any, context: Any, make: Any) -> None:
        self.handler, self.post, self.queue, self.context, self.make = handler, post, queue, context, make
        self.draw = random.Random(seed)  # noqa: S311 (a repeatable draw)
        self.faults = Faults(handler, self.draw)
        self.acknowledged: dict[int, str] = {}

    def deliver(self, number: int) -> None:
        """One event, one in ten of them of no use."""
        body = self.make.body("O", number, status=self.draw.choice(["processing", "completed"]))
        if self.draw.random() < 0.1:
            body = b'{"id":%d,"code":' % number
        with self.faults("sqs", REFUSED), self.faults("dynamodb", {"PutItem": ("ThrottlingException", 0.3)}):
            status, _ = self.post(body, "order.created", number)
        if status == 200:
            self.acknowledged[number] = body.decode()

    def work(self) -> bool:
        """One batch, as Lambda's poller would have it: what a killed function has not answered for comes again."""
        event = self.queue.event()
        if not event["Records"]:
            return False
        with self.faults("dynamodb", THROTTLED, kill=0.03), self.faults("sqs", REFUSED):
            try:
                answer = self.handler.apply(event, self.context(left=1000))
            except Killed:
                return True
        self.queue.settle(event, answer)
        return True


@pytest.fixture
def run(
    *, handler: Any, post: Any, queue: Any, table: str, context: Any, documents: Any, make: Any, no_pauses: Any
) -> Callable[[int, int], None]:
    """Deliver so many events with faults everywhere, and find each of those that were acknowledged."""
    assert no_pauses is not None

    def ran(seed: int, many: int) -> None:
        run = Run(seed, handler=handler, post=post, queue=queue, context=context, make=make)
        for number in range(1, many + 1):
            run.deliver(number)
            if run.draw.random() < 0.3:
                run.work()
        for _ in range(many * 20):
            if not run.work():
                break
        kept = places(queue, table, documents, handler)
        assert {number: body for number, body in kept.items() if number in run.acknowledged} == run.acknowledged
        assert run.faults.planted > many / 4
        assert 0 < len(run.acknowledged) < many

    return ran


def places(queue: Any, table: str, documents: Any, handler: Any) -> dict[int, str]:
    """The body of every event that is anywhere, by the number of its delivery."""
    found = {}
    for key, item in documents(table).items():
        if "z" in item:
            found[int(key.rpartition("#")[2])] = handler.gzip.decompress(item["z"]["B"]).decode()
    parked = handler.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "s#PARKED"}},
    )["Items"]
    for item in parked:
        found[int(json.loads(item["w"]["S"])["delivery"], 16)] = handler.gzip.decompress(item["z"]["B"]).decode()
    for message in [*queue.messages(dead=True), *queue.messages()]:
        about = json.loads(message["MessageAttributes"]["webhook"]["StringValue"])
        found[int(about["delivery"], 16)] = message["Body"]
    return found


@pytest.mark.parametrize("seed", [3, 14])
def test_every_acknowledged_event_is_somewhere(run: Callable[[int, int], None], seed: int) -> None:
    run(seed, 40)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 103))
def test_every_one_of_many_acknowledged_events_is_somewhere(run: Callable[[int, int], None], seed: int) -> None:
    run(seed, 700)
