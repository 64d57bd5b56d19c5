"""The code of a function: in the template, or a zip in a bucket."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

from troposphere import FindInMap, Join, Parameter, Ref, Template, awslambda

from woo_stack.bundle import CodeError, bundled
from woo_stack.component import Value

#: What a layer in a file of its own hands on to the next: all names, private ones too.
_ALL = '__all__ = [name for name in globals() if name[:2] != "__"]\n'
#: Lambda asks the module for the function by its name: https://peps.python.org/pep-0562/
_INDEX = """from importlib import import_module

def __getattr__(name):
    if name[:2] == "__":
        raise AttributeError(name)
    return getattr(import_module({owners}.get(name, {last!r})), name)
"""


@dataclass(frozen=True)
class Inline:
    """Code in the template itself, as one module ``index`` (so a handler is ``index.<function>``)."""

    source: str
    #: The mapping that holds the one copy of the code which several functions share; without it each has a copy.
    mapping: str | None = None
    #: By the name of a function, how many characters of the source are enough for it; all, where none is named.
    enough: Mapping[str, int] = field(default_factory=dict)

    @property
    def layers(self) -> dict[str, str]:
        """The source in parts, by the names that they have in the mapping."""
        cuts = [0, *self.enough.values(), len(self.source)]
        names = [f"py{number}" for number in range(1, len(cuts))] if self.enough else ["py"]
        return {name: self.source[start:end] for name, (start, end) in zip(names, pairwise(cuts), strict=True)}

    @property
    def files(self) -> dict[str, str]:
        """The files of a zip: ``index.py``, which imports the layers that a function needs where not all need all."""
        if not self.enough:
            return {"index.py": self.source}
        layers = self.layers
        owners, (*_, last) = dict(zip(self.enough, layers, strict=False)), layers
        imports = ["", *(f"from {name} import *\n" for name in layers)]
        files = {"index.py": _INDEX.format(owners=owners, last=last)}
        for before, (name, text) in zip(imports, layers.items(), strict=False):
            files[f"{name}.py"] = before + text + _ALL
        return files

    def code(self, handler: str) -> awslambda.Code:
        """What `awslambda.Function.Code` takes for this handler."""
        function = handler.rpartition(".")[2]
        if not self.mapping:
            return awslambda.Code(ZipFile=self.source[: self.enough.get(function)])
        last = [*self.enough, function].index(function) + 1
        parts = [FindInMap(self.mapping, "index", name) for name in [*self.layers][:last]]
        return awslambda.Code(ZipFile=Join("", parts) if len(parts) > 1 else parts[0])

    def add_to(self, template: Template) -> None:
        """Add the shared copy; raises CodeError where the mapping already holds something else."""
        if self.mapping is None:
            return
        content = {"index": self.layers}
        if template.mappings.setdefault(self.mapping, content) != content:
            raise CodeError(f"mapping {self.mapping!r} already holds other code, allowed: one bundle a mapping")


@dataclass(frozen=True)
class S3:
    """Code in a zip of a bucket in the function's own region."""

    bucket: Value
    key: Value

    def code(self, _handler: str) -> awslambda.Code:
        """What `awslambda.Function.Code` takes, the same for all handlers."""
        bucket, key = (Ref(value) if isinstance(value, Parameter) else value for value in (self.bucket, self.key))
        return awslambda.Code(S3Bucket=bucket, S3Key=key)

    def add_to(self, template: Template) -> None:
        """Nothing but the function's own property is needed."""


Code = Inline | S3


def inline(
    path: str | Path, *, mapping: str | None = None, first: Iterable[str] = (), without: Iterable[str] = ()
) -> Inline:
    """Bundle a Python file, or a folder of modules, to be carried by the template.

    With `mapping` the template holds one copy for all functions that use it; the handler then still is
    ``index.<function>``. Those named in `first` get the module that binds them, what it imports, and what those before
    them get: so they start faster, in that order. Modules named in `without` are left out. Raises CodeError when the
    code cannot be bundled.
    """
    named = [*first]
    layers = bundled(path, named, without)
    return Inline("".join(layers), mapping, dict(zip(named, accumulate(map(len, layers)), strict=False)))


def s3(bucket: Value, key: Value) -> S3:
    """Take the code from a zip that a pipeline has put into a bucket (see `archive`)."""
    return S3(bucket, key)


def archive(code: Inline) -> tuple[str, bytes]:
    """A zip with the code's files, and its name ``handler-<hash>.zip``: same code, same bytes.

    Stored without compression, because zlib's output differs from build to build of Python.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as zipped:
        for name, text in code.files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            zipped.writestr(entry, text)
    return f"handler-{hashlib.sha256(content.getvalue()).hexdigest()[:16]}.zip", content.getvalue()
