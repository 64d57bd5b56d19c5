"""Shorter names for the variables of functions, where nothing but the function itself can tell the difference."""

import ast
import builtins
import keyword
from collections import Counter
from collections.abc import Iterator
from itertools import product
from string import ascii_letters

#: What reads names back as text.
_READERS = {"dir", "eval", "exec", "locals", "vars"}
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def short_names(tree: ast.Module) -> dict[ast.Name, str]:
    """Each mention of a function's own variable, and the name to stand there instead.

    Parameters keep theirs, because callers name them, and so do names in f-strings (Python 3.11 does not say where in
    the file those stand), names that the module or Python itself has, and all in functions that hold a class or look
    at their variables.
    """
    shared = {name for node in _outside_functions(tree) for name in _names(node)} | {*dir(builtins)}
    used = shared | {name for node in ast.walk(tree) for name in _names(node)} | {*keyword.kwlist}
    free = [name for name in _candidates() if name not in used]
    return {
        mention: name
        for node in _outside_functions(tree)
        if isinstance(node, _FUNCTION)
        for mention, name in _renamed(node, shared, free)
    }


def _renamed(function: ast.AST, shared: set[str], free: list[str]) -> Iterator[tuple[ast.Name, str]]:
    nodes = list(ast.walk(function))
    mentions = [node for node in nodes if isinstance(node, ast.Name)]
    if any(isinstance(node, ast.ClassDef) for node in nodes) or _READERS & {node.id for node in mentions}:
        return
    kept = shared | {name for node in nodes if not isinstance(node, ast.Name) for name in _names(node)}
    texts = [node for node in nodes if type(node).__name__ in ("JoinedStr", "TemplateStr")]
    kept |= {name for text in texts for node in ast.walk(text) for name in _names(node)}
    own = {node.id for node in mentions if isinstance(node.ctx, ast.Store) and not node.id.startswith("__")} - kept
    saved = Counter(node.id for node in mentions if node.id in own)
    longest = sorted(own, key=lambda name: (-saved[name] * len(name), name))
    short = {old: new for old, new in zip(longest, free, strict=False) if len(new) < len(old)}
    yield from ((node, short[node.id]) for node in mentions if node.id in short)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """Every node of a module that is in no function, the functions themselves included."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _FUNCTION):
            yield from _outside_functions(child)


def _names(node: ast.AST) -> Iterator[str]:
    """The names that a node has itself, a variable's or one in a statement's text; a call's keywords are none."""
    for field in () if isinstance(node, ast.keyword) else ("id", "arg", "name", "asname", "rest", "names"):
        value = getattr(node, field, None)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str):
                yield name.partition(".")[0]


def _candidates() -> Iterator[str]:
    for length in (1, 2):
        yield from map("".join, product(ascii_letters, repeat=length))
