"""Parts of a page that are generated, between two comments: ``<!-- begin NAME -->`` and ``<!-- end NAME -->``."""

from woo_stack.errors import WooStackError


def replaced(page: str, text: str, name: str, part: str) -> str:
    """The text of a page with this part in it, a blank line before and after.

    `page` is the file's path, for what is raised: WooStackError where the markers are not there, one of each, in order,
    on lines of their own.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    lines = text.split("\n")
    if lines.count(begin) != 1 or lines.count(end) != 1 or lines.index(begin) > lines.index(end):
        raise WooStackError(
            f"{page} has no place for the part {name!r}, allowed: one line {begin}, and below it one line {end}"
        )
    before, after = lines[: lines.index(begin) + 1], lines[lines.index(end) :]
    return "\n".join([*before, "", part.strip("\n"), "", *after])
