"""Questions to the logs: fields that are written there, groups that exist, and a language that is spoken."""

import json
import re
from typing import Any

import pytest
from troposphere import Ref, encode_to_dict

from woo_stack import Key, Monitoring, SettingError, Table
from woo_stack.logs import ACCESS_LOG
from woo_stack.queries import LOGS, QUERIES, Query

#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
DISCOVERED = {"@timestamp", "@message", "@logStream", "@log"}
#: Kept by hand: what stands in each log, and who writes it there.
WRITTEN = {
    "access": {
        *("gateway_request_id", "apiId", "stage", "time", "method", "route", "status", "error", "bytes"),
        *("latencyMs", "integrationMs", "authorizerMs", "tls"),
    },
    "functions": {
        # https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html, with an exception and of one not caught
        *(
            "timestamp",
            "level",
            "message",
            "logger",
            "requestId",
            "stackTrace",
            "errorType",
            "errorMessage",
            "location",
        ),
        # Of an exception that is not caught, before version 4.0.4 of Lambda's runtime interface client for Python.
        "log_level",
        # https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
        *("time", "type", "record.requestId", "record.status", "record.metrics.durationMs"),
        *("record.metrics.billedDurationMs", "record.metrics.memorySizeMB", "record.metrics.maxMemoryUsedMB"),
        *("record.metrics.initDurationMs", "record.errorType"),
        # handler/: authorizer, reader, intake, applier, recount
        *("gateway_request_id", "effect", "key", "why", "route", "status", "duration_ms"),
        *("outcome", "bytes", "topic", "delivery", "message_id", "receives", "claim"),
    },
}
COMMANDS = ("fields", "filter", "stats", "sort", "limit", "parse")
FUNCTIONS = ("count", "max", "min", "avg", "sum", "pct")
WORDS = {"and", "as", "asc", "by", "desc", "in", "like", "not", "or", "ispresent"}
EACH = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)


def commands_of(query: Query) -> list[tuple[str, str]]:
    """The commands of a query, each with what follows it."""
    return [(text.partition(" ")[0], text.partition(" ")[2]) for text in query.text.split(" | ")]


def names_in(text: str) -> set[str]:
    """The fields in a part of a query: without texts, numbers, functions and the language's words."""
    bare = re.sub(r"'[^']*'", "", text)
    found = re.findall(r"[@A-Za-z_][\w.@]*(?!\w*\()", bare)
    return {name for name in found if name not in (*WORDS, *FUNCTIONS)}


@EACH
def test_a_query_is_in_the_language(query: Query) -> None:
    assert {command for command, _ in commands_of(query)} <= set(COMMANDS)
    called = set(re.findall(r"([a-z]\w*)\(", query.text))
    assert called <= set(FUNCTIONS)
    assert query.text.count("'") % 2 == 0
    assert '"' not in query.text
    assert "`" not in query.text


@EACH
def test_every_field_is_one_that_its_logs_have(query: Query) -> None:
    made: set[str] = set()
    used: set[str] = set()
    for _, text in commands_of(query):
        named = {name for names in re.findall(r"\bas ((?:\w+)(?:, \w+)*)", text) for name in names.split(", ")}
        if text.startswith("@logStream"):
            made |= named
            named = set()
            used.add("@logStream")
            continue
        for part in re.split(r", (?![^(]*\))", text):
            before, _, alias = part.partition(" as ")
            used |= names_in(before) | names_in(alias.partition(" by ")[2])
            made |= {alias.partition(" by ")[0]} - {""}
    assert used - made
    for log in query.reads:
        assert used - made - DISCOVERED <= WRITTEN[log], log


def test_the_list_of_the_access_log_is_true() -> None:
    assert WRITTEN["access"] == json.loads(ACCESS_LOG).keys()


@EACH
def test_a_query_is_told_from_others_and_reads_a_known_log(query: Query) -> None:
    assert set(query.reads) <= set(LOGS)
    assert query.reads
    assert [other.name for other in QUERIES].count(query.name) == 1
    # What is looked for among many is sorted, and a table has an end.
    commands = [command for command, _ in commands_of(query)]
    assert "sort" in commands or "stats" in commands
    assert query.saved or "limit" in commands or "stats" in commands


@EACH
def test_a_table_names_its_groups_and_its_region(query: Query) -> None:
    table = query.table("eu-west-3", {"functions": "one", "access": "two"})
    names = {"functions": "one", "access": "two"}
    sources = [f"SOURCE '{names[log]}'" for log in query.reads]
    assert table["properties"] == {
        "title": query.name, "region": "eu-west-3", "view": "table", "query": " | ".join([*sources, query.text]),
    }  # fmt: skip
    assert (table["type"], table["width"]) == ("log", 12)


def test_one_request_is_found_in_all_logs_by_one_field() -> None:
    (query,) = [query for query in QUERIES if query.name == "One request"]
    assert set(query.reads) == set(LOGS)
    assert query.saved
    assert commands_of(query)[0] == ("filter", "gateway_request_id = '<id>'")


# --- in Monitoring


def health(**settings: Any) -> Monitoring:
    return Monitoring("Health", of=[Table("Orders", key=Key("a"))], actions=["arn:aws:sns:x"], **settings)


BOTH = {"functions": Ref("Shared"), "access": "api-access"}


@pytest.mark.parametrize(
    "logs",
    [BOTH, {}, {"functions": BOTH["functions"]}, {"access": BOTH["access"]}],
    ids=lambda logs: "+".join(logs) or "none",
)
def test_only_the_logs_that_are_given_are_asked(logs: Any, dashboard: Any) -> None:
    made = health(logs=logs)
    readable = [query for query in QUERIES if set(query.reads) <= set(logs)]
    saved = [encode_to_dict(one)["Properties"] for one in made.queries]
    assert [one["Name"] for one in saved] == [
        {"Fn::Sub": f"${{AWS::StackName}}/{query.name}"} for query in readable if query.saved
    ]
    tables = [one["properties"] for one in dashboard(made.dashboard.DashboardBody)["widgets"] if one["type"] == "log"]
    assert [one["title"] for one in tables] == [query.name for query in readable if not query.saved]
    drawn = {"functions": "${Shared}", "access": "api-access"}
    for table, query in zip(tables, (query for query in readable if not query.saved), strict=True):
        assert table["query"].count("SOURCE") == len(query.reads)
        assert all(f"SOURCE '{drawn[log]}'" in table["query"] for log in query.reads)


def test_saved_queries_name_their_groups(as_json: Any) -> None:
    saved = {one.title: as_json(one)["Properties"] for one in health(logs=BOTH).queries}
    assert {title: one["LogGroupNames"] for title, one in saved.items()} == {
        "HealthOneRequest": ["api-access", {"Ref": "Shared"}],
        "HealthWebhooksNotStored": [{"Ref": "Shared"}],
    }
    texts = {query.name: query.text for query in QUERIES}
    assert saved["HealthOneRequest"]["QueryString"] == texts["One request"]


@pytest.mark.parametrize("logs", [{"acess": "x"}, ["access"], "access"])
def test_logs_that_no_query_knows_are_refused(logs: Any) -> None:
    with pytest.raises(SettingError, match=r"logs is .*, allowed: a mapping of functions, access to the name of a"):
        health(logs=logs)


def test_the_shops_queries_read_groups_of_its_template(any_shop: Any) -> None:
    shop, template = any_shop
    groups = {name for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"}
    saved = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Logs::QueryDefinition"]
    assert len(saved) == len([query for query in QUERIES if query.saved])
    for one in saved:
        assert {group["Ref"] for group in one["LogGroupNames"]} <= groups
    (access,) = [one for one in template["Resources"].values() if one["Type"] == "AWS::ApiGateway::Stage"]
    written = access["Properties"]["AccessLogSetting"]["DestinationArn"]["Fn::GetAtt"][0]
    assert shop.health.logs["access"].data["Ref"] == written
    # All functions write where the queries look.
    functions = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    assert {one["LoggingConfig"]["LogGroup"]["Ref"] for one in functions} == {shop.health.logs["functions"].data["Ref"]}
