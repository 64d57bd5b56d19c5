"""Who may read a function's annotations, or docstrings, while the program runs."""

import ast
import re

#: Words of what reads them.
_READERS = re.compile(r"\b(?:__annotations__|__doc__|annotationlib|doctest|get_type_hints|getdoc|inspect)\b")
#: Decorators that read none. Of others nobody knows: `functools.singledispatch` and validators do.
BLIND = {
    "abstractmethod",
    "asynccontextmanager",
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "deleter",
}
BLIND |= {"final", "getter", "lru_cache", "override", "property", "setter", "staticmethod", "wraps"}


def reads_any(source: str) -> bool:
    """Whether a source has a word, be it in a comment, of what reads annotations or docstrings of any function."""
    return _READERS.search(source) is not None


def may_read(decorator: ast.expr) -> bool:
    """Whether a decorator may read the annotations of what it decorates."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(named, "id", getattr(named, "attr", "")) not in BLIND
