"""What the deployed code is made of, as a CycloneDX bill of materials: https://cyclonedx.org/docs/1.7/json/."""

import ast
import io
import json
import sys
import uuid
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from woo_stack import __version__
from woo_stack.errors import WooStackError
from woo_stack.nodes import statements

#: What Lambda's Python runtime brings beside the standard library, and how the handler may come to it:
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
_PROVIDED = ("boto3", "botocore")
_RUNTIME = {
    "bom-ref": "python",
    "description": "The runtime of AWS Lambda, which AWS patches.",
    "isExternal": True,
    "name": "python",
    "type": "platform",
    "versionRange": "vers:generic/>=3.11",
}


def sbom(zip_name: str, zipped: bytes) -> bytes:
    """The bill of materials of the code's zip: its hashes, and what the runtime has to bring; nothing else is in it.

    Read from the code's own imports. The same zip gives the same bytes: there is no time in them, and the serial number
    is made of the zip's hash. Raises WooStackError for an import that the runtime does not bring.
    """
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        files = {name: archive.read(name) for name in sorted(archive.namelist())}
    known = {*sys.stdlib_module_names, *(name.removesuffix(".py") for name in files)}
    used = sorted({module for name, data in files.items() for module in _imported(name, data, known)})
    digest = sha256(zipped).hexdigest()
    handler = {
        "bom-ref": "handler",
        "components": [{"hashes": _hashes(data), "name": name, "type": "file"} for name, data in files.items()],
        "description": f"The code of the functions, as {zip_name}.",
        "hashes": _hashes(zipped),
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "name": "woo-stack-handler",
        "type": "application",
        "version": __version__,
    }
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{uuid.UUID(digest[:32], version=4)}",
        "version": 1,
        "metadata": {"component": handler, "lifecycles": [{"phase": "build"}]},
        "components": [_RUNTIME, *map(_library, used)],
        "compositions": [{"aggregate": "complete", "assemblies": ["handler"], "dependencies": ["handler"]}],
        "dependencies": [{"dependsOn": ["python", *used], "ref": "handler"}],
    }
    return (json.dumps(bill, indent=2) + "\n").encode()


def _imported(name: str, source: bytes, known: set[str]) -> Iterator[str]:
    """The packages that a file imports and that are none of the known ones."""
    for node in statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for package in sorted({module.split(".")[0] for module in modules} - known):
            if package not in _PROVIDED:
                allowed = ", ".join(("the standard library", *_PROVIDED))
                raise WooStackError(f"{name} imports {package!r}, allowed: {allowed}")
            yield package


def _library(name: str) -> dict[str, Any]:
    return {
        "bom-ref": name,
        "description": "Comes with the runtime.",
        "isExternal": True,
        "name": name,
        "purl": f"pkg:pypi/{name}",
        "type": "library",
    }


def _hashes(data: bytes) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": sha256(data).hexdigest()}]
