"""Shorter names for the variables of functions, where nothing but the function itself can tell the difference."""

import ast
import keyword
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from string import ascii_letters

from woo_stack.callers import unnamed_parameters
from woo_stack.nodes import walk
from woo_stack.scopes import Scope, free, is_formatted, looks_names_up, outermost, outside_strings, texts


def short_names(tree: ast.Module, is_plain: Callable[[ast.expr], bool]) -> Iterator[tuple[Scope, dict[str, str]]]:
    """Each outermost scope, and what shall stand for the names of variables in all of it.

    Others keep theirs: parameters that a caller may name, names in strings that are not plain, names that the scope
    also has from outside or that stand where the tree does not say it (an import's, an error's), and all in scopes that
    hold a class or look at their variables.
    """
    unnamed = {*unnamed_parameters(tree)}
    for scope in outermost(tree):
        nodes = walk(scope)
        if looks_names_up(nodes) or any(isinstance(node, ast.ClassDef) for node in nodes):
            continue
        strings = [node for node in outside_strings(scope) if is_formatted(node) and not is_plain(node)]
        kept = {name for string in strings for node in walk(string) for name in texts(node)}
        kept |= {node.id for node in free(scope)}
        own: list[str] = []
        for node in nodes:
            shown = not isinstance(node, ast.Name | ast.arg) or (isinstance(node, ast.arg) and node not in unnamed)
            own += [] if shown else texts(node)
            kept |= {*texts(node)} if shown else set()
        yield scope, _shortened(own, kept)


def mentions(scope: Scope) -> Iterator[tuple[ast.Name | ast.arg, str]]:
    """Each variable and parameter in a scope, but not in f-strings, with its name."""
    for node in outside_strings(scope):
        if isinstance(node, ast.Name | ast.arg):
            yield node, node.id if isinstance(node, ast.Name) else node.arg


def _shortened(own: list[str], kept: set[str]) -> dict[str, str]:
    """Shorter names for those that may have them, the shortest where they save most; none that is there already."""
    count = Counter(name for name in own if name not in kept and len(name) > 1 and not name.startswith("__"))
    taken = {*own, *kept, *keyword.kwlist}
    free_ones = ("".join(letters) for length in (1, 2) for letters in product(ascii_letters, repeat=length))
    longest = sorted(count, key=lambda name: (-count[name] * (len(name) - 1), name))
    short = zip(longest, (name for name in free_ones if name not in taken), strict=False)
    return {old: new for old, new in short if len(new) < len(old)}
