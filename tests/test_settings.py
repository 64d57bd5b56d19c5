"""Settings: whatever is chosen, the shop is clean, or one sentence says why it cannot be."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from troposphere import Template

from woo_stack import SettingError, Settings, shop, to_json, validate
from woo_stack.foundation import NOTES


def findings(template: Template) -> list[Any]:
    """What our invariants and the fast engine say, beside the notes that the shop answers."""
    text, content = to_json(template), template.to_dict()
    found = [*validate._invariants(content, text), *validate._cloudformation_validate(text)]
    return [finding for finding in found if finding.rule not in NOTES]


def numbers(low: int, high: int) -> st.SearchStrategy[Any]:
    inside = st.integers(low, high)
    return inside | inside | inside | st.integers() | st.sampled_from([low - 1, low, high, high + 1])


WRONG = st.sampled_from([None, "", "7", 7.5, math.nan, [], {}])
SWITCH = st.booleans()
ALARMS = ("ApiLatency", "ApiServerErrors", "ReaderDuration", "DocumentsReadThrottles", "ReaderSpeed")
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "code": st.sampled_from(["inline", "inline", "bucket", "bucket", "zip"]),
    "customer_key": SWITCH,
    "query_string_credentials": SWITCH,
    "exports": SWITCH,
    "stage": st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True) | st.text(max_size=130),
    "memory_mb": numbers(128, 10_240),
    "timeout_seconds": numbers(1, 29),
    "reader_concurrency": st.none() | numbers(1, 100_000),
    "event_bus": SWITCH,
    "recovery_days": numbers(1, 35),
    "tracing": SWITCH,
    "metrics_by_route": SWITCH,
    "runbook": st.sampled_from(["docs/runbook.md", "https://wiki.example.com/${shop}"]) | st.text(max_size=40),
    "thresholds": st.just({})
    | st.dictionaries(st.sampled_from(ALARMS), st.none() | st.floats() | st.floats(0, 1), max_size=2),
}
ANY = st.fixed_dictionaries({}, optional=FIELDS)
ONE_WRONG = st.sampled_from([name for name in FIELDS if name != "thresholds"]).flatmap(
    lambda name: st.fixed_dictionaries({name: WRONG})
)


def clean_or_one_sentence(given: dict[str, Any]) -> None:
    try:
        template = shop(Settings(**given))
    except SettingError as error:
        text = str(error)
        assert "\n" not in text
        assert ", allowed: " in text
        named = [name for name, value in given.items() if f": {name} is {value!r}, " in text]
        # A threshold is named by its alarm.
        alarms = [alarm for alarm in given.get("thresholds", {}) if repr(alarm) in text]
        assert named or alarms, text
    else:
        assert findings(template) == []


def test_every_field_is_tried() -> None:
    assert set(FIELDS) == {field.name for field in dataclasses.fields(Settings)}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(ANY)
def test_any_settings_give_a_clean_template_or_one_sentence(given: dict[str, Any]) -> None:
    clean_or_one_sentence(given)


@settings(max_examples=40)
@given(ONE_WRONG)
def test_a_wrong_type_gives_one_sentence(given: dict[str, Any]) -> None:
    clean_or_one_sentence(given)


@pytest.mark.soak
@settings(max_examples=2_000, derandomize=False, suppress_health_check=[HealthCheck.too_slow])
@given(ANY | ONE_WRONG)
def test_many_more_settings(given: dict[str, Any]) -> None:
    clean_or_one_sentence(given)


@pytest.mark.parametrize("thresholds", [{"ApiLatency": "fast"}, {"ApiLatency": True}, 7, None])
def test_a_threshold_that_is_no_number_gives_one_sentence(thresholds: Any) -> None:
    with pytest.raises(SettingError, match="thresholds is "):
        shop(Settings(thresholds=thresholds))


def test_no_settings_are_the_default_settings() -> None:
    assert to_json(shop()) == to_json(shop(Settings()))


def test_settings_are_values() -> None:
    assert Settings(stage="a") == Settings(stage="a") != Settings(stage="b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().stage = "b"
