"""docs/settings.md: each setting with what its own checks allow, and what it makes of the template."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from tests.matrix import VALUES

from woo_stack import SettingError, Settings, Shop, WooStackError

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
NAMES = [one.name for one in fields(Settings)]
RANGE = re.compile(r"- Allowed: (?:a whole number from )?(\d+) to (\d+)")


def section(name: str) -> str:
    return re.split(r"^#{2,4} ", PAGE.partition(f"# {name}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def taken(name: str, value: Any) -> bool:
    form = {"code": "bucket"} if name == "signing_profiles" else {}
    try:
        Shop(Settings(**{name: value, **form})).template.to_dict()
    except SettingError:
        return False
    return True


def ranges() -> list[tuple[str, int, int]]:
    found = [(name, RANGE.search(section(name))) for name in NAMES]
    return [(name, int(one[1]), int(one[2])) for name, one in found if one]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_says_what_is_allowed_and_what_it_makes(name: str, docs: Any) -> None:
    text = section(name)
    assert "- Type: `" in text, "docs/settings.md is out of date: make docs"
    assert "- Allowed: " in text
    made = re.search(rf"^- `{name}=.*(more|less)\.$", text.replace("\n  ", " "), re.MULTILINE)
    # What does not fit beside what build.py sets makes nothing.
    assert made or docs.measured.effect_of(Settings.__dataclass_fields__[name]) is None, text


@pytest.mark.soak
def test_ranges_are_those_of_the_checks() -> None:
    found = {name: (low, high) for name, low, high in ranges() if name != "concurrency"}
    assert len(found) > 7
    for name, (low, high) in found.items():
        values = [low - 1, low, high, high + 1]
        ends = [taken(name, "s" * value if name == "stage" else value) for value in values]
        assert ends == [False, True, True, False], f"{name}: {low} to {high}"


def test_choices_are_those_of_the_checks() -> None:
    for name, choices in (("cache_gb", "0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237"), ("code", "inline, bucket")):
        assert f"- Allowed: {choices}" in section(name)
        kind = type(VALUES[name][0])
        assert all(taken(name, kind(choice)) for choice in choices.split(", "))


def test_what_is_refused_beside_another_setting_says_so(docs: Any) -> None:
    for name in ("firewall", "requests_per_day", "cache_gb"):
        assert "- Beside others: none with api='http'" in section(name)
        with pytest.raises(SettingError):
            Settings(**{"api": "http", name: docs.samples.example_of(Settings.__dataclass_fields__[name])})
    assert "- Beside others: none with code='inline'" in section("signing_profiles")
    assert PAGE.count("Beside others") == 8


def test_a_setting_without_an_example_is_named(docs: Any) -> None:
    @dataclass
    class More:
        pause_days: int = 3
        quiet: bool = False

    number, switch = fields(More)
    with pytest.raises(
        WooStackError, match=r"^setting pause_days has no example in docs/scripts/samples\.py, allowed: "
    ):
        docs.samples.example_of(number)
    assert docs.samples.example_of(switch) is True


def test_an_example_of_no_setting_is_named(docs: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(docs.samples, "EXAMPLES", {"pauses": 3})
    with pytest.raises(WooStackError, match=r"^docs/scripts/samples\.py names pauses, allowed: "):
        docs.samples.example_of(fields(Settings)[0])


def test_a_section_that_is_not_there_is_named(docs: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(docs.sections, "MORE", {"stage": "costs.md#nowhere"})
    with pytest.raises(WooStackError, match=r"^setting stage leads to docs/costs\.md#nowhere"):
        [*docs.sections.sections("stage")]


def test_a_setting_is_linked_to_the_tables_that_name_it(docs: Any) -> None:
    (link,) = docs.sections.sections("firewall")
    assert link == "[What can be turned on](security.md#what-can-be-turned-on)"


def test_comments_are_read_where_they_stand(docs: Any, tmp_path: Path, monkeypatch: Any) -> None:
    source = '''
class Other:
    a: int = 1

class Some:
    """Some."""

    #: One ``two``
    #: three.
    first: int | None = None
    second: str = (
        "x"
    )

    third: bool = True
'''
    path = tmp_path / "some.py"
    path.write_text(source)
    monkeypatch.setattr(docs.source.inspect, "getfile", lambda _: str(path))
    found = [(one.name, one.annotation, one.meaning) for one in docs.source.written(type("Some", (), {}))]
    assert found == [("first", "int | None", "One `two` three."), ("second", "str", ""), ("third", "bool", "")]


def test_an_effect_is_what_differs(docs: Any) -> None:
    before = {
        "Parameters": {"P": {"Default": 1}, "Q": {"Default": 2}},
        "Resources": {"A": {"Type": "T", "x": 1}, "B": {"Type": "T"}, "D1": {"Type": "AWS::ApiGateway::Deployment"}},
        "Outputs": {"O": {"Value": 1}},
    }
    after = {
        "Parameters": {"P": {"Default": 1}},
        "Resources": {"A": {"Type": "T", "x": 2}, "C": {"Type": "T"}, "D2": {"Type": "AWS::ApiGateway::Deployment"}},
        "Outputs": {"O": {"Value": 1, "Export": 2}},
    }
    *words, size = docs.measured.Effect(before, after).text()
    assert words == ["adds `C`", "takes away `B`", "takes away the question `Q`", "changes `A` and every output"]
    assert size == "8 bytes less"
    assert [*docs.measured.Effect(before, before).text()] == ["no byte more or less"]


def test_questions_and_outputs_are_those_of_the_template() -> None:
    template = Shop(Settings(code="bucket")).template.to_dict()
    for name, asked in template["Parameters"].items():
        assert asked["Description"].split("<")[0][:40].split("\n")[0][:30] in PAGE.replace("\n", " "), name
        assert f"#### {name}\n" in PAGE
    for name, output in template["Outputs"].items():
        assert f"| `{name}` | {output['Description']} |" in PAGE
    assert "Only with other settings: `EventBusArn`." in PAGE
    assert "handler-<hash>.zip" in section("CodeKey")


def test_what_environments_answer_is_in_a_table() -> None:
    assert "| question | dev | staging | prod |" in PAGE
    assert "| `DeletionProtection` | `false` | `false` | `true` |" in PAGE


def test_a_component_is_written_as_in_a_program(docs: Any) -> None:
    network = docs.samples.EXAMPLES["network"]
    written = docs.settings._value(network)
    assert written.startswith('Network(title="Inside", vpc_id="vpc-0a1b2c3d", subnet_ids=("subnet-')
    assert "None" not in written
