"""What the shop stands on: a function's shared settings, and a template with the form's questions alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from troposphere import encode_to_dict

from woo_stack import BasicExecution, Settings
from woo_stack import foundation as module
from woo_stack.cache import keeping
from woo_stack.code import Inline
from woo_stack.foundation import Foundation


@pytest.fixture
def foundation(monkeypatch: pytest.MonkeyPatch) -> Foundation:
    source = "def find(event, context): pass\n"
    monkeypatch.setattr(module, "handler_code", lambda **_: Inline(source, "Handler"))
    return Foundation(Settings(memory_mb=640, timeout_seconds=11, tracing=False))


def test_functions_share_settings_answers_key_code_and_basic_execution(foundation: Foundation) -> None:
    made = foundation.function("Finder", "index.find", {"MODE": "fast"})
    assert (made.memory_mb, made.timeout_seconds, made.tracing) == (640, 11, False)
    key = {"Fn::GetAtt": ["DataKey", "Arn"]}
    assert encode_to_dict([made.log_level, made.kms_key]) == [{"Ref": "LogLevel"}, key]
    shared = made.basic_execution
    assert shared is foundation.function("Other", "index.find", {}).basic_execution is foundation.basic_execution
    assert isinstance(shared, BasicExecution)
    assert encode_to_dict([shared.retention_days, shared.kms_key]) == [{"Ref": "LogRetentionDays"}, key]
    assert shared.tracing is False
    assert made.environment == {"MODE": "fast"}
    assert isinstance(made.code, Inline)
    assert made.code.mapping == "Handler"


def test_a_function_may_differ_in_any_field(foundation: Foundation) -> None:
    made = foundation.function("Finder", "index.find", {}, timeout_seconds=77, description="Finds")
    assert (made.timeout_seconds, made.description, made.memory_mb) == (77, "Finds", 640)


@pytest.mark.parametrize("code", ["inline", "bucket"])
@pytest.mark.usefixtures("foundation")
def test_an_empty_template_asks_all_questions(code: str) -> None:
    stands_on = Foundation(Settings(code=code))
    template: Any = json.loads(stands_on.empty("Nothing yet").to_json())
    assert template["Description"] == "Nothing yet"
    assert set(template["Parameters"]) == set(stands_on.parameters)
    assert {"CodeBucket", "CodeKey"} <= set(template["Parameters"]) or code == "inline"
    assert template["Conditions"] == {
        name: {"Fn::Not": [{"Fn::Equals": [{"Ref": question}, no]}]}
        for name, question, no in (
            ("HasAlarmEmail", "AlarmEmail", ""),
            ("HasNoticeEmail", "NoticeEmail", ""),
            ("ManagesApiLogRole", "ManageApiLogRole", "false"),
            ("ReservesIntake", "IntakeConcurrency", "0"),
        )
    }
    assert template["Resources"] == {}


def test_without_a_key_of_its_own_there_is_none() -> None:
    assert Foundation(Settings(customer_key=False)).kms_key is None


def test_a_build_bundles_the_handler_once_for_all_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = module.handler_code.__wrapped__
    with keeping(tmp_path):
        bundled = made()
    anew = Inline("X=1\nY=2\n", "Handler", {"x": 4, "y": 4})
    monkeypatch.setattr(module, "inline", lambda *_, **__: anew)
    assert made() == anew
    with keeping(tmp_path):
        assert made() == bundled
        assert next(iter(made().parts)) == "authorize receive read apply recount"
        assert made(rotation=True) == anew
    with keeping(None):
        assert made() == anew
