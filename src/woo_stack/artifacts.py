"""Everything that a release publishes: templates, the code's zip and a file an environment, all or nothing."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.bootstrap_stack import Bootstrap
from woo_stack.code import archive
from woo_stack.component import WooStackError
from woo_stack.foundation import Foundation
from woo_stack.parameters import refusal
from woo_stack.publish import refuse, write
from woo_stack.sbom import sbom
from woo_stack.settings import Settings
from woo_stack.shop import shop
from woo_stack.template import to_json
from woo_stack.validate import Finding, problems

#: An environment: ``{"Parameters": {...}, "Tags": {...}}``, the template configuration file of
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
Environment = Mapping[str, Mapping[str, str]]
#: The file of the bootstrap stack's template.
BOOTSTRAP = "woo-stack-bootstrap.json"


@dataclass(frozen=True)
class Release:
    """What is published: templates by file name, environments by name, and the code's zip."""

    templates: Mapping[str, Template]
    environments: Mapping[str, Environment]
    #: The bundled code of templates that take it from a bucket.
    code: str | None = None
    #: The template of the stack with which these are deployed; environments answer nothing of it.
    bootstrap: Template | None = None

    def files(self, found: Callable[[str, list[Finding], float], None]) -> dict[str, bytes]:
        """Every file's content by its path below the output folder, with each template checked.

        `found` hears of each template: text, findings and seconds. Raises WooStackError for a template with errors
        or warnings, and for an environment that sets what no template asks.
        """
        content: dict[str, bytes] = {}
        parameters: dict[str, Any] = {}
        for template in self.templates.values():
            parameters |= template.to_dict().get("Parameters", {})
        # Before the engines, which take seconds.
        for name, environment in self.environments.items():
            _check(name, environment, parameters)
        bootstrap = {} if self.bootstrap is None else {BOOTSTRAP: self.bootstrap}
        for name, template in {**self.templates, **bootstrap}.items():
            started = time.perf_counter()
            text, findings = to_json(template), problems(template)
            found(name, findings, time.perf_counter() - started)
            refuse(findings, Path(name))
            content[name] = text.encode()
        for name, environment in self.environments.items():
            text = json.dumps(environment, indent=2, sort_keys=True) + "\n"
            content[f"environments/{name}.json"] = text.encode()
        if self.code:
            name, zipped = archive(self.code)
            content[name] = zipped
            content["handler.cdx.json"] = sbom(name, zipped)
        return content


def release(
    settings: Settings | None = None,
    environments: Mapping[str, Environment] | None = None,
    variants: Mapping[str, Settings] | None = None,
) -> Release:
    """The shop with these settings, with its code inside and with its code from a bucket, and what deploys both.

    Code that must be signed is not published inside a template. `variants` are shops with other settings, by the name
    of the template's file.
    """
    chosen = settings or Settings()
    forms = {"woo-stack.json": "inline", "woo-stack-pipeline.json": "bucket"}
    shops = {name: replace(chosen, code=code) for name, code in forms.items() if _can(chosen, code)}
    templates = {name: shop(one) for name, one in {**shops, **(variants or {})}.items()}
    # What a setting switches off is deleted with the same role that made it.
    everything = replace(chosen, customer_key=True, event_bus=True, concurrency={"Reader": 1, **chosen.concurrency})
    made = Bootstrap([*templates.values(), shop(everything)], permissions_boundary=chosen.permissions_boundary)
    return Release(templates, environments or {}, Foundation(chosen).source, made.template)


def _can(settings: Settings, code: str) -> bool:
    return code != "inline" or not settings.signing_profiles


def synth(compose: Callable[[], Release], arguments: list[str] | None = None) -> int:
    """The command line of ``build.py``: writes `output/` or, with ``--check``, compares; returns the exit code.

    Composing is a call, so that a setting that does not fit is one sentence and not a traceback.
    """
    parser = argparse.ArgumentParser(description="Build, check and write every template of output/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if output/ differs from the code")
    parser.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="default: %(default)s")
    options = parser.parse_args(arguments)
    reports: dict[str, str] = {}

    def report(name: str, findings: list[Finding], seconds: float) -> None:
        for finding in findings:
            print(finding, file=sys.stderr)
        reports[name] = f"{len(findings)} findings, {seconds:.1f} s"

    try:
        content = compose().files(report)
        if options.check:
            return _compare(options.output, content)
        for name, data in content.items():
            write(options.output / name, data)
    except WooStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for name, data in content.items():
        print(" ".join([str(options.output / name), *_size(name, data), reports.get(name, "")]).rstrip())
    return 0


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


def _check(name: str, environment: Environment, parameters: Mapping[str, Any]) -> None:
    """Refuse an environment that a deployment would refuse."""
    if unknown := sorted(environment.keys() - {"Parameters", "Tags", "StackPolicy"}):
        raise WooStackError(f"environment {name!r} has {unknown[0]!r}, allowed: Parameters, Tags, StackPolicy")
    for key, value in environment.get("Parameters", {}).items():
        if key not in parameters:
            raise WooStackError(f"environment {name!r} sets {key!r}, allowed: {', '.join(parameters)}")
        if allowed := refusal(value, parameters[key]):
            raise WooStackError(f"environment {name!r} sets {key} to {value!r}, allowed: {allowed}")


def _compare(output: Path, content: Mapping[str, bytes]) -> int:
    """Print the files of `output` that differ from what the code builds; zips are not committed and do not count."""
    built = {name: data for name, data in content.items() if not name.endswith(".zip")}
    there = {str(path.relative_to(output)): path for path in output.rglob("*.json")}
    differing = [
        f"{output / name} " + ("is missing" if name not in there else "differs" if name in built else "is left over")
        for name in sorted({*built, *there})
        if name not in built or name not in there or there[name].read_bytes() != built[name]
    ]
    print("\n".join(differing) or f"{output} is what the code builds", file=sys.stderr if differing else sys.stdout)
    if differing:
        print("run `make build` and commit the result", file=sys.stderr)
    return 1 if differing else 0
