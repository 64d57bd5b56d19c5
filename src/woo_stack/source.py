"""Strip Python source for the template: same text on every Python version, because no unparser writes it."""

import ast
import io
import re
import tokenize
from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from typing import TypeGuard

from woo_stack.fstrings import is_plain, renamed
from woo_stack.names import mentions, short_names
from woo_stack.nodes import children, walk
from woo_stack.scopes import outside_strings

#: Tokens that open and close a string with expressions in it; Python 3.11 gives these strings as one token.
_OPEN = {"FSTRING_START", "TSTRING_START"}
_CLOSE = {"FSTRING_END", "TSTRING_END"}
_SPACE = {tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER}
#: A token that starts or ends so needs a space between itself and another such.
_WORDLY = re.compile(r"\w")
_PREFIX = re.compile(r"(?<!\w)[bBfFrRtTuU]{1,2}$")
_FORMATTED = re.compile("[bBrRuU]*[fFtT]")
#: What begins a line that no statement may share; ``match`` and ``case`` may also be names, which does no harm.
_COMPOUND = re.compile(r"@|(?:async|case|class|def|elif|else|except|finally|for|if|match|try|while|with)\b")

Position = tuple[int, int]
Node = ast.stmt | ast.expr | ast.arg | ast.pattern
#: Kind, start, stop and text of a token.
Word = tuple[int, Position, Position, str]


def stripped(source: str, tree: ast.Module, *, without: Iterable[ast.stmt] = (), short: bool = False) -> str:
    """The source without comments, docstrings, blank lines, annotations and the statements in `without`.

    One space an indentation, one line for a block of plain statements, no space that Python does not need, single
    quotes where that needs no escape (in JSON a double quote costs two bytes, and so does the end of a line), no comma
    before a closing bracket. Everything inside a string stays as it is, and so do the annotations of classes, which
    dataclasses read. With `short` a function's own variables get shorter names, in its f-strings too.
    """
    # As tokenize counts lines: a form feed or U+2028 inside a string ends none.
    lines = io.StringIO(source).readlines()
    docstrings = list(_docstrings(tree))
    lonely = {_start(node, lines) for node, alone in docstrings if alone}
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    spans = [(_start(node, lines), _end(node, lines)) for node in [*without, *(node for node, _ in docstrings)]]
    words = [(kind, start, stop, _word(lines, start, stop, kind)) for kind, start, stop in _joined(tokens)]
    others = _renamed(tree, words, lines) if short else {}
    spans += [*_annotations(tree, tokens, lines), *_commas(tree, words, lines)]
    dropped = sorted(spans, reverse=True)
    output: list[tuple[int, str]] = []
    text, depth, depth_of_line, kept_from = "", 0, 0, (0, 0)
    for kind, start, _, word in words:
        while dropped and dropped[-1][0] <= start:
            kept_from = max(kept_from, dropped.pop()[1])
        if kind in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if kind == tokenize.INDENT else -1
        elif kind == tokenize.NEWLINE:
            if text:
                output.append((depth_of_line, text.rstrip(";")))
            text = ""
        elif kind not in _SPACE and (start in lonely or start >= kept_from):
            after = "..." if start in lonely else others.get(start, word)
            if text:
                text += _gap(text, after) + after
            elif after != ";":
                text, depth_of_line = after, depth
    return "\n".join(" " * depth + text for depth, text in _blocks(output))


def _renamed(tree: ast.Module, words: list[Word], lines: list[str]) -> dict[Position, str]:
    """What stands for a token for the sake of shorter names, by the place of the token."""
    strings = {start: word for kind, start, _, word in words if kind == tokenize.STRING}
    stiff = [start for start, word in strings.items() if _FORMATTED.match(word) and not is_plain(word)]
    places = sorted(strings)
    found: dict[Position, str] = {}
    for scope, names in short_names(
        tree, lambda node: not any(_start(node, lines) <= start < _end(node, lines) for start in stiff)
    ):
        found |= {_start(node, lines): names[name] for node, name in mentions(scope) if name in names}
        first = min(_start(node, lines) for node in [scope, *getattr(scope, "decorator_list", ())])
        inside = places[bisect_left(places, first) : bisect_left(places, _end(scope, lines))]
        within = [start for start in inside if start not in stiff]
        found |= {start: renamed(strings[start], names) for start in within}
    return found


def _blocks(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines with a block's plain statements on one, beside its header if it has no others.

    At the top each keeps its own, by which it is found.
    """
    joined: list[tuple[int, str]] = []
    for depth, text in lines:
        if depth and joined[-1][0] == depth and not _COMPOUND.match(text) and not _COMPOUND.match(joined[-1][1]):
            joined[-1] = depth, f"{joined[-1][1]};{text}"
        else:
            joined.append((depth, text))
    found: list[tuple[int, str]] = []
    for depth, text in reversed(joined):
        alone = len(found) == 1 or (found and found[-2][0] <= depth)
        if text.endswith(":") and alone and not _COMPOUND.match(found[-1][1]):
            found[-1] = depth, text + found[-1][1]
        else:
            found.append((depth, text))
    return found[::-1]


def _start(node: Node, lines: list[str]) -> Position:
    return _position(node.lineno, node.col_offset, lines)


def _end(node: Node, lines: list[str]) -> Position:
    return _position(node.end_lineno or node.lineno, node.end_col_offset or 0, lines)


def _position(line: int, column: int, lines: list[str]) -> Position:
    """A place as tokenize says it: ast counts bytes, tokenize characters."""
    text = lines[line - 1]
    return line, column if text.isascii() else len(text.encode()[:column].decode())


def _annotations(
    tree: ast.Module, tokens: list[tokenize.TokenInfo], lines: list[str]
) -> Iterable[tuple[Position, Position]]:
    """From the colon or arrow to the end of each annotation outside a class, its parentheses included.

    That of an attribute goes too: in a function Python does not even evaluate it.
    """
    marks = {mark: [token for token in tokens if token.string == mark] for mark in ("->", "(", ")", ":")}
    places = {mark: [token.start for token in found] for mark, found in marks.items()}

    def before(mark: str, place: Position) -> int:
        return bisect_left(places[mark], place)

    for node in _outside_classes(tree):
        if isinstance(node, ast.arg) and node.annotation:
            first, note = _position(node.lineno, node.col_offset + len(node.arg.encode()), lines), node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            note = node.returns
            first = places["->"][before("->", _start(note, lines)) - 1]
        elif isinstance(node, ast.AnnAssign) and node.value:
            note = node.annotation
            first = places[":"][before(":", _start(note, lines)) - 1]
        else:
            continue
        start, last = _start(note, lines), _end(note, lines)
        opened, closing = before("(", start) - before("(", first), before(")", last)
        yield first, max([last, *[token.end for token in marks[")"][closing : closing + opened]]])


def _commas(tree: ast.Module, words: list[Word], lines: list[str]) -> Iterable[tuple[Position, Position]]:
    """Each comma before a closing bracket, but that of a tuple or pattern of one."""
    kept = {_end(node, lines) for node in outside_strings(tree) if _is_single(node)}
    solid = [word for word in words if word[0] not in _SPACE]
    for (_, start, stop, text), (_, _, end, closing) in pairwise(solid):
        if text == "," and closing in {")", "]", "}"} and not kept & {stop, end}:
            yield start, stop


def _is_single(node: ast.AST) -> TypeGuard[ast.Tuple | ast.MatchSequence]:
    parts = node.elts if isinstance(node, ast.Tuple) else node.patterns if isinstance(node, ast.MatchSequence) else ()
    return len(parts) == 1


def _outside_classes(node: ast.AST, *, inside: bool = False) -> Iterable[ast.AST]:
    """Every node, but of a class's own assignments none; those of its methods are outside again."""
    waiting = [(node, inside)]
    while waiting:
        node, inside = waiting.pop()
        for child in children(node):
            if not (inside and isinstance(child, ast.AnnAssign)):
                yield child
            function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
            waiting.append((child, isinstance(child, ast.ClassDef) or (inside and not function)))


def _docstrings(tree: ast.Module) -> Iterable[tuple[ast.stmt, bool]]:
    """Each docstring, and whether it is all of a body (which must not become empty)."""
    for node in walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if is_docstring(first):
                yield first, len(node.body) == 1 and not isinstance(node, ast.Module)


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is nothing but a text, as a docstring is where it comes first."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _joined(tokens: list[tokenize.TokenInfo]) -> Iterable[tuple[int, Position, Position]]:
    """(kind, start, stop) of each token, a string with expressions in it as one STRING as Python 3.11 has it."""
    opened: list[Position] = []
    for token in tokens:
        name = tokenize.tok_name[token.type]
        if name in _OPEN:
            opened.append(token.start)
        elif name in _CLOSE:
            start = opened.pop()
            if not opened:
                yield tokenize.STRING, start, token.end
        elif not opened:
            yield token.type, token.start, token.end


def _word(lines: list[str], start: Position, stop: Position, kind: int) -> str:
    """The token's text as it stands in the source, double quotes turned into single ones where that is free."""
    # None at the end of the file, where tokenize has tokens too.
    part = lines[start[0] - 1 : stop[0]] or [""]
    part[-1] = part[-1][: stop[1]]
    part[0] = part[0][start[1] :]
    word = "".join(part)
    if kind == tokenize.STRING and (match := re.fullmatch(r'([A-Za-z]*)"([^"\']*)"', word)):
        return f"{match[1]}'{match[2]}'"
    return word


def _gap(before: str, after: str) -> str:
    """The space that two tokens need between them: one between words, none beside an operator, a bracket or a quote."""
    if after == "." and re.search(r"(?<![\w.])[0-9_]+$", before[-40:]):
        return " "
    if after[0] in "\"'":
        # Before a quote letters may be a prefix, and other quotes may make three of it.
        return " " if before[-1] in "\"'" or _PREFIX.search(before[-3:]) else ""
    return " " if _WORDLY.match(before[-1]) and _WORDLY.match(after[0]) else ""
