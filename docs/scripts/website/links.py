"""Links of the repository's Markdown as the site has them: the README is its home, a source is text or a page."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Code, which has no links: fenced blocks, and what stands in backticks.
_CODE = re.compile(r"^([ \t]*)(```+|~~~+).*?^\1\2[ \t]*$|(?<!`)(`+)(?!`).+?(?<!`)\3(?!`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[((?:`[^`]*`|!\[[^\]]*\]\([^)]*\)|[^\]`])*)\]\((\S+?)\)")
_ATTRIBUTE = re.compile(r'\b(src|srcset|href)="([^"]+)"')
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#|//")


@dataclass(frozen=True)
class Links:
    """What a link may lead to, and what becomes of it."""

    #: Files of the repository by where they are on the site: ``{"README.md": "index.md"}``.
    places: Mapping[str, str]

    def rewritten(self, text: str, file: str) -> str:
        """The Markdown of `file` (its path in the repository) with links that hold on the site."""
        text = _outside_code(_LINK, lambda found: self._link(found, file), text)
        return _outside_code(_ATTRIBUTE, lambda found: f'{found[1]}="{self._place(found[2], file) or found[2]}"', text)

    def _link(self, found: re.Match[str], file: str) -> str:
        image, label, target = found.groups()
        place = self._place(target, file)
        if place is None:
            return label if "`" in label else f"`{label}`"
        return f"{image}[{_LINK.sub(lambda inner: self._link(inner, file), label)}]({place})"

    def _place(self, target: str, file: str) -> str | None:
        """Where a link leads on the site; None for what the site does not have."""
        if _ELSEWHERE.match(target):
            return target
        path, _, anchor = target.partition("#")
        found = self.places.get(posixpath.normpath(posixpath.join(posixpath.dirname(file), path)))
        if found is None:
            return None
        place, _, known = found.partition("#")
        anchor = known or anchor
        relative = posixpath.relpath(place, posixpath.dirname(self.places[file]) or ".")
        return relative + (f"#{anchor}" if anchor else "")


def _outside_code(pattern: re.Pattern[str], change: Callable[[re.Match[str]], str], text: str) -> str:
    spans = [code.span() for code in _CODE.finditer(text)]

    def kept(found: re.Match[str]) -> str:
        return found[0] if any(first <= found.start() < last for first, last in spans) else change(found)

    return pattern.sub(kept, text)
