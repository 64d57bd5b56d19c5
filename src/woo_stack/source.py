"""Strip Python source for the template: same text on every Python version, because no unparser writes it."""

import ast
import io
import re
import tokenize
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import TypeGuard

from woo_stack.annotations import may_read, reads_any
from woo_stack.fstrings import is_plain, renamed
from woo_stack.names import mentions, short_names
from woo_stack.nodes import children
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
#: Kinds of nodes with arguments and a body.
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
#: Kind, start, stop and text of a token.
Word = tuple[int, Position, Position, str]


class Source:
    """The sources of one module beside its tree, without docstrings and annotations: what goes, goes from both.

    The annotations of classes stay, which dataclasses read, and those of functions whose decorators may; and all, with
    the docstrings, where the source has a word of what reads them.
    """

    def __init__(self, *sources: str) -> None:
        """Raises SyntaxError for what is no Python."""
        sources = tuple(source if source.endswith("\n") else f"{source}\n" for source in sources)
        text = "".join(sources)
        self.tree = ast.parse(text)
        # The line that each ends with.
        self._ends = [*accumulate(source.count("\n") for source in sources)]
        # As tokenize counts lines: a form feed or U+2028 inside a string ends none.
        self._lines = io.StringIO(text).readlines()
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        self._words = [(*token, _word(self._lines, *token)) for token in _joined(tokens)]
        self._spans: list[tuple[Position, Position]] = []
        self._lonely: set[Position] = set()
        self._marks = {mark: [token for token in tokens if token.string == mark] for mark in ("->", "(", ")", ":")}
        self._places = {mark: [token.start for token in found] for mark, found in self._marks.items()}
        waiting: list[tuple[ast.AST, bool]] = [] if reads_any(text) else [(self.tree, False)]
        told: set[ast.AST] = set()
        # Each node before those below it, so that what goes is not walked.
        for node, in_class in waiting:
            self._drop_docstring(node)
            if isinstance(node, _FUNCTION) and any(map(may_read, node.decorator_list)):
                told |= {node, *children(node.args)}
            if node not in told:
                self._drop_annotation(node, in_class=in_class)
            below = isinstance(node, ast.ClassDef) or (in_class and not isinstance(node, _FUNCTION))
            waiting += [(child, below) for child in children(node)]

    def drop(self, statements: Iterable[ast.stmt]) -> None:
        """Leave out these statements of the top level."""
        gone = {*statements}
        self._spans += [(_start(node, self._lines), _end(node, self._lines)) for node in gone]
        self.tree = ast.Module([node for node in self.tree.body if node not in gone], [])

    def stripped(self, *, short: bool = False) -> list[str]:
        """The sources without comments and blank lines, each for itself.

        One space an indentation, one line for a block of plain statements, no space that Python does not need, single
        quotes where that needs no escape (in JSON a double quote costs two bytes, and so does the end of a line), no
        comma before a closing bracket. Everything inside a string stays as it is. With `short` a function's own
        variables get shorter names, in its f-strings too.
        """
        others = self._renamed() if short else {}
        dropped = sorted([*self._spans, *self._commas()], reverse=True)
        output: list[list[tuple[int, str]]] = [[] for _ in self._ends]
        text, depth, depth_of_line, kept_from = "", 0, 0, (0, 0)
        for kind, start, _, word in self._words:
            while dropped and dropped[-1][0] <= start:
                kept_from = max(kept_from, dropped.pop()[1])
            if kind in (tokenize.INDENT, tokenize.DEDENT):
                depth += 1 if kind == tokenize.INDENT else -1
            elif kind == tokenize.NEWLINE:
                if text:
                    output[bisect_left(self._ends, start[0])].append((depth_of_line, text.rstrip(";")))
                text = ""
            elif kind not in _SPACE and (start in self._lonely or start >= kept_from):
                after = "..." if start in self._lonely else others.get(start, word)
                if text:
                    text += _gap(text, after) + after
                elif after != ";":
                    text, depth_of_line = after, depth
        return ["\n".join(" " * depth + text for depth, text in _blocks(lines)) for lines in output]

    def _drop_docstring(self, node: ast.AST) -> None:
        if (
            isinstance(node, ast.Module | ast.ClassDef | _FUNCTION)
            and node.body
            and is_docstring(first := node.body[0])
        ):
            self._spans.append((_start(first, self._lines), _end(first, self._lines)))
            # A body must not become empty.
            if len(node.body) == 1 and not isinstance(node, ast.Module):
                self._lonely.add(_start(first, self._lines))
                node.body[0] = ast.Expr(ast.Constant(...))
            else:
                del node.body[0]

    def _drop_annotation(self, node: ast.AST, *, in_class: bool) -> None:
        """Drop from the colon or arrow to the end of an annotation, its parentheses included.

        That of an attribute goes too: in a function Python does not even evaluate it.
        """
        note: ast.expr | None = None
        if isinstance(node, ast.arg) and node.annotation:
            note, node.annotation = node.annotation, None
            first = _position(node.lineno, node.col_offset + len(node.arg.encode()), self._lines)
        elif isinstance(node, _FUNCTION) and node.returns:
            note, node.returns = node.returns, None
            first = self._places["->"][self._before("->", _start(note, self._lines)) - 1]
        elif isinstance(node, ast.AnnAssign) and node.value and not in_class:
            note, node.annotation = node.annotation, ast.Constant(...)
            first = self._places[":"][self._before(":", _start(note, self._lines)) - 1]
        if note:
            start, last = _start(note, self._lines), _end(note, self._lines)
            opened, closing = self._before("(", start) - self._before("(", first), self._before(")", last)
            closed = self._marks[")"][closing : closing + opened]
            self._spans.append((first, max([last, *[token.end for token in closed]])))

    def _before(self, mark: str, place: Position) -> int:
        return bisect_left(self._places[mark], place)

    def _commas(self) -> Iterable[tuple[Position, Position]]:
        """Each comma before a closing bracket, but that of a tuple or pattern of one."""
        kept = {_end(node, self._lines) for node in outside_strings(self.tree) if _is_single(node)}
        solid = [word for word in self._words if word[0] not in _SPACE]
        for (_, start, stop, text), (_, _, end, closing) in pairwise(solid):
            if text == "," and closing in {")", "]", "}"} and not kept & {stop, end}:
                yield start, stop

    def _renamed(self) -> dict[Position, str]:
        """What stands for a token for the sake of shorter names, by the place of the token."""
        lines = self._lines
        strings = {start: word for kind, start, _, word in self._words if kind == tokenize.STRING}
        stiff = [start for start, word in strings.items() if _FORMATTED.match(word) and not is_plain(word)]
        places = sorted(strings)
        found: dict[Position, str] = {}
        for scope, names in short_names(
            self.tree, lambda node: not any(_start(node, lines) <= start < _end(node, lines) for start in stiff)
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


def _is_single(node: ast.AST) -> TypeGuard[ast.Tuple | ast.MatchSequence]:
    parts = node.elts if isinstance(node, ast.Tuple) else node.patterns if isinstance(node, ast.MatchSequence) else ()
    return len(parts) == 1


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


def _word(lines: list[str], kind: int, start: Position, stop: Position) -> str:
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
