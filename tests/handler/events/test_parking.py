"""Parking: an event comes out of the table as it went in, whatever its size, once."""

import gzip
import json
import random

import pytest

RECEIVED = "1732190000123#00112233445566ff"
WEBHOOK = json.dumps({"topic": "order.updated", "id": "12", "received": RECEIVED})
NOISE = random.Random(7).randbytes(1_000_000)  # noqa: S311 (does not compress)


@pytest.mark.parametrize(("size", "parts"), [(0, 1), (1, 1), (349_000, 1), (351_000, 2), (1_000_000, 3)])
def test_a_body_of_any_size_is_kept_in_parts(handler, mirror, parked, size, parts):
    handler.park(mirror.table, NOISE[:size], WEBHOOK, "not JSON")
    first, *others = parked()
    assert first == {
        "pk": {"S": "s#PARKED"},
        "sk": {"S": f"{RECEIVED}#000"},
        "z": first["z"],
        "w": {"S": WEBHOOK},
        "why": {"S": "not JSON"},
        "parts": {"N": f"{parts}"},
    }
    assert [item["sk"]["S"] for item in others] == [f"{RECEIVED}#{number:03}" for number in range(1, parts)]
    assert all(set(item) == {"pk", "sk", "z"} for item in others)
    assert max(len(item["z"]["B"]) for item in (first, *others)) <= 350_000
    assert gzip.decompress(b"".join(item["z"]["B"] for item in (first, *others))) == NOISE[:size]


def test_the_same_event_again_is_the_same_items(handler, mirror, parked):
    for _ in range(2):
        handler.park(mirror.table, NOISE, WEBHOOK, "not JSON")
        once = parked()
    assert once == parked()
    assert len(once) == 3


def test_the_part_that_is_found_first_is_written_last(handler, mirror, parked):
    real, left = mirror.table.call, [2]

    def call(operation, **request):
        left[0] -= 1
        if left[0] < 0:
            raise handler.StoreBusy(operation)
        return real(operation, **request)

    mirror.table.call = call
    with pytest.raises(handler.StoreBusy):
        handler.park(mirror.table, NOISE, WEBHOOK, "not JSON")
    assert [item["sk"]["S"][-3:] for item in parked()] == ["001", "002"]


def test_parking_puts_and_does_nothing_else(handler, mirror, calls):
    with calls("dynamodb") as counts:
        handler.park(mirror.table, NOISE, WEBHOOK, "not JSON")
    assert {name: n for name, n in counts.items() if n} == {"PutItem": 3}
