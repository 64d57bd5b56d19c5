"""Names inside f-strings: Python 3.11 does not say where in the file those stand, so their text is read here."""

import ast
import re
from collections.abc import Mapping
from keyword import iskeyword

_QUOTED = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")")
#: What stands in the braces; the last alternative is any other character.
_CODE = re.compile(
    r"(?P<string>(?<!\w)(?:[bBuU]|[bB]?[rR]|[rR][bB]|[fF][rR]?|[rR][fF])?(?P<quote>'''|\"\"\"|'|\").*?(?P=quote))"
    r"|(?P<name>(?<![\w.])[^\W\d]\w*+)(?!\s*+=[^=])"
    r"|(?P<word>[.\w]+)"
    r"|(?P<opened>[(\[{])"
    r"|(?P<closed>[)\]}])"
    r"|![rsa]\b"
    r"|(?P<spec>:)"
    r"|.",
    re.DOTALL,
)


def is_plain(text: str) -> bool:
    """Whether `renamed` gives this f-string other names rightly: it is tried out with all words, and Python's parser.

    Not so in ``f"{x=}"``, which shows the name, and where a name stands in the text as something else too.
    """
    names = {word: f"{word}_" for word in re.findall(r"[^\W\d]\w*", text) if not iskeyword(word)}
    try:
        tree = ast.parse(text, mode="eval")
        after = ast.parse(renamed(text, names), mode="eval")
    except SyntaxError:
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)
    return ast.dump(tree) == ast.dump(after)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The string with other names in its braces and in f-strings there; a string of another kind as it is."""
    opening = _QUOTED.match(text)
    if not opening or "f" not in opening[1].lower():
        return text
    end = len(text) - len(opening[2])
    found, _ = _literal(text[:end], opening.end(), names, nested=False)
    return opening[0] + found + text[end:]


def _literal(text: str, at: int, names: Mapping[str, str], *, nested: bool) -> tuple[str, int]:
    """Text with braces up to its end, or up to the brace that closes around it, and where that is."""
    found = ""
    while at < len(text) and not (nested and text[at] == "}"):
        # Two braces are one of the text, but not in a format.
        if text[at] == "{" and (nested or text[at + 1 : at + 2] != "{"):
            code, at = _code(text, at + 1, names)
            found += "{" + code
        else:
            length = 2 if text[at : at + 2] in ("{{", "}}") else 1
            found += text[at : at + length]
            at += length
    return found, at


def _code(text: str, at: int, names: Mapping[str, str]) -> tuple[str, int]:
    """What stands in braces, the closing one included, and where it ends."""
    found, depth = "", 0
    while piece := _CODE.match(text, at):
        at = piece.end()
        depth += bool(piece["opened"]) - bool(piece["closed"])
        if piece["spec"] and not depth:
            spec, at = _literal(text, at, names, nested=True)
            found += ":" + spec
        elif piece["string"]:
            found += renamed(piece[0], names)
        else:
            found += names.get(piece[0], piece[0]) if piece["name"] else piece[0]
        if depth < 0:
            break
    return found, at
