"""What nothing refers to once annotations are gone: the aliases of types, and the imports that they need."""

import ast
import re
from collections.abc import Iterator

from woo_stack.nodes import children, walk
from woo_stack.scopes import free, looks_names_up, outermost

#: Modules whose import does nothing that anybody could miss; other imports stay, because theirs may.
_PURE = {"collections.abc", "types", "typing"}
_BUILTIN = {"bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple", "type"}


def unused(tree: ast.Module) -> list[ast.stmt]:
    """The top-level statements without which the module does the same.

    Those are imports of type names, and aliases of types by subscript or ``|``: a mere name might be the entry point,
    and a call might do something. A word in any string counts as a use, because annotations may be strings.
    """
    bound = [*_bound(tree)]
    if looks_names_up(walk(tree)) or "*" in bound:
        return []
    pure = {name for node in tree.body for name in _imported(node) if bound.count(name) == 1}
    known = pure | _BUILTIN.difference(bound)
    names = {node: name for node in tree.body for name in _sole_effect(node, known)}
    uses = {node: {*_used(node)}.intersection(names.values()) for node in tree.body}
    while used := {name for node in tree.body if node not in names for name in uses[node]} & {*names.values()}:
        names = {node: name for node, name in names.items() if name not in used}
    return list(names)


def _sole_effect(node: ast.stmt, known: set[str]) -> Iterator[str]:
    """The name that a statement binds, if it does nothing else."""
    imported = [*_imported(node)]
    if len(imported) == 1 and imported[0] in known:
        yield imported[0]
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and _is_type(node.value, known):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module in _PURE and not node.level:
        yield from (alias.asname or alias.name for alias in node.names)


def _is_type(node: ast.expr, known: set[str]) -> bool:
    """Whether a value is a type made of others, such as ``dict[str, int | None]``, for which no code of others runs."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id in known and _is_argument(node.slice, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return all(
            side.id in known if isinstance(side, ast.Name) else _is_none(side) or _is_type(side, known)
            for side in (node.left, node.right)
        )
    return False


def _is_argument(node: ast.expr, known: set[str]) -> bool:
    if isinstance(node, ast.Tuple | ast.List):
        return all(_is_argument(one, known) for one in node.elts)
    return isinstance(node, ast.Name | ast.Constant) or _is_type(node, known)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _used(statement: ast.stmt) -> Iterator[str]:
    """Every name in a statement, and every word of its strings."""
    for node in walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)
        elif isinstance(node, ast.Global):
            yield from node.names


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that the module itself binds, as often as it does."""
    scopes = {id(scope) for scope in outermost(tree)}
    yield from (name for node in walk(tree) if isinstance(node, ast.Global) for name in node.names)
    waiting: list[ast.AST] = [tree]
    for node in waiting:
        if isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(name := getattr(node, "name", None), str):
            yield name
        if id(node) in scopes or isinstance(node, ast.Name):
            yield from (name.id for name in free(node) if not isinstance(name.ctx, ast.Load))
        elif not isinstance(node, ast.ClassDef):
            waiting += children(node)
