"""Which parameters may be called anything, because no caller names them."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from woo_stack.nodes import run_by, walk
from woo_stack.scopes import free, looks_names_up, outermost

_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def unnamed_parameters(tree: ast.Module) -> Iterator[ast.arg]:
    """The parameters that only positions fill, whoever calls: what may be renamed without anybody's noticing.

    These are what ``*`` and ``**`` gather, the positional-only ones, ``self`` and ``cls`` in a class without bases, and
    those of a function of which nothing but calls is made, where no call names the parameter. An entry point is called
    by none here, and by position by Lambda: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
    Left alone are keyword-only parameters, those beside a ``**`` (which would swallow the new name), those of decorated
    functions, other methods' (who has an instance may call it with names), lambdas' and all where names are looked up.
    """
    nodes = walk(tree)
    if looks_names_up(nodes):
        return
    named = _keywords(nodes)
    passed_at_all, passed_from_outside = _passed(nodes, nodes), _passed(nodes, free(tree))
    outer = {id(scope) for scope in outermost(tree)}
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    owners = {id(node): owner for owner in classes for node in owner.body}
    # Methods too, under an ``if`` of their class: left alone as a whole.
    methods = {id(node) for owner in classes for one in owner.body for node in run_by(one)} - owners.keys()
    for node in nodes:
        if not isinstance(node, _FUNCTION) or node.decorator_list or id(node) in methods:
            continue
        own, owner, names = node.args, owners.get(id(node)), named[node.name]
        yield from (arg for arg in (*own.posonlyargs, own.vararg, own.kwarg) if arg)
        if own.kwarg or None in names or node.name in (passed_from_outside if id(node) in outer else passed_at_all):
            continue
        if not owner:
            yield from (arg for arg in own.args if arg.arg not in names)
        elif not (owner.bases or owner.keywords or owner.decorator_list or own.posonlyargs):
            selves = {"self", "cls"}.difference(*named.values())
            yield from (arg for arg in own.args[:1] if arg.arg in selves)


def _keywords(nodes: Iterable[ast.AST]) -> dict[str, set[str | None]]:
    """The keywords in the calls of each name, be it a variable's or an attribute's; None stands for ``**``."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for node in nodes:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found[name] |= {keyword.arg for keyword in node.keywords}
    return found


def _passed(nodes: list[ast.AST], mentions: Iterable[ast.AST]) -> set[str]:
    """The names among the mentions that stand anywhere but before the parentheses of a call."""
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    declared = {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    return declared | {node.id for node in mentions if isinstance(node, ast.Name) and id(node) not in called}
