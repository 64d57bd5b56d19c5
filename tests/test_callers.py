"""Parameters that callers cannot name, and those that they can."""

import ast

import pytest

from woo_stack.callers import unnamed_parameters


def unnamed(source: str) -> str:
    return " ".join(sorted(arg.arg for arg in unnamed_parameters(ast.parse(source))))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(event, context): pass", "context event"),
        ("async def f(event): pass", "event"),
        ("def f(one, two): pass\nf(1, two=2)", "one"),
        ("def f(one): pass\nx.f(one=2)", ""),
        ("def f(one): pass\ng(one=2)", "one"),
        ("def f(one): pass\nf(**x)", ""),
        ("def f(one): pass\ng(**x)", "one"),
        ("def f(one): pass\nf(*x)", "one"),
        ("def f(one): pass\ng(f)", ""),
        ("def f(one): pass\nclass C:\n g = f", ""),
        ("def f(one): pass\nf = g(f)", ""),
        ("def f(one): pass\ndef g():\n global f\n f = 1", ""),
        ("def f(one): pass\ndef g():\n f = 1\n return f", "one"),
        ("def f(one): pass\ndef g():\n h(f)", ""),
        ("def f(one): pass\ndef g():\n return [f for f in x]", "one"),
        ("@g\ndef f(one, *two, three): pass", ""),
        ("def f(one, /, two, *three, four, **five): pass", "five one three"),
        ("def f(one, /, two): pass\ng(f)", "one"),
        ("def f(one):\n def g(two): pass\n g(3)", "one two"),
        ("def f(one):\n def g(two): pass\n return g", "one"),
        ("def f():\n def g(two): pass\n g = h(g)\n return g", ""),
        ("lambda one: one", ""),
        ("class C:\n def m(self, two, *three): pass", "self three"),
        ("class C:\n @classmethod\n def m(cls): pass", ""),
        ("class C:\n def m(cls): pass", "cls"),
        ("class C:\n def m(one): pass", ""),
        ("class C:\n def m(self, **more): pass", "more"),
        ("class C(D):\n def m(self): pass", ""),
        ("class C(metaclass=D):\n def m(self): pass", ""),
        ("@d\nclass C:\n def m(self): pass", ""),
        ("class C:\n def m(self): pass\ng(self=C())", ""),
        ("class C:\n def m(self): pass\n n = staticmethod(m)", ""),
        ("def f(one): return eval('f(one=1)')", ""),
        ("def f(one): pass\nglobals()['f'](one=1)", ""),
        ("import sys\ndef f(one): pass\nsys.modules[__name__].f", ""),
        ("from sys import modules as m\ndef f(one): pass", ""),
        ("import index\ndef f(one): pass", ""),
        ("def f(one): return one.index", "one"),
    ],
)  # fmt: skip
def test_who_may_be_called_otherwise(source: str, expected: str) -> None:
    assert unnamed(source) == expected
