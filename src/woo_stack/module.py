"""One source file of a bundle: what it binds, what it imports, and what it does while it is imported."""

import ast
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeGuard

from woo_stack.errors import WooStackError
from woo_stack.nodes import children, run_by, statements, walk
from woo_stack.scopes import free
from woo_stack.source import is_docstring

_DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

#: Modules without a state that anybody would change.
_PURE = {"abc", "base64", "collections", "dataclasses", "datetime", "decimal", "enum", "functools", "hashlib", "hmac"}
_PURE |= {"html", "itertools", "json", "math", "operator", "re", "string", "types", "typing", "urllib", "uuid"}

#: Each name with the ways in which it is bound (the text of an import, else "") and the line of each.
Ways = Mapping[str, Mapping[str, int]]


class CodeError(WooStackError):
    """Code that cannot be bundled: one namespace, or another order, would change what it does."""


@dataclass(frozen=True, eq=False)
class Module:
    """One parsed source file."""

    name: str
    path: Path
    source: str
    tree: ast.Module

    @cached_property
    def body(self) -> list[ast.stmt]:
        """The statements of the top level, without docstrings and what never runs."""
        return [node for node in self.tree.body if not is_docstring(node) and not _never_runs(node)]

    def local_imports(self, modules: Mapping[str, "Module"]) -> dict[ast.stmt, str]:
        """Every import of a sibling, checked, with the sibling's name; in the order of the source."""
        found: dict[ast.stmt, str] = {}
        acts = False
        for top in self.body:
            for node in (top, *statements(top)):
                if isinstance(node, ast.Import):
                    self._refuse_whole(node, modules)
                elif isinstance(node, ast.ImportFrom):
                    if (name := self._local(node, modules)) is None:
                        continue
                    if node is not top:
                        raise self.error(node, ast.unparse(node), "local imports at the top of the module")
                    if acts:
                        raise self.error(node, ast.unparse(node), "local imports before all that the module does")
                    found[node] = name
            acts = acts or self.acts_by(top)
        return found

    def _refuse_whole(self, node: ast.Import, modules: Mapping[str, "Module"]) -> None:
        for alias in node.names:
            if (name := self._sibling(alias.name)) in modules:
                raise self.error(node, f"import {alias.name}", f"from {name} import <name>")

    def _local(self, node: ast.ImportFrom, modules: Mapping[str, "Module"]) -> str | None:
        """The sibling that a statement imports from, None if it is no sibling's."""
        if not node.level and (name := self._sibling(node.module or "")) != node.module and name in modules:
            raise self.error(node, ast.unparse(node), f"from .{name} import <name>")
        if not (node.level or node.module in modules):
            return None
        target = modules.get(node.module or "__init__")
        if target is None or node.level > 1:
            siblings = ", ".join(sorted(modules.keys() - {"__init__"}))
            raise self.error(node, ast.unparse(node), f"an import of one of {siblings}")
        for alias in node.names:
            if alias.name not in target.ways or alias.asname:
                raise self.error(node, ast.unparse(node), f"a name that {target.path.name} binds, without an alias")
            if alias.name in target.rebound:
                allowed = f"a name that no function of {target.path.name} binds anew (global)"
                raise self.error(node, ast.unparse(node), allowed)
        return target.name

    def _sibling(self, name: str) -> str:
        """The module that a full name may stand for: without the name of the folder."""
        return name.removeprefix(f"{self.path.parent.name}.")

    @cached_property
    def ways(self) -> Ways:
        """What the module itself binds, and how."""
        found: dict[str, dict[str, int]] = {}
        for name, way, line in self._bindings():
            found.setdefault(name, {}).setdefault(way, line)
        return found

    @cached_property
    def rebound(self) -> set[str]:
        """The names that functions bind in the module."""
        nested = (node for top in self.body for node in (top, *statements(top)))
        return {name for node in nested if isinstance(node, ast.Global) for name in node.names}

    def _bindings(self) -> Iterator[tuple[str, str, int]]:
        waiting: list[ast.AST] = [*self.body]
        for node in waiting:
            line = getattr(node, "lineno", 0)
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    yield alias.asname or alias.name.partition(".")[0], _way(node, alias), line
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id, "", line
            elif isinstance(node, _COMPREHENSION):
                yield from ((one.target.id, "", line) for one in walk(node) if isinstance(one, ast.NamedExpr))
            elif not isinstance(node, ast.Lambda):
                # A function's or class's, an error's, a pattern's.
                yield from (
                    (name, "", line) for part in ("name", "rest") if isinstance(name := getattr(node, part, None), str)
                )
                waiting += [] if isinstance(node, _DEFINITION) else children(node)
        yield from ((name, "", 1) for name in sorted(self.rebound))

    def acts_by(self, statement: ast.stmt) -> bool:
        """Whether a statement may change what other modules see: it calls for no value, or writes into a thing."""
        return any(self._acts(node) for node in run_by(statement))

    def _acts(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Expr):
            return not isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            owner: ast.expr = node
            while isinstance(owner, ast.Attribute | ast.Subscript):
                owner = owner.value
            return not isinstance(owner, ast.Name) or any(self.ways.get(owner.id, {"import": 0}))
        return isinstance(node, ast.Raise | ast.Assert)

    @cached_property
    def acts(self) -> bool:
        """Whether importing the module may change what others see."""
        return any(map(self.acts_by, self.body))

    @cached_property
    def looks(self) -> bool:
        """Whether importing the module may see what others have done, as far as its own source tells.

        It uses an import of what has a state, be it in a function that it calls.
        """
        run = [node for top in self.body for node in run_by(top)]
        calls = any(isinstance(node, ast.Call) and "" in self.ways.get(_name(node.func), ()) for node in run)
        nodes = walk(self.tree) if calls else run
        ways = {way for node in nodes if isinstance(node, ast.Name) for way in self.ways.get(node.id, ())} - {""}
        # A sibling's, of whose name nothing stands before the dot, is no state from outside.
        return self.acts or any(re.split("[ .]", way)[1] not in {"", *_PURE} for way in ways)

    def mentions(self, name: str) -> int | None:
        """The first line with a name that no function of the module binds for itself."""
        return min((node.lineno for node in free(self.tree) if node.id == name), default=None)

    def error(self, node: ast.stmt, value: str, allowed: str) -> CodeError:
        """The one sentence about a statement."""
        return CodeError(f"{self.path} line {node.lineno}: {value!r} cannot be bundled, allowed: {allowed}")


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def is_import(node: ast.stmt) -> TypeGuard[ast.Import | ast.ImportFrom]:
    """Whether a statement is an import."""
    return isinstance(node, ast.Import | ast.ImportFrom)


def is_future(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import changes how its file is compiled."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def only(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    """The import of one of its names."""
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import([alias]))
    return ast.unparse(ast.ImportFrom(node.module, [alias], node.level))


def parsed(path: Path) -> Iterator[Module]:
    """A file, or every module of a folder; ``__init__.py`` counts only when it has code."""
    files = sorted(path.glob("*.py")) if path.is_dir() else [path]
    if not files:
        raise CodeError(f"code path is {str(path)!r}, allowed: a Python file or a folder that has some")
    for file in files:
        try:
            # tokenize.open honours a coding cookie and gives "\n" line ends on every system.
            with tokenize.open(file) as text:
                source = text.read()
            source += "" if source.endswith("\n") else "\n"
            tree = ast.parse(source, str(file))
            compile(tree, str(file), "exec")
        except SyntaxError as error:
            where = f"{file} line {error.lineno}" if error.lineno else f"{file}"
            raise CodeError(f"{where}: the code does not compile: {error.msg}") from None
        except (OSError, ValueError) as error:
            raise CodeError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
        if file.name != "__init__.py" or any(not is_docstring(node) for node in tree.body):
            yield Module(file.stem, file, source, tree)


def _way(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    """How an import binds its name: ``import a.b`` binds ``a``, as ``import a`` does."""
    if isinstance(node, ast.Import) and not alias.asname:
        return f"import {alias.name.partition('.')[0]}"
    return only(node, alias)


def _never_runs(node: ast.stmt) -> bool:
    """Whether a statement is for type checkers, or for who starts the module as a program, which Lambda does not.

    https://docs.python.org/3/library/typing.html#typing.TYPE_CHECKING
    """
    test = node.test if isinstance(node, ast.If) and not node.orelse else None
    checked = getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"
    return checked or (test is not None and ast.unparse(test) == "__name__ == '__main__'")
