"""Which scope a name belongs to, told from the tree alone: the same on every Python."""

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from woo_stack.nodes import children, kept, walk

_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_SCOPE = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | _COMPREHENSION

#: A node with variables of its own. A class is none: what it binds is seen by others.
Scope = (
    ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
)

#: What reaches functions and variables by text, or runs text.
_READERS = {
    "builtins",
    "__code__",
    "__dict__",
    "__import__",
    "_getframe",
    "currentframe",
    "dir",
    "eval",
    "exec",
    "f_code",
}
_READERS |= {"f_globals", "f_locals", "globals", "import_module", "locals", "modules", "vars"}
#: As what Lambda and a test may know the module itself.
_OURSELVES = {"__main__", "index"}


def outside_strings(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it but what stands inside f-strings: Python 3.11 gives that the wrong places."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if not is_formatted(node):
            waiting += children(node)


def is_formatted(node: ast.AST) -> TypeGuard[ast.expr]:
    """Whether a node is a string with expressions in it, also of a kind that Python 3.11 does not know."""
    return type(node).__name__ in ("JoinedStr", "TemplateStr")


def outermost(node: ast.AST) -> Iterator[Scope]:
    """Every scope that stands in no other and in no f-string."""
    for child in children(node):
        if isinstance(child, _SCOPE):
            yield child
        elif not is_formatted(child):
            yield from outermost(child)


@kept
def free(node: ast.AST) -> list[ast.Name]:
    """The mentions at a node or below of what no scope from it on binds.

    Too many rather than too few: a name bound by anything but an assignment, a loop or a parameter is among them.
    """
    found: list[ast.Name] = []
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        node, bound = waiting.pop()
        if isinstance(node, ast.Name) and node.id not in bound:
            found.append(node)
        around, within = _parts(node)
        waiting += [(child, bound) for child in around]
        known = bound | _bound(node) if isinstance(node, _SCOPE) else bound
        waiting += [(child, known) for child in within]
    return found


def texts(node: ast.AST) -> Iterator[str]:
    """The names that a node has itself, a variable's or one in a statement's text; a call's keywords are none."""
    for field in () if isinstance(node, ast.keyword) else ("id", "arg", "name", "asname", "rest", "names"):
        value = getattr(node, field, None)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str):
                yield name.partition(".")[0]


def looks_names_up(nodes: Iterable[ast.AST]) -> bool:
    """Whether any of the nodes may read names back as text."""
    return any(_looks_up(node) for node in nodes)


@kept
def _looks_up(node: ast.AST) -> bool:
    reached = {getattr(node, field, None) for field in ("id", "attr", "name", "module")}
    return bool(reached & _READERS or (isinstance(node, ast.alias | ast.ImportFrom) and reached & _OURSELVES))


@kept
def _bound(scope: ast.AST) -> set[str]:
    """The names of a scope's own variables and parameters."""
    if isinstance(scope, _COMPREHENSION):
        return {name for part in scope.generators for name in _stored(part.target)}
    arguments = getattr(scope, "args", None)
    found = {child.arg for child in children(arguments) if isinstance(child, ast.arg)} if arguments else set()
    # Whether it stands in a comprehension, which binds its own names, but not those of ``:=``.
    waiting = [(node, False) for node in _parts(scope)[1]]
    for node, foreign in waiting:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and not foreign:
            found.add(node.id)
        if isinstance(node, ast.NamedExpr):
            found.add(node.target.id)
        around, within = _parts(node)
        waiting += [(child, foreign) for child in around]
        if not isinstance(node, _SCOPE) or isinstance(node, _COMPREHENSION):
            waiting += [(child, foreign or isinstance(node, _SCOPE)) for child in within]
    return found


def _stored(target: ast.expr) -> Iterator[str]:
    for node in walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@kept
def _parts(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """What below a node is evaluated around its scope, and what in it."""
    if isinstance(node, _COMPREHENSION):
        first, *others = node.generators
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return [first.iter], [first.target, *first.ifs, *others, *values]
    below = children(node)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return [], below
    within = {id(child) for child in (node.body if isinstance(node.body, list) else [node.body])}
    return [child for child in below if id(child) not in within], [child for child in below if id(child) in within]
