"""Everything that a release publishes: templates, the code's zip and a file an environment."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.bootstrap_stack import Bootstrap
from woo_stack.cache import current
from woo_stack.cfn_lint import CfnLint
from woo_stack.code import Inline, archive
from woo_stack.errors import WooStackError
from woo_stack.finding import Finding, from_rows, to_rows
from woo_stack.foundation import Foundation
from woo_stack.garbage import uncollected
from woo_stack.parameters import refusal
from woo_stack.publish import refuse
from woo_stack.sbom import sbom
from woo_stack.settings import Settings
from woo_stack.shop import shop
from woo_stack.template import to_json
from woo_stack.validate import problems

#: An environment: ``{"Parameters": {...}, "Tags": {...}}``, the template configuration file of
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
Environment = Mapping[str, Mapping[str, str]]
#: The file of the bootstrap stack's template.
BOOTSTRAP = "woo-stack-bootstrap.json"
#: Hears of each template: its file, findings and the seconds that these took, None for findings of an earlier build.
Listener = Callable[[str, list[Finding], float | None], None]


@dataclass(frozen=True)
class Release:
    """What is published: templates by file name, environments by name, and the code's zip."""

    templates: Mapping[str, Template]
    environments: Mapping[str, Environment]
    #: The bundled code of templates that take it from a bucket.
    code: Inline | None = None
    #: The template of the stack with which these are deployed; environments answer nothing of it.
    bootstrap: Template | None = None

    @property
    def inputs(self) -> str | None:
        """The text that all of it follows from, as with `ShopRelease`: nobody knows it."""
        return None

    @uncollected()
    def files(self, found: Listener) -> dict[str, bytes]:
        """Every file's content by its path below the output folder, with each template checked.

        A template whose findings the build's cache holds is not judged again. Raises WooStackError for a template with
        errors or warnings, and for an environment that sets what no template asks.
        """
        content: dict[str, bytes] = {}
        parameters: dict[str, Any] = {}
        for template in self.templates.values():
            parameters |= template.to_dict().get("Parameters", {})
        # Before the engines, which take seconds.
        for name, environment in self.environments.items():
            _check(name, environment, parameters)
        bootstrap = {} if self.bootstrap is None else {BOOTSTRAP: self.bootstrap}
        texts = {name: to_json(template) for name, template in {**self.templates, **bootstrap}.items()}
        for name, findings, seconds in _judged(texts):
            found(name, findings, seconds)
            refuse(findings, Path(name))
            content[name] = texts[name].encode()
        for name, environment in self.environments.items():
            text = json.dumps(environment, indent=2, sort_keys=True) + "\n"
            content[f"environments/{name}.json"] = text.encode()
        if self.code:
            name, zipped = archive(self.code)
            content[name] = zipped
            content["handler.cdx.json"] = sbom(name, zipped)
        return content


def _judged(texts: Mapping[str, str]) -> Iterator[tuple[str, list[Finding], float | None]]:
    """Each template's name and findings, with the seconds that these took, or None where they were known."""
    cache = current()
    lint = CfnLint(part for name in texts for part in cache.get("clean parts", name) or ())
    for name, text in texts.items():
        rows = cache.get(text)
        if rows is not None:
            yield name, from_rows(rows), None
            continue
        started = time.perf_counter()
        findings = problems(json.loads(text), lint=lint)
        cache.put(to_rows(findings), text)
        cache.put(lint.clean(), "clean parts", name)
        yield name, findings, time.perf_counter() - started


@uncollected()
def composed(settings: Settings, environments: Mapping[str, Environment], variants: Mapping[str, Settings]) -> Release:
    """The release of the shop with these settings; see `ShopRelease`."""
    forms = {"woo-stack.json": "inline", "woo-stack-pipeline.json": "bucket"}
    shops = {name: replace(settings, code=code) for name, code in forms.items() if _can(settings, code)}
    templates = {name: shop(one) for name, one in {**shops, **variants}.items()}
    # What a setting switches off is deleted with the same role that made it.
    everything = replace(settings, customer_key=True, event_bus=True, concurrency={"Reader": 1, **settings.concurrency})
    made = Bootstrap([*templates.values(), shop(everything)], permissions_boundary=settings.permissions_boundary)
    return Release(templates, environments, Foundation(settings).bundled, made.template)


def _can(settings: Settings, code: str) -> bool:
    return code != "inline" or not settings.signing_profiles


def _check(name: str, environment: Environment, parameters: Mapping[str, Any]) -> None:
    """Refuse an environment that a deployment would refuse."""
    if unknown := sorted(environment.keys() - {"Parameters", "Tags", "StackPolicy"}):
        raise WooStackError(f"environment {name!r} has {unknown[0]!r}, allowed: Parameters, Tags, StackPolicy")
    for key, value in environment.get("Parameters", {}).items():
        if key not in parameters:
            raise WooStackError(f"environment {name!r} sets {key!r}, allowed: {', '.join(parameters)}")
        if allowed := refusal(value, parameters[key]):
            raise WooStackError(f"environment {name!r} sets {key} to {value!r}, allowed: {allowed}")
