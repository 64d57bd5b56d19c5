"""The repository's Markdown as GitHub reads it: its pages, their fenced blocks, links and anchors."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)(`{3,}|~{3,})[ ]*([^`\n]*)$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#{1,6} +(.*?)(?: +#+)? *$")
_LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?: +\"[^\"]*\")?\)")
_ATTRIBUTE = re.compile(r"\b(?:src|srcset|href)=\"([^\"\s]+)\"")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]: +(\S+)", re.MULTILINE)
_ANCHOR = re.compile(r"<(?:a|\w+) [^>]*\b(?:id|name)=\"([^\"]+)\"")


@dataclass(frozen=True)
class Block:
    """A fenced block: ``language`` is the first word behind its fence, ``line`` that of the fence, from 1."""

    page: str
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        """The block's place, as ``README.md:12``."""
        return f"{self.page}:{self.line}"


@cache
def pages() -> dict[str, str]:
    """The text of every page by its path in the repository."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(paths)}


def blocks(page: str, text: str) -> Iterator[Block]:
    """Every fenced block of a page, those in lists included; raises ValueError for one that does not end."""
    start, fence, language, lines = 0, "", "", []
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        if not fence:
            if found:
                start, fence, language, lines = number, found[2], found[3].split(" ")[0], []
        elif found and found[2].startswith(fence) and not found[3].strip():
            yield Block(page, start, language, dedent("\n".join(lines)) + "\n")
            fence = ""
        else:
            lines.append(line)
    if fence:
        raise ValueError(f"{page}:{start}: the block does not end")


def prose(text: str) -> str:
    """The page without its fenced blocks, whose lines are empty then."""
    kept, fence = [], ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        inside = bool(fence)
        if not fence and found:
            fence, inside = found[2], True
        elif found and fence and found[2].startswith(fence) and not found[3].strip():
            fence = ""
        kept.append("" if inside else line)
    return "\n".join(kept)


def links(text: str) -> list[str]:
    """Where a page's links and pictures lead to, code apart."""
    plain = _CODE.sub("", prose(text))
    return [target for pattern in (_LINK, _ATTRIBUTE, _DEFINITION) for target in pattern.findall(plain)]


def anchors(text: str) -> set[str]:
    """What can stand behind a # of a link to this page: GitHub's name of each heading, and anchors set by hand."""
    seen: Counter[str] = Counter()
    found = set(_ANCHOR.findall(prose(text)))
    for line in prose(text).splitlines():
        if heading := _HEADING.match(line):
            name = slug(heading[1])
            found.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
    return found


def slug(heading: str) -> str:
    """GitHub's anchor of a heading: small letters, digits, - and _, and a - for each blank."""
    shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    shown = re.sub(r"<[^>]+>|[`*]", "", shown)
    kept = [one for one in unicodedata.normalize("NFC", shown).strip().lower() if one in " -_" or one.isalnum()]
    return "".join(kept).replace(" ", "-")


def broken(page: str, found: dict[str, str]) -> list[str]:
    """Links of a page that lead nowhere, of these pages and the files beside them, as ``target: reason``."""
    wrong = []
    for target in links(found[page]):
        if re.match(r"https?://", target):
            if not re.fullmatch(r"https?://[\w.-]+\.[a-z]+(?::\d+)?(?:[/?#]\S*)?", target):
                wrong.append(f"{target}: not an address")
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent.joinpath(path).resolve() if path else ROOT / page
        if path and not (file.exists() and file.is_relative_to(ROOT)):
            wrong.append(f"{target}: there is no such file")
        elif anchor and anchor not in anchors(found.get(file.relative_to(ROOT).as_posix(), "")):
            wrong.append(f"{target}: there is no such heading")
    return wrong
