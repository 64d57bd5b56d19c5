"""Mermaid and DOT of a picture: whatever a template calls its resources, the text stays a text."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woo_stack.diagram import dot, graph, graphviz, mermaid
from woo_stack.diagram.graph import Edge, Graph, Node
from woo_stack.errors import WooStackError

DRAWN = Graph(
    (Node("Reader", "Reader", "AWS::Lambda::Function", "AWS Lambda function", "Logic"),
     Node("Db", "Orders", "AWS::DynamoDB::Table", "Amazon DynamoDB table", "Data", "in 2 regions")),
    (Edge("Reader", "Db", "GET /a\nPUT /b"), Edge("Db", "Reader")),
)  # fmt: skip
NASTY = [
    "end",
    'a"b]c',
    "<script>x</script>",
    "%%{init: 1}%%",
    "a\nb",
    "`x`",
    "#quot;",
    "a|b",
    "\\",
    "--",
    "&amp;",
    "\x00",
]
#: All that a line of Mermaid may be; texts are between quotes, and nothing in them but these signs and entities.
TEXT = r'"(?:[^\W]|[ ,./()+*_?{}…-]|#\d+;|<br>|</?b>)*"'
MERMAID = re.compile(
    rf"flowchart LR|  subgraph tier_[A-Z][a-z]+\[{TEXT}\]|    n_?\w+\[{TEXT}\]:::[A-Z][a-z]+|  end|"
    rf"  n_?\w+ -(?:-|\.-)>(?:\|{TEXT}\|)? n_?\w+|  classDef [A-Z][a-z]+ [\w:#,]+|  style tier_[A-Z][a-z]+ [\w:#,-]+"
)


def test_mermaid() -> None:
    text = mermaid(DRAWN)
    assert '    n_Reader["<b>Reader</b><br>AWS Lambda function"]:::Logic\n' in text
    assert '    n_Db["<b>Orders</b><br>Amazon DynamoDB table<br>in 2 regions"]:::Data\n' in text
    assert '  n_Reader -->|"GET /a<br>PUT /b"| n_Db\n  n_Db --> n_Reader\n' in text


def test_dot() -> None:
    text = dot(DRAWN)
    assert "    n0 [label=<<b>Reader</b><br/><font" in text
    assert "  n0 -> n1 [label=<GET /a<br/>PUT /b>]\n  n1 -> n0\n}\n" in text
    assert text.count("{") == text.count("}") == 3


def test_what_is_only_an_order_is_dashed() -> None:
    drawn = Graph(DRAWN.nodes, (Edge("Reader", "Db", "after", dashed=True), Edge("Db", "Reader", dashed=True)))
    assert '  n_Reader -.->|"after"| n_Db\n  n_Db -.-> n_Reader\n' in mermaid(drawn)
    assert "  n0 -> n1 [label=<after>, style=dashed]\n  n1 -> n0 [style=dashed]\n" in dot(drawn)


def test_what_stands_beside_the_flow_is_below_it() -> None:
    beside = [Node(tier, tier, "x", "y", tier) for tier in ("Eyes", "Entry", "Network", "Other")]
    found = re.findall(r"cluster_(\w+)", dot(Graph((*DRAWN.nodes, *beside))))
    assert found == ["Eyes", "Network", "Entry", "Logic", "Data", "Other"]


@pytest.mark.parametrize("name", NASTY)
def test_names_that_would_steer(name: str) -> None:
    node = Node(name, name, "x", name, "Other", name)
    drawn = Graph((node, DRAWN.nodes[0]), (Edge(name, "Reader", name),))
    assert [line for line in mermaid(drawn).splitlines() if not MERMAID.fullmatch(line)] == []
    labels = re.findall(r"label=<(.*)>[,\]]", dot(drawn))
    assert labels or not name.strip("\x00")
    assert [label for label in labels if {"<", ">"} & {*re.sub(r"</?b>|<br/>|</?font[^>]*>", "", label)}] == []


def test_long_names_are_cut() -> None:
    node = Node("A", "x" * 1000, "y", "z", "Other")
    assert f"<b>{'x' * 59}…</b>" in mermaid(Graph((node,)))
    assert f"<b>{'x' * 59}…</b>" in dot(Graph((node,)))


VALUES = st.recursive(
    st.one_of(st.text(max_size=9), st.sampled_from(NASTY), st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Ref", "Fn::Sub", "Fn::GetAtt", "Targets", "RestApiId", "Role"]), inner, max_size=3
        ),
    ),
    max_leaves=8,
)
TYPES = st.sampled_from(
    [
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "AWS::ApiGateway::Method",
        "AWS::SQS::Queue",
        "AWS::Serverless::Function",
        "x",
    ]
)


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(NASTY), st.text(max_size=5)),
        st.fixed_dictionaries({"Type": st.one_of(TYPES, VALUES), "Properties": VALUES, "DependsOn": VALUES}),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_any_template_gives_safe_texts(resources: Any, every: bool) -> None:
    drawn = graph({"Resources": resources}, every)
    assert [line for line in mermaid(drawn).splitlines() if not MERMAID.fullmatch(line)] == []
    assert {end for edge in drawn.edges for end in (edge.source, edge.target)} <= {node.id for node in drawn.nodes}
    assert dot(drawn) == dot(graph({"Resources": resources}, every))


@pytest.mark.parametrize("template", [{}, {"Resources": {}}, {"Resources": []}, {"Resources": {"A": 7}}])
def test_without_resources_there_is_no_picture(template: Any) -> None:
    with pytest.raises(WooStackError, match="has no Resources, allowed: a CloudFormation template"):
        graph(template)


def program(folder: Path, text: str) -> None:
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for."""
    monkeypatch.setattr("sys.executable", f"{tmp_path}/python")
    monkeypatch.setenv("PATH", f"{tmp_path}")
    return tmp_path


@pytest.mark.usefixtures("path")
def test_without_graphviz_one_sentence() -> None:
    with pytest.raises(
        WooStackError, match="not installed, needed for svg and png: the extra `diagram`, as by `pip install "
    ):
        graphviz.svg("digraph {}")


def test_the_svg_reads_on_dark_pages(path: Path) -> None:
    program(path, """echo '<svg width="1"><text font-family="Helvetica,sans-Serif">x</text></svg>'""")
    drawn = graphviz.svg("digraph {}")
    assert drawn.startswith('<svg width="1">\n<style>')
    assert "prefers-color-scheme:dark" in drawn
    assert '<rect class="ground"' in drawn
    assert 'font-family="Helvetica,Arial,sans-serif"' in drawn


def test_the_extras_program_goes_first(path: Path) -> None:
    program(path, "echo wrong")
    (path / "dot").rename(path / "graphviz-pure")
    program(path, "echo other")
    assert graphviz.program() == f"{path}/graphviz-pure"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("echo bad syntax >&2; exit 3", "failed with exit status 3: bad syntax"), ("exit 0", "it gave no reason")],
)
def test_what_graphviz_refuses(path: Path, text: str, sentence: str) -> None:
    program(path, text)
    with pytest.raises(WooStackError, match=sentence):
        graphviz.png("digraph {}")
