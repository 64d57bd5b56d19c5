"""The command line of ``build.py``: everything that a release publishes, in a folder."""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from woo_stack.cache import default_folder, keeping
from woo_stack.errors import WooStackError
from woo_stack.files import abandon_stdout, write
from woo_stack.finding import Finding, from_rows, to_rows
from woo_stack.garbage import uncollected
from woo_stack.shop_release import ShopRelease
from woo_stack.template import TEMPLATE_BODY_BYTES, to_json

if TYPE_CHECKING:
    from woo_stack.release import Listener, Release


@uncollected(last=True)
def synth(compose: "Callable[[], Release | ShopRelease]", arguments: list[str] | None = None) -> int:
    """Write `output/` or, with ``--check``, compare it; returns the exit code.

    Composing is a call, so that a setting that does not fit is one sentence and not a traceback. Where a build of the
    same inputs has left the same files, nothing is composed or judged; templates judged before are not judged again.
    """
    parser = argparse.ArgumentParser(description="Build, check and write every template of output/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if output/ differs from the code")
    parser.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="default: %(default)s")
    parser.add_argument(
        "--no-cache", action="store_true", help="compose and judge everything, as if for the first time"
    )
    options = parser.parse_args(arguments)
    reports: dict[str, str] = {}
    judged: dict[str, list[Finding]] = {}

    def report(name: str, findings: list[Finding], seconds: float | None) -> None:
        for finding in findings:
            print(finding, file=sys.stderr)
        judged[name] = findings
        reports[name] = f"{len(findings)} findings, " + ("unchanged" if seconds is None else f"{seconds:.1f} s")

    try:
        with keeping(None if options.no_cache else default_folder()) as cache:
            made = compose()
            inputs = made.inputs
            earlier = _unchanged(cache.get("release", inputs), options.output, report) if inputs else None
            content = earlier or made.files(report)
        if options.check and (differing := _compare(options.output, content)):
            return differing
        if not options.check and not earlier:
            for name, data in content.items():
                write(options.output / name, data)
    except WooStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if inputs and not earlier:
        digests = {name: _digest(data) for name, data in content.items()}
        findings = {name: to_rows(found) for name, found in judged.items()}
        cache.put({"files": digests, "findings": findings}, "release", inputs)
    lines = [f"{options.output} is what the code builds"]
    if not options.check:
        lines = [
            " ".join([str(options.output / name), *_size(name, data), reports.get(name, "")]).rstrip()
            for name, data in content.items()
        ]
    return _print(lines)


def _print(lines: list[str]) -> int:
    """Print them, when everything is written; returns the exit code."""
    try:
        print("\n".join(lines), flush=True)
    except OSError as error:
        abandon_stdout()
        # A reader that goes away, as `| head` does, has seen what it wanted.
        if not isinstance(error, BrokenPipeError):
            print(f"error: the report cannot be written: {error.strerror}", file=sys.stderr)
            return 1
    return 0


def _unchanged(record: Any, output: Path, report: "Listener") -> dict[str, bytes] | None:
    """What an earlier build of the same inputs has left, if every file is as it was then."""
    try:
        content = {name: (output / name).read_bytes() for name in record["files"]} if record else {}
    except OSError:
        return None
    if not record or {name: _digest(data) for name, data in content.items()} != record["files"]:
        return None
    for name, rows in record["findings"].items():
        report(name, from_rows(rows), None)
    return content


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def spent(template: Mapping[str, Any]) -> dict[str, int]:
    """How a template's bytes are spent: on code, alarms, dashboard with its saved queries, and the rest."""

    def size(*types: str) -> int:
        parts = {k: v for k, v in template["Resources"].items() if v["Type"] in types}
        return len(json.dumps(parts, separators=(",", ":")))

    whole = len(to_json(template))
    parts = {
        "code": len(json.dumps(template["Mappings"], separators=(",", ":"))) if "Mappings" in template else 0,
        "alarms": size("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"),
        "dashboard": size("AWS::CloudWatch::Dashboard", "AWS::Logs::QueryDefinition"),
    }
    return {**parts, "rest": whole - sum(parts.values())}


def _size(name: str, data: bytes) -> Iterator[str]:
    """Bytes, and for a template its resources and how the bytes are spent."""
    if not name.endswith(".json") or "Resources" not in (template := json.loads(data)):
        yield f"{len(data):,} bytes"
        return
    parts = ", ".join(f"{part} {size:,}" for part, size in spent(template).items())
    yield f"{len(template['Resources'])} resources, {len(data):,} bytes ({parts}),"
    # With code inside it goes by way of a bucket anyway; without, somebody may count on its going without.
    if len(data) > TEMPLATE_BODY_BYTES and "Mappings" not in template:
        yield f"more than the {TEMPLATE_BODY_BYTES:,} that go without a bucket,"


def _compare(output: Path, content: Mapping[str, bytes]) -> int:
    """Print the files of `output` that differ from what the code builds; zips are not committed and do not count."""
    built = {name: data for name, data in content.items() if not name.endswith(".zip")}
    there = {str(path.relative_to(output)): path for path in output.rglob("*.json")}
    differing = [
        f"{output / name} " + ("is missing" if name not in there else "differs" if name in built else "is left over")
        for name in sorted({*built, *there})
        if name not in built or name not in there or there[name].read_bytes() != built[name]
    ]
    if differing:
        print("\n".join(differing), "run `make build` and commit the result", sep="\n", file=sys.stderr)
    return 1 if differing else 0
