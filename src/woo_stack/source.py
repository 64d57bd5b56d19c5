"""Strip Python source for the template: same text on every Python version, because no unparser writes it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable

#: Tokens that open and close a string with expressions in it; Python 3.11 gives these strings as one token.
_OPEN = {"FSTRING_START", "TSTRING_START"}
_CLOSE = {"FSTRING_END", "TSTRING_END"}
_SPACE = {tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER}
#: A token that starts or ends so needs a space between itself and another such.
_WORDLY = re.compile(r"[\w\"']")

Position = tuple[int, int]


def stripped(source: str, tree: ast.Module, *, without: Iterable[ast.stmt] = ()) -> str:
    """The source without comments, docstrings, blank lines, annotations of functions and the statements in `without`.

    One space an indentation, one line a logical line, no space that Python does not need, single quotes where that
    needs no escape (a double quote costs two bytes in JSON). Everything inside a string stays as it is, and so do the
    annotations of classes, which dataclasses read.
    """
    lines = source.splitlines(keepends=True)
    docstrings, lonely = _docstrings(tree)
    dropped = [*_annotations(tree, source), *((_start(node), _end(node)) for node in without)]
    output, text, depth, depth_of_line = [], "", 0, 0
    for kind, start, stop in _tokens(source):
        if kind in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if kind == tokenize.INDENT else -1
        elif kind == tokenize.NEWLINE:
            if text:
                output.append(" " * depth_of_line + text)
            text = ""
        elif kind not in _SPACE and not any(first <= start < last for first, last in dropped):
            word = "..." if start in lonely else "" if start in docstrings else _word(lines, start, stop, kind)
            if word and not text:
                text, depth_of_line = word, depth
            elif word:
                text += _gap(text, word) + word
    return "\n".join(output)


def _start(node: ast.stmt | ast.expr | ast.arg) -> Position:
    return node.lineno, node.col_offset


def _end(node: ast.stmt | ast.expr) -> Position:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _annotations(tree: ast.Module, source: str) -> Iterable[tuple[Position, Position]]:
    """From the colon or arrow to the end of each annotation in a function's signature."""
    arrows = [token.start for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.string == "->"]
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            yield (node.lineno, node.col_offset + len(node.arg.encode())), _end(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield max(arrow for arrow in arrows if arrow < _start(node.returns)), _end(node.returns)


def _docstrings(tree: ast.Module) -> tuple[set[Position], set[Position]]:
    """Where docstrings start, and those of them that are all of a body (which must not become empty)."""
    found: set[Position] = set()
    lonely: set[Position] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                found.add((first.lineno, first.col_offset))
                if len(node.body) == 1 and not isinstance(node, ast.Module):
                    lonely.add((first.lineno, first.col_offset))
    return found, lonely


def _tokens(source: str) -> Iterable[tuple[int, Position, Position]]:
    """(kind, start, stop) of each token, a string with expressions in it as one STRING as Python 3.11 has it."""
    opened: list[Position] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
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
    if start[0] == stop[0]:
        word = lines[start[0] - 1][start[1] : stop[1]]
    else:
        between = lines[start[0] : stop[0] - 1]
        word = lines[start[0] - 1][start[1] :] + "".join(between) + lines[stop[0] - 1][: stop[1]]
    if kind == tokenize.STRING and (match := re.fullmatch(r'([A-Za-z]*)"([^"\'\\]*)"', word)):
        return f"{match[1]}'{match[2]}'"
    return word


def _gap(before: str, after: str) -> str:
    """The space that two tokens need between them: one between words, none beside an operator or a bracket."""
    return " " if _WORDLY.match(before[-1]) and _WORDLY.match(after[0]) else ""
