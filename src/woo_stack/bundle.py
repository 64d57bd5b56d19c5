"""The modules of a folder as one: joined in dependency order, stripped, in parts that some functions need."""

import ast
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeGuard

from woo_stack.errors import WooStackError
from woo_stack.nodes import children, statements
from woo_stack.source import Source, is_docstring
from woo_stack.unused import unused

#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
INLINE_BYTES = 4 * 1024 * 1024

#: Some functions, and the text that they need.
Part = tuple[tuple[str, ...], str]


class CodeError(WooStackError):
    """Code that cannot be bundled: it does not compile, imports what is not there or binds a name twice."""


def bundle(path: str | Path, *, without: Iterable[str] = ()) -> str:
    """The text of one module, as `bundled` joins it."""
    return "".join(text for _, text in bundled(path, without=without))


def bundled(path: str | Path, functions: Iterable[str] = (), without: Iterable[str] = ()) -> list[Part]:
    """Join the modules of a folder (or take one file) into one module's text, stripped.

    It comes in parts, each with those of the `functions` that need it: what all need first, and at last what none does.
    A part needs no other than those before it that its functions all need. Local imports must be ``from .module import
    name`` (or ``from module import name``) at the top level; the modules follow each other in dependency order and
    share one namespace; those named in `without` are left out. Raises CodeError, naming file and line, for code that
    does not compile, an import that names nothing, a cycle, or a name that two modules bind.
    """
    path = Path(path)
    modules = {module.name: module for module in _modules(path)}
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
    groups = _groups([*functions], modules, order, uses)
    try:
        parts = _shortest(groups, modules)
        source = "".join(text for _, text in parts)
        compile(source, "index.py", "exec")
    except SyntaxError as error:
        raise CodeError(f"{path}: the bundle does not compile: {error.msg}, allowed: one statement a line") from None
    if (size := len(source.encode())) > INLINE_BYTES:
        raise CodeError(f"{path}: the bundle has {size} bytes, allowed: {INLINE_BYTES}")
    return parts


@dataclass(frozen=True)
class _Module:
    """One parsed source file."""

    name: str
    path: Path
    source: str
    tree: ast.Module

    def local_imports(self, modules: dict[str, "_Module"]) -> Iterator[tuple[str, ast.ImportFrom]]:
        """Every import of a sibling, checked: the sibling's name and the statement."""
        for node in statements(self.tree):
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
            bound = {name for name, _, _ in target.bindings}
            for alias in node.names:
                if alias.name not in bound or alias.asname:
                    raise self.error(node, ast.unparse(node), f"a name that {target.path.name} binds, without an alias")
            yield target.name, node

    def imports(self, modules: dict[str, "_Module"]) -> list[str]:
        """The top-level imports from outside the bundle, one statement each."""
        local = {id(node) for _, node in self.local_imports(modules)}
        outside = [node for node in self.tree.body if _is_import(node) and id(node) not in local]
        return [ast.unparse(_only(node, alias)) for node in outside for alias in node.names]

    @cached_property
    def bindings(self) -> list[tuple[str, str, int]]:
        """Each top-level name with what binds it (the text of an import, else '') and the line."""
        found: list[tuple[str, str, int]] = []
        statements: list[ast.AST] = list(self.tree.body)
        for node in statements:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.append((node.name, "", node.lineno))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    found.append((name, ast.unparse(_only(node, alias)), node.lineno))
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.append((node.id, "", node.lineno))
            elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                statements.extend(children(node))
        return found

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


def _joined(imports: list[str]) -> list[str]:
    """One statement a module imported from, and one for all that are imported whole."""
    froms: dict[str, list[str]] = {}
    for line in imports:
        where, _, name = line.rpartition("import ")
        froms.setdefault(where, []).append(name)
    return [f"{where}import {','.join(names)}" for where, names in froms.items()]


def _groups(
    functions: list[str], modules: Mapping[str, "_Module"], order: list[str], uses: Mapping[str, list[str]]
) -> dict[tuple[str, ...], list[str]]:
    """The modules by the functions that need them, in their order, what more need before what fewer do."""
    needs: dict[str, set[str]] = {name: set() for name in order}
    for function in functions:
        needed = [name for name in order if (function, "") in {row[:2] for row in modules[name].bindings}]
        if not needed:
            raise CodeError(f"functions has {function!r}, allowed: functions of {', '.join(sorted(modules))}")
        for name in needed:
            needs[name].add(function)
            needed += [used for used in uses[name] if used not in needed]
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(order, key=lambda name: -len(needs[name])):
        groups.setdefault(tuple(function for function in functions if function in needs[name]), []).append(name)
    return groups


def _shortest(groups: Mapping[tuple[str, ...], list[str]], modules: dict[str, "_Module"]) -> list[Part]:
    """The parts of one module, with short names and without the types that nothing refers to."""
    outside = {name: modules[name].imports(modules) for names in groups.values() for name in names}
    imports = sorted({line for lines in outside.values() for line in lines})
    source = Source("\n".join(imports), *(modules[name].source for names in groups.values() for name in names))
    header, rest = source.tree.body[: len(imports)], source.tree.body[len(imports) :]
    source.drop(node for node in rest if _is_import(node) or is_docstring(node))
    useless = unused(source.tree)
    source.drop(useless)
    useful = [line for line, node in zip(imports, header, strict=True) if node not in useless]
    texts = iter(source.stripped(short=True)[1:])
    found: list[Part] = []
    imported: dict[tuple[str, ...], list[str]] = {}
    for functions, names in groups.items():
        own = {line for name in names for line in outside[name]}
        known = {line for others, lines in imported.items() if {*functions} <= {*others} for line in lines}
        imported[functions] = [line for line in useful if line in own - known]
        lines = [*_joined(imported[functions]), *filter(None, [next(texts) for _ in names])]
        if lines:
            found.append((functions, "".join(f"{line}\n" for line in lines)))
    return found


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
        for name, statement, line in module.bindings:
            if statement.startswith("from .") or any(statement.startswith(f"from {other} ") for other in local):
                continue
            how, first, at = seen.setdefault(name, (statement, module, line))
            if first is not module and (how != statement or not how):
                raise CodeError(
                    f"{name!r} is bound in {first.path} line {at} and in {module.path} line {line}, "
                    "allowed: a name in one module of the bundle (rename one)"
                )
