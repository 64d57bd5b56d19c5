"""The handler and the stack agree: what is named in one is there in the other."""

import ast
import json
import re
from typing import Any

import pytest
from woo_stack.handler.reader import ROUTES

from woo_stack import Settings, shop
from woo_stack.foundation import handler_source

BUNDLE = ast.parse(handler_source())
DEFINED = {node.name: node for node in BUNDLE.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.fixture(scope="module")
def resources() -> Any:
    return json.loads(shop(Settings()).to_json())["Resources"]


@pytest.fixture(scope="module")
def functions(resources: Any) -> dict[str, Any]:
    """The properties of each function by the name of its entry point."""
    found = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Lambda::Function"]
    return {one["Handler"].removeprefix("index."): one for one in found}


def reached(entry: str) -> set[str]:
    """Every function and class that an entry point may use, told by their names."""
    seen: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in DEFINED and name not in seen:
            seen.add(name)
            names = [node for node in ast.walk(DEFINED[name]) if isinstance(node, ast.Name)]
            own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
            waiting += [node.id for node in names if node.id not in own]
    return seen


def is_environment(node: ast.AST) -> bool:
    return ast.unparse(node) == "os.environ"


#: What Lambda itself sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
LAMBDAS_OWN = {"AWS_LAMBDA_FUNCTION_NAME"}
#: What a function goes without unless a setting asks for it.
OPTIONAL = {"REPLAY_HOURS", "USAGE_KEY"}


def read_names(nodes: list[ast.AST]) -> set[str]:
    """Names read as ``os.environ["X"]``, ``os.environ.get("X")`` or ``os.getenv("X")``."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Subscript) and is_environment(node.value):
            names.add(ast.literal_eval(node.slice))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
            names.add(ast.literal_eval(node.args[0]))
    return names - LAMBDAS_OWN


def nodes_of(entry: str) -> list[ast.AST]:
    return [node for name in reached(entry) for node in ast.walk(DEFINED[name])]


def test_every_handler_is_a_function_of_the_bundle(functions: dict[str, Any]) -> None:
    assert functions
    for entry in functions:
        assert isinstance(DEFINED[entry], ast.FunctionDef)
        assert len(DEFINED[entry].args.args) == 2


def test_each_function_gets_the_environment_that_it_reads(functions: dict[str, Any]) -> None:
    for entry, function in functions.items():
        assert read_names(nodes_of(entry)) - OPTIONAL == set(function["Environment"]["Variables"]), entry


def test_settings_give_functions_what_they_look_for() -> None:
    found = json.loads(shop(Settings(replay_hours=72, requests_per_day=5000)).to_json())["Resources"]
    given = {
        title: found[f"{title}Function"]["Properties"]["Environment"]["Variables"]
        for title in ("Applier", "Authorizer")
    }
    assert given["Applier"]["REPLAY_HOURS"] == "72"
    assert {*given["Applier"], *given["Authorizer"]} >= OPTIONAL
    assert OPTIONAL - {*given["Applier"]} == {"USAGE_KEY"}


def test_the_environment_is_read_nowhere_else(functions: dict[str, Any]) -> None:
    everywhere = read_names(list(ast.walk(BUNDLE)))
    assert everywhere - OPTIONAL == {name for one in functions.values() for name in one["Environment"]["Variables"]}
    # What is only looked for, to make a client early, is set for somebody too.
    looked_for = {
        node.left.value
        for node in ast.walk(BUNDLE)
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant) and is_environment(node.comparators[0])
    }
    assert looked_for <= everywhere


def declared(resources: Any) -> set[str]:
    """The routes of the template, put together from its methods and the parents of their resources."""

    def path(reference: Any) -> str:
        if "Ref" not in reference:
            return ""
        part = resources[reference["Ref"]]["Properties"]
        return f"{path(part['ParentId'])}/{part['PathPart']}"

    methods = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::ApiGateway::Method"]
    return {f"{one['HttpMethod']} {path(one['ResourceId']) or '/'}" for one in methods}


def test_the_api_has_the_webhooks_route_and_one_for_all_that_the_reader_knows(resources: Any) -> None:
    assert declared(resources) == {"ANY /{proxy+}", "POST /webhooks/woocommerce"}
    webhooks = "/webhooks/woocommerce"
    assert not [route.path for pattern, route in ROUTES.items() if pattern.search(webhooks)]
    served = {route.path for route in ROUTES.values()}
    assert {"products", "orders/{id}", "products/{parent}/variations", "reports/coupons/totals"} <= served


def test_the_authorizers_refusals_reach_the_gateways_response(resources: Any) -> None:
    template = resources["ApiAccessDeniedResponse"]["Properties"]["ResponseTemplates"]["application/json"]
    asked = set(re.findall(r"\$context\.authorizer\.(\w+)", template))
    assert asked == {"code", "message"}
    refusals = [
        ast.literal_eval(node.value)
        for node in BUNDLE.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("UNKNOWN_KEY", "WRONG_SECRET")
    ]
    assert [set(refusal) for refusal in refusals] == [asked, asked]


def test_the_table_has_the_key_that_the_store_writes(resources: Any) -> None:
    schema = resources["DocumentsTable"]["Properties"]["KeySchema"]
    keys = {one["AttributeName"] for one in schema}
    written = {
        frozenset(key.value for key in node.keys if isinstance(key, ast.Constant))
        for node in ast.walk(BUNDLE)
        if isinstance(node, ast.Dict)
    }
    assert keys == {"pk", "sk"}
    assert any(keys <= names for names in written)


#: What a function may use beside what its environment names: the queue that is its source.
SOURCES = {"Applier": {"EventsQueue"}}


@pytest.mark.parametrize("title", ["Authorizer", "Reader", "Intake", "Applier", "Recounter"])
def test_each_function_may_use_what_its_environment_names_and_nothing_else(title: str, resources: Any) -> None:
    """Which actions it may use is for the tests that record its calls."""
    own = resources[f"{title}Function"]["Properties"]["Environment"]["Variables"].values()
    statements = resources[f"{title}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    granted = {
        resource.get("Ref") or resource["Fn::GetAtt"][0]
        for statement in statements
        for resource in statement["Resource"]
        if statement["Action"][0].partition(":")[0] not in ("logs", "xray", "kms")
    }
    named = {value["Ref"] for value in own if isinstance(value, dict)}
    assert granted == named | SOURCES.get(title, set())
