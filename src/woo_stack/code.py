"""The code of a function: in the template, or a zip in a bucket."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

from troposphere import FindInMap, Join, Parameter, Ref, Template, awslambda

from woo_stack.bundle import bundled
from woo_stack.component import Value
from woo_stack.module import CodeError

#: What Python itself binds in a module.
_OWN = ("all", "builtins", "cached", "doc", "file", "loader", "name", "package", "spec")
#: What a part in a file of its own hands on to those that need it: all names, private ones too.
_ALL = f"__all__ = [name for name in globals() if name not in {tuple(f'__{name}__' for name in _OWN)}]\n"
#: Lambda asks the module for the function by its name: https://peps.python.org/pep-0562/
_INDEX = """from importlib import import_module as __import_module

__PARTS = {parts}

def __getattr__(name):
    for part in __PARTS.get(name, () if name[:2] == "__" else {names}):
        found = vars(__import_module(part))
        if name in found:
            return found[name]
    raise AttributeError(name)
"""


@dataclass(frozen=True)
class Inline:
    """Code in the template itself, as one module ``index`` (so a handler is ``index.<function>``)."""

    source: str
    #: The mapping that holds the one copy of the code which several functions share; without it each has a copy.
    mapping: str | None = None
    #: What the source consists of: by the functions that need a part, with spaces between, how many characters it has.
    #: A function that is not among them needs all of it.
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, str]:
        """The parts' texts, by the names that they have in the mapping."""
        if not self.parts:
            return {"py": self.source}
        cuts = pairwise([0, *accumulate(self.parts.values())])
        return {f"py{number}": self.source[start:end] for number, (start, end) in enumerate(cuts, 1)}

    @property
    def files(self) -> dict[str, str]:
        """The files of a zip: ``index.py``, which imports the parts that a function needs where not all need all."""
        if not self.parts:
            return {"index.py": self.source}
        texts, functions = self.texts, [{*part.split()} for part in self.parts]
        names = [*texts]
        # The last part that a function needs is the one that binds it.
        last = {function: [name] for name, of in zip(names, functions, strict=True) for function in sorted(of)}
        files = {"index.py": _INDEX.format(parts=last, names=names)}
        # It stands in the first part, for all, and holds for a file alone.
        first = self.source.partition("\n")[0] + "\n"
        future = first if first.startswith("from __future__ ") else ""
        for at, name in enumerate(names):
            needed = [names[before] for before in range(at) if functions[at] <= functions[before]]
            before = future + "".join(f"from {one} import *\n" for one in needed)
            files[f"{name}.py"] = before + texts[name].removeprefix(future) + _ALL
        return files

    def code(self, handler: str) -> awslambda.Code:
        """What `awslambda.Function.Code` takes for this handler."""
        function, texts = handler.rpartition(".")[2], self.texts
        needed = [name for name, part in zip(texts, self.parts, strict=False) if function in part.split()] or [*texts]
        if not self.mapping:
            return awslambda.Code(ZipFile="".join(texts[name] for name in needed))
        found = [FindInMap(self.mapping, "index", name) for name in needed]
        return awslambda.Code(ZipFile=Join("", found) if len(found) > 1 else found[0])

    def add_to(self, template: Template) -> None:
        """Add the shared copy; raises CodeError where the mapping already holds something else."""
        if self.mapping is None:
            return
        content = {"index": self.texts}
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
    path: str | Path, *, mapping: str | None = None, functions: Iterable[str] = (), without: Iterable[str] = ()
) -> Inline:
    """Bundle a Python file, or a folder of modules, to be carried by the template.

    With `mapping` the template holds one copy for all functions that use it; the handler then still is
    ``index.<function>``. Each of those named in `functions` gets the module that binds it and what that imports, and
    nothing else: so it starts faster. Modules named in `without` are left out. What the modules share then is one
    ``__name__``, ``__doc__`` and ``__file__``, and what ``__future__`` changes. Raises CodeError when the code cannot
    be bundled: see `woo_stack.bundle.bundled`.
    """
    parts = bundled(path, functions, without)
    lengths = {" ".join(of): len(text) for of, text in parts}
    return Inline("".join(text for _, text in parts), mapping, lengths if len(parts) > 1 else {})


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
