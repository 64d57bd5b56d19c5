"""The code of a function: joined and stripped into one inline module, or a zip in a bucket."""

import ast
import hashlib
import io
import tokenize
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeGuard

from troposphere import FindInMap, Parameter, Ref, Template, awslambda

from woo_stack.component import Value, WooStackError
from woo_stack.nodes import children, walk
from woo_stack.source import is_docstring, stripped
from woo_stack.unused import unused

#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
INLINE_BYTES = 4 * 1024 * 1024


class CodeError(WooStackError):
    """Code that cannot be bundled: it does not compile, imports what is not there or binds a name twice."""


@dataclass(frozen=True)
class Inline:
    """Code in the template itself, as one module ``index`` (so a handler is ``index.<function>``)."""

    source: str
    #: The mapping that holds the one copy of the code which several functions share; without it each has a copy.
    mapping: str | None = None

    @property
    def code(self) -> awslambda.Code:
        """What `awslambda.Function.Code` takes."""
        source = FindInMap(self.mapping, "index", "py") if self.mapping else self.source
        return awslambda.Code(ZipFile=source)

    def add_to(self, template: Template) -> None:
        """Add the shared copy; raises CodeError where the mapping already holds something else."""
        if self.mapping is None:
            return
        content = {"index": {"py": self.source}}
        if template.mappings.setdefault(self.mapping, content) != content:
            raise CodeError(f"mapping {self.mapping!r} already holds other code, allowed: one bundle a mapping")


@dataclass(frozen=True)
class S3:
    """Code in a zip of a bucket in the function's own region."""

    bucket: Value
    key: Value

    @property
    def code(self) -> awslambda.Code:
        """What `awslambda.Function.Code` takes."""
        bucket, key = (Ref(value) if isinstance(value, Parameter) else value for value in (self.bucket, self.key))
        return awslambda.Code(S3Bucket=bucket, S3Key=key)

    def add_to(self, template: Template) -> None:
        """Nothing but the function's own property is needed."""


Code = Inline | S3


def inline(path: str | Path, *, mapping: str | None = None) -> Inline:
    """Bundle a Python file, or a folder of modules, to be carried by the template.

    With `mapping` the template holds one copy for all functions that use it; the handler then still is
    ``index.<function>``. Raises CodeError when the code cannot be bundled.
    """
    return Inline(bundle(path), mapping)


def s3(bucket: Value, key: Value) -> S3:
    """Take the code from a zip that a pipeline has put into a bucket (see `archive`)."""
    return S3(bucket, key)


def archive(source: str) -> tuple[str, bytes]:
    """A zip with the bundle as ``index.py``, and its name ``handler-<hash>.zip``: same source, same bytes.

    Stored without compression, because zlib's output differs from build to build of Python.
    """
    content = io.BytesIO()
    entry = zipfile.ZipInfo("index.py", date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.external_attr = 3, 0o100644 << 16
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as zipped:
        zipped.writestr(entry, source)
    return f"handler-{hashlib.sha256(content.getvalue()).hexdigest()[:16]}.zip", content.getvalue()


def bundle(path: str | Path, *, without: Iterable[str] = ()) -> str:
    """Join the modules of a folder (or take one file) into the text of one module, stripped.

    Local imports must be ``from .module import name`` (or ``from module import name``) at the top level; the modules
    follow each other in dependency order and share one namespace; those named in `without` are left out. Raises
    CodeError, naming file and line, for code that does not compile, an import that names nothing, a cycle, or a name
    that two modules bind.
    """
    modules = {module.name: module for module in _modules(Path(path))}
    if strange := {*without} - modules.keys():
        raise CodeError(f"{path}: without is {', '.join(sorted(strange))}, allowed: {', '.join(sorted(modules))}")
    modules = {name: module for name, module in modules.items() if name not in without}
    # Sorted at both places: the order of a set differs from process to process.
    uses = {
        name: sorted({used for used, _ in module.local_imports(modules)}) for name, module in sorted(modules.items())
    }
    try:
        order = list(TopologicalSorter(uses).static_order())
    except CycleError as error:
        raise CodeError(f"{path}: local imports form a cycle: {' -> '.join(error.args[1])}") from None
    _refuse_collisions([modules[name] for name in order])
    imports = {line for module in modules.values() for line in module.imports(modules)}
    try:
        source = _shortest(imports, "\n".join(modules[name].body() for name in order))
        compile(source, "index.py", "exec")
    except SyntaxError as error:
        raise CodeError(f"{path}: the bundle does not compile: {error.msg}, allowed: one statement a line") from None
    if len(source.encode()) > INLINE_BYTES:
        raise CodeError(f"{path}: the bundle has {len(source.encode())} bytes, allowed: {INLINE_BYTES}")
    return source


@dataclass(frozen=True)
class _Module:
    """One parsed source file."""

    name: str
    path: Path
    source: str
    tree: ast.Module

    def local_imports(self, modules: dict[str, "_Module"]) -> Iterator[tuple[str, ast.ImportFrom]]:
        """Every import of a sibling, checked: the sibling's name and the statement."""
        for node in walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in modules:
                        raise self.error(node, f"import {alias.name}", f"from {alias.name} import <name>")
            if not isinstance(node, ast.ImportFrom) or not (node.level or node.module in modules):
                continue
            target = modules.get(node.module or "")
            if target is None or node.level > 1:
                raise self.error(node, ast.unparse(node), f"an import of one of {', '.join(sorted(modules))}")
            if node not in self.tree.body:
                raise self.error(node, ast.unparse(node), "local imports at the top of the module")
            bound = {name for name, _, _ in target.bindings()}
            for alias in node.names:
                if alias.name not in bound or alias.asname:
                    raise self.error(node, ast.unparse(node), f"a name that {target.path.name} binds, without an alias")
            yield target.name, node

    def imports(self, modules: dict[str, "_Module"]) -> list[str]:
        """The top-level imports from outside the bundle, one statement each."""
        local = {id(node) for _, node in self.local_imports(modules)}
        outside = [node for node in self.tree.body if _is_import(node) and id(node) not in local]
        return [ast.unparse(_only(node, alias)) for node in outside for alias in node.names]

    def body(self) -> str:
        """Everything but the top-level imports, stripped."""
        return stripped(self.source, self.tree, without=filter(_is_import, self.tree.body))

    def bindings(self) -> Iterator[tuple[str, str, int]]:
        """Each top-level name with what binds it (the text of an import, else '') and the line."""
        statements: list[ast.AST] = list(self.tree.body)
        for node in statements:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name, "", node.lineno
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    yield (alias.asname or alias.name.split(".")[0]), ast.unparse(_only(node, alias)), node.lineno
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, "", node.lineno
            elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                statements.extend(children(node))

    def error(self, node: ast.stmt, value: str, allowed: str) -> CodeError:
        """The one sentence about a statement."""
        return CodeError(f"{self.path} line {node.lineno}: {value!r} cannot be bundled, allowed: {allowed}")


def _is_import(node: ast.stmt) -> TypeGuard[ast.Import | ast.ImportFrom]:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _only(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    """The import of one of its names."""
    if isinstance(node, ast.Import):
        return ast.Import([alias])
    return ast.ImportFrom(node.module, [alias], node.level)


def _joined(imports: Iterable[str]) -> list[str]:
    """One statement a module imported from, and one for all that are imported whole."""
    froms: dict[str, list[str]] = {}
    for line in sorted(imports):
        where, _, name = line.rpartition("import ")
        froms.setdefault(where, []).append(name)
    return [f"{where}import {','.join(names)}" for where, names in froms.items()]


def _shortest(imports: set[str], body: str) -> str:
    """One module of both, with short names and without the types that nothing refers to."""
    useless = {ast.unparse(node) for node in unused(ast.parse("\n".join([*sorted(imports), body])))}
    source = "\n".join([*_joined(imports - useless), body])
    tree = ast.parse(source)
    without = [node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node) in useless]
    return stripped(source, tree, without=without, short=True).strip() + "\n"


def _modules(path: Path) -> Iterator[_Module]:
    """Parse a file, or every module of a folder; ``__init__.py`` counts only when it has code."""
    files = sorted(path.glob("*.py")) if path.is_dir() else [path]
    if not files:
        raise CodeError(f"code path is {str(path)!r}, allowed: a Python file or a folder that has some")
    for file in files:
        try:
            # tokenize.open honours a coding cookie and gives "\n" line ends on every system.
            with tokenize.open(file) as text:
                source = text.read()
            tree = ast.parse(source, str(file))
            compile(tree, str(file), "exec")
        except SyntaxError as error:
            raise CodeError(f"{file} line {error.lineno}: the code does not compile: {error.msg}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise CodeError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
        if file.name != "__init__.py" or any(not is_docstring(node) for node in tree.body):
            yield _Module(file.stem, file, source, tree)


def _refuse_collisions(modules: list[_Module]) -> None:
    """Refuse a name that two modules bind differently; the same import in both is one import."""
    seen: dict[str, tuple[str, _Module, int]] = {}
    local = {module.name for module in modules}
    for module in modules:
        for name, statement, line in module.bindings():
            if statement.startswith("from .") or any(statement.startswith(f"from {other} ") for other in local):
                continue
            how, first, at = seen.setdefault(name, (statement, module, line))
            if first is not module and (how != statement or not how):
                raise CodeError(
                    f"{name!r} is bound in {first.path} line {at} and in {module.path} line {line}, "
                    "allowed: a name in one module of the bundle (rename one)"
                )
