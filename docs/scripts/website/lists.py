"""Lists as GitHub reads them, in the indentation that Python-Markdown asks for."""

import re

#: A list's item: its indentation, and its marker with the blanks behind it.
_ITEM = re.compile(r" *(?:[-*+]|\d+\.) +(?=\S)")
_FENCE = re.compile(r" *(```+|~~~+)")
_STEP = 4


def indented(text: str) -> str:
    """The text with a list's content at 4 blanks a level, and with a blank line between a paragraph and its list.

    GitHub has content where the item's text begins, 2 or 3 blanks in; Python-Markdown wants 4 and the blank line
    (https://python-markdown.github.io/#differences).
    """
    done: list[str] = []
    # Where the content of each open item begins; what ends the open fence.
    columns: list[int] = []
    fence = ""
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip(" "))
        item = None if fence else _ITEM.match(line)
        if item and not columns and done and done[-1].strip():
            done.append("")
        while line.strip() and not fence and columns and indent < columns[-1]:
            columns.pop()
        shift = columns[-1] if columns else 0
        done.append((" " * (_STEP * len(columns)) + line[min(shift, indent) :]) if line.strip() else "")
        if item:
            columns.append(item.end())
        fence = _open(line, fence)
    return "\n".join(done) + "\n"


def _open(line: str, fence: str) -> str:
    """What ends the fence that is open after this line, empty for none."""
    found = _FENCE.match(line)
    if not fence:
        return found[1] if found else ""
    return "" if found and found[1].startswith(fence) and line.strip() == found[1] else fence
