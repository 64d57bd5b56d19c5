"""Names inside f-strings, renamed in their text."""

import pytest

from woo_stack.fstrings import is_plain, renamed

NAMES = {"one": "a", "two": "b", "three": "c"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f'one {one} {{one}} {{{one}}}'", "f'one {a} {{one}} {{{a}}}'"),
        ("f'{one.two[three]}{x.one}'", "f'{a.two[c]}{x.one}'"),
        ("f'{one!r}{two!s:>{three}}{one:one}'", "f'{a!r}{b!s:>{c}}{a:one}'"),
        ("f'{one:{two}.{three}f} one'", "f'{a:{b}.{c}f} one'"),
        ("f'{one != two}{one == two}{one >= 1}'", "f'{a != b}{a == b}{a >= 1}'"),
        ("f'{one(two=three, three = 4)}'", "f'{a(two=c, three = 4)}'"),
        ("f'{one[\"one\"]}'", "f'{a[\"one\"]}'"),
        ("f'{\"one}\" + one}'", "f'{\"one}\" + a}'"),
        ("f'{one if two else three}'", "f'{a if b else c}'"),
        ("f'{[one for one in two if one]}{ {one: two} }'", "f'{[a for a in b if a]}{ {a: b} }'"),
        ("f'{(lambda one: one)(two)}{(three:=one)}'", "f'{(lambda a: a)(b)}{(c:=a)}'"),
        ("f'{x[one:two]}{one,two}'", "f'{x[a:b]}{a,b}'"),
        ("f'''{','.join(f'{one}:one' for one in two)}\n{three}'''", "f'''{','.join(f'{a}:one' for a in b)}\n{c}'''"),
        ("rf'\\d{one}{{3}}'", "rf'\\d{a}{{3}}'"),
        ("F\"{one}'one'\"", "F\"{a}'one'\""),
        ("f'{onetwo}{none}{_one}{1.0}'", "f'{onetwo}{none}{_one}{1.0}'"),
        ("f'{one}\\n{{\\t{two}'", "f'{a}\\n{{\\t{b}'"),
    ],
)  # fmt: skip
def test_names_change_where_they_are_names(text: str, expected: str) -> None:
    assert is_plain(text)
    assert renamed(text, NAMES) == expected


@pytest.mark.parametrize("text", ["'{one}'", "b'{one}'", "r'{one}'", '"""{one}"""', "u'one'"])
def test_other_strings_stay(text: str) -> None:
    assert renamed(text, NAMES) == text


@pytest.mark.parametrize("text", ["f'{one=}'", "f'{one = !r}'", "f'\\N{BULLET}{one}'", "f'{x. one}'", "f'{'"])
def test_what_is_not_understood_is_told(text: str) -> None:
    assert not is_plain(text)
