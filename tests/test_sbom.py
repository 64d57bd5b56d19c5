"""The bill of materials of the handler's zip: what is in it, what the runtime brings, and the same bytes each time."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from woo_stack import WooStackError, __version__
from woo_stack.code import Inline, archive
from woo_stack.foundation import handler_code
from woo_stack.sbom import sbom

TOOLS = Path(__file__).parents[1] / ".venv" / "tools" / "bin" / "python"
VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
found = JsonStrictValidator(SchemaVersion.V1_7).validate_str(sys.stdin.read())
sys.exit(None if found is None else repr(found))
"""


def test_the_handler_brings_nothing_but_itself() -> None:
    name, zipped = archive(handler_code())
    bill = json.loads(sbom(name, zipped))
    handler = bill["metadata"]["component"]
    assert (handler["name"], handler["version"]) == ("woo-stack-handler", __version__)
    assert handler["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(zipped).hexdigest()}]
    assert name in handler["description"]
    files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in handler_code().files.items()}
    assert {file["name"]: file["hashes"][0]["content"] for file in handler["components"]} == files
    # All else is the runtime's.
    assert {one["name"]: one["isExternal"] for one in bill["components"]} == {"python": True, "botocore": True}
    assert bill["dependencies"] == [{"dependsOn": ["python", "botocore"], "ref": "handler"}]


def test_only_what_is_imported_is_named() -> None:
    bill = json.loads(sbom(*archive(Inline("import json\nimport boto3.session\n"))))
    assert [one["name"] for one in bill["components"]] == ["python", "boto3"]
    assert bill["components"][1]["purl"] == "pkg:pypi/boto3"


@pytest.mark.parametrize(
    "source",
    ["import requests", "def f():\n    import requests.api", "from requests import get", "import json, requests"],
)
def test_what_the_runtime_does_not_bring_is_refused(source: str) -> None:
    with pytest.raises(WooStackError) as error:
        sbom(*archive(Inline(source)))
    assert str(error.value) == "index.py imports 'requests', allowed: the standard library, boto3, botocore"


def test_same_zip_same_bytes_and_each_zip_has_its_number() -> None:
    bills = [sbom(*archive(Inline(source))) for source in ("a = 1", "a = 1", "a = 2")]
    assert bills[0] == bills[1]
    assert json.loads(bills[0])["serialNumber"] != json.loads(bills[2])["serialNumber"]
    assert b"timestamp" not in bills[0]


@pytest.mark.soak
@pytest.mark.skipif(not TOOLS.exists(), reason="`make .venv/tools/made` has not installed the schema")
def test_it_is_of_the_schema() -> None:
    def validated(bill: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([TOOLS, "-c", VALIDATE], input=bill, capture_output=True, check=False)

    bill = sbom(*archive(handler_code()))
    assert validated(bill).returncode == 0, validated(bill).stderr.decode()
    assert validated(bill.replace(b'"isExternal": true', b'"isExternal": "yes"')).returncode == 1
