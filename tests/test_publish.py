"""Publishing: what has findings is not written, and what is written is written at once."""

import os
from pathlib import Path
from typing import Any

import pytest
from troposphere import Parameter, Template, sns

from woo_stack import PublishError, publish, to_json
from woo_stack.files import write


@pytest.fixture
def template() -> Template:
    made = Template(Description="Test")
    made.add_resource(sns.Topic("Topic"))
    return made


def test_a_template_is_written_as_to_json_gives_it(template: Template, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.json"
    notes = publish(template, path)
    assert path.read_text() == to_json(template)
    assert {found.level for found in notes} == {"note"}
    assert [file.name for file in path.parent.iterdir()] == ["a.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_same_template_gives_the_same_bytes(template: Template, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        publish(template.to_dict(), str(tmp_path / name))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_template_with_findings_is_refused_with_all_of_them(template: Template, tmp_path: Path) -> None:
    template.add_parameter(Parameter("Idle", Type="String"))
    template.add_parameter(Parameter("Lazy", Type="String"))
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(PublishError, match=r"a\.json is not written, its template has findings \(\d+\):\n") as error:
        publish(template, path)
    assert "warning W2001 Idle: " in str(error.value)
    assert "warning W2001 Lazy: " in str(error.value)
    assert "note" not in str(error.value)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.json", "old")]


def test_a_failing_rename_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(PublishError, match=r"a\.json cannot be written: No space left on device, allowed: "):
        write(path, "new")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.json", "old")]


@pytest.mark.parametrize("place", ["file/a.json", "file/deeper/a.json", "folder"])
def test_a_place_that_cannot_be_written_is_named(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(PublishError, match=f"{place} cannot be written: .*, allowed: a file in a writable folder"):
        write(tmp_path / place, "new")
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "old"


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "a.zip", b"PK\r\n\xff")
    assert (tmp_path / "a.zip").read_bytes() == b"PK\r\n\xff"
    write(tmp_path / "a.txt", "é\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\n"


def test_more_rules_refuse_what_they_find(template: Template, tmp_path: Path) -> None:
    rule = "rule TOPICS_HAVE_NAMES { Resources.*[ Type == 'AWS::SNS::Topic' ].Properties.TopicName exists <<name it>> }"
    with pytest.raises(PublishError, match="warning TOPICS_HAVE_NAMES Topic: name it"):
        publish(template, tmp_path / "a.json", [rule])
    assert not (tmp_path / "a.json").exists()
