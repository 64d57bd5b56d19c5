"""Who may read annotations: what is not known to be blind may."""

import ast

import pytest

from woo_stack.annotations import may_read, reads_any


@pytest.mark.parametrize(
    ("decorator", "reads"),
    [
        ("property", False),
        ("cache", False),
        ("functools.lru_cache(maxsize=None)", False),
        ("total.setter", False),
        ("singledispatch", True),
        ("show.register", True),
        ("validate(strict=True)", True),
        ("tools['x']", True),
    ],
)
def test_a_decorator_that_nobody_knows_may_read(decorator: str, reads: bool) -> None:
    assert may_read(ast.parse(decorator, mode="eval").body) is reads


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("from inspect import signature", True),
        ("hints = typing.get_type_hints(f)", True),
        ("print(f.__doc__)", True),
        ("f.__annotations__", True),
        ("signature = inspected = documents = 1", False),
    ],
)
def test_a_word_of_what_reads_is_enough(source: str, reads: bool) -> None:
    assert reads_any(source) is reads
