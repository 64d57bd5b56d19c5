"""Every fenced block of every page is what it says: Python runs, commands exist, data parses, diagrams are drawn."""

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.command_lines import checked, commands, functions
from tests.docs.markdown_pages import ROOT, Block, blocks, pages

from woo_stack import WooStackError
from woo_stack.cli.localshop import local_shop

BLOCKS = [block for page, text in pages().items() for block in blocks(page, text)]
#: What a block of Python holds that another test runs, because it needs an emulator or files: that test reads the page.
ELSEWHERE = {
    "publish(": "test_design_example.py::published",
    "runbook(": "test_readme.py::test_the_example_of_monitoring_prints_its_runbook",
    "deploy(": "test_readme.py::test_the_example_of_deploying_runs",
    "from woocommerce import API": "docs/test_blocks.py::test_the_client_reads_the_local_shop",
}
#: https://mermaid.js.org/intro/syntax-reference.html
DIAGRAMS = ("flowchart", "sequenceDiagram", "stateDiagram-v2", "classDiagram", "erDiagram")
#: Languages whose blocks nothing runs here, and who does.
UNRUN = {"text": "shows output", "diff": "tests/docs/test_recipes.py applies it"}
ALLOWED = ("python", "sh", "console", "json", "yaml", "mermaid", *UNRUN)
#: How a checker says that a block is wrong.
REFUSALS = (AssertionError, ImportError, SyntaxError, SystemExit, ValueError, WooStackError, yaml.YAMLError)


def elsewhere(block: Block) -> str:
    """The test that runs this block instead, empty for none: it names what the block holds and the block's page."""
    for part, test in ELSEWHERE.items():
        source = (ROOT / "tests" / test.partition("::")[0]).read_text()
        if part in block.text and (Path(block.page).name in source or test.startswith("docs/test_blocks.py")):
            return test
    return ""


def python_of(page: str) -> list[Block]:
    """The page's blocks of Python that run here, one after the other."""
    return [block for block in BLOCKS if block.page == page and block.language == "python" and not elsewhere(block)]


def run(found: list[Block]) -> None:
    """Run blocks as one text would; raises what they raise."""
    names: dict[str, Any] = {"__name__": "__page__"}
    for block in found:
        exec(compile("\n" * block.line + block.text, block.page, "exec"), names)  # noqa: S102 - the page's own text


def run_alone(block: Block) -> None:
    """Check a block of Python and run it."""
    check(block)
    run([block])


def shell(block: Block) -> str:
    """The commands of a block; of a console, what stands behind its prompt."""
    if block.language == "sh":
        return block.text
    return "\n".join(re.findall(r"^\$ ((?:.*\\\n)*.*)", block.text, re.MULTILINE))


def check(block: Block) -> None:
    """Hold a block that needs no run against its language; raises an error that says what is wrong."""
    if block.language in ("sh", "console"):
        found = list(commands(shell(block)))
        assert found or "=" in block.text, "no command"
        for words in found:
            checked(words, functions(pages().get(block.page, "")))
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "yaml":
        yaml.safe_load(block.text)
    elif block.language == "mermaid":
        assert re.match(rf"(?:{'|'.join(DIAGRAMS)})\b", block.text), "not a diagram"
    elif block.language == "python":
        ast.parse(block.text)
    else:
        assert block.language in UNRUN, f"```{block.language}: allowed are {', '.join(ALLOWED)}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, from which nothing reaches AWS."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS, ids=[block.where for block in BLOCKS])
def test_a_block_is_what_it_says(block: Block) -> None:
    check(block)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS if python_of(block.page)}))
def test_the_python_of_a_page_runs(page: str) -> None:
    run(python_of(page))


@pytest.mark.parametrize(("part", "test"), ELSEWHERE.items())
def test_what_runs_elsewhere_is_run_there(part: str, test: str) -> None:
    file, _, name = test.partition("::")
    source = (ROOT / "tests" / file).read_text()
    assert re.search(rf"^def {name}\(", source, re.MULTILINE)
    assert part in source
    assert [block.where for block in BLOCKS if block.language == "python" and elsewhere(block) == test]


@pytest.mark.soak
def test_the_client_reads_the_local_shop() -> None:
    found = [block for block in BLOCKS if elsewhere(block).endswith("::test_the_client_reads_the_local_shop")]
    with local_shop((ROOT / "output" / "woo-stack.json").read_text()) as shop, warnings.catch_warnings():
        # The page does without the local shop's own certificate.
        warnings.simplefilter("ignore")
        for block in found:
            names = {"url": shop.url, "consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
            exec(block.text, names)  # noqa: S102 - the page's own text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "import woo_stak"),
        ("python", "x = = 1"),
        ("sh", "make tset"),
        ("sh", "woo-stack deplyo --env prod"),
        ("sh", "woo-stack deploy --environment prod"),
        ("sh", "python docs/scripts/wrote.py"),
        ("sh", "python build.py --chek"),
        ("sh", "pip install 'woo-stack[locl]'"),
        ("sh", "name() {\n  aws cloudwatch disable-alarms --alarm-names a\n}"),
        ("sh", "echo a && aws cloudwatch disable-alarm-actions --alarms a"),
        ("sh", "aws cloudwatch set-alarm-state --alarm-name a --state-value FINE --state-reason b"),
        ("sh", "aws dynamodb query --table-name a --key-condition-expression b --expression-attribute-values '{a'"),
        ("sh", "aws cloudformation wait stack-gone --stack-name a"),
        ("sh", "wget https://aws.amazon.com"),
        ("console", "$ woo-stack lokal\nmake tset"),
        ("json", '{"a": 1,}'),
        ("yaml", "a: [1"),
        ("mermaid", "flow LR\n  a --> b"),
        ("", "plain"),
        ("toml", "a = 1"),
    ],
)
def test_a_wrong_block_is_found(language: str, text: str) -> None:
    block = Block("page.md", 1, language, text)
    with pytest.raises(REFUSALS):
        (run_alone if language == "python" else check)(block)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sh", "A=1 make build  # of what is here"),
        ("sh", "name() {\n  aws cloudformation describe-stacks --stack-name \"$1\" | jq '.a | .b' > b.json\n}"),
        ("sh", "aws cloudformation wait stack-create-complete --stack-name a"),
        ("sh", 'aws dynamodb query --table-name a --expression-attribute-values \'{":a": {"S": "b"}}\''),
        ("console", "$ woo-stack local \\\n  --json\n{}\n"),
    ],
)
def test_a_right_block_is_left_alone(language: str, text: str) -> None:
    check(Block("page.md", 1, language, text))


def test_blocks_are_found_where_github_finds_them() -> None:
    text = "a\n```sh\nmake build\n```\n- b\n\n  ```json\n  {}\n  ```\n````text\n```\n````\n"
    assert [(one.where, one.language, one.text) for one in blocks("a.md", text)] == [
        ("a.md:2", "sh", "make build\n"),
        ("a.md:7", "json", "{}\n"),
        ("a.md:10", "text", "```\n"),
    ]
    with pytest.raises(ValueError, match="the block does not end"):
        list(blocks("a.md", "```sh\nmake build\n"))
