"""A difference as people read it, dangers first; `diff` and `deploy` show it."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from woo_stack.cli.terminal import Terminal, columns
from woo_stack.cloudformation.change import ABSENT, HIDDEN, KNOWN_LATER, Change, Difference, PropertyChange, Replacement
from woo_stack.cloudformation.expressions import in_sub
from woo_stack.cloudformation.stateful import HELD

#: Mark, style and words of a change, by its kind.
_KINDS = {
    "add": ("+", "green", ""),
    "change": ("~", "yellow", ""),
    "replace": ("±", "red", "is replaced"),
    "remove": ("-", "red", "is removed"),
}
#: Types whose logical id ends in a hash of what they are made of: a new one takes over from the old one.
_HASHED = ("AWS::ApiGateway::Deployment", "AWS::Lambda::Version")
_HASH = re.compile(r"[0-9a-fA-F]{8,}$")
_CODE = re.compile(r"\.(ZipFile|Code|InlineCode|Source)$")
#: Text of several lines that is longer is not shown, only its size.
_LONG = 200


def lines(difference: Difference, terminal: Terminal) -> Iterator[str]:
    """The lines, without their ends; the last one counts."""
    if not difference:
        yield "no changes"
        yield from _section("Without effect by themselves", difference.template, terminal)
        return
    taken_over = dict(_successions(difference.changes))
    successors = {change.logical_id for change in taken_over.values()}
    following = [change for change in difference.changes if _follows(change)]
    for change in difference.changes:
        if change.logical_id in taken_over:
            yield from _succession(change, taken_over[change.logical_id], terminal)
        elif change.logical_id not in successors and change not in following:
            yield from _resource(change, terminal)
    yield from _following(following, terminal)
    for title, changes in {
        "Parameters": difference.parameters,
        "Outputs": difference.outputs,
        "Tags": difference.tags,
        "Without effect by themselves": difference.template,
    }.items():
        yield from _section(title, changes, terminal)
    yield ""
    yield from terminal.wrapped(", ".join(f"{count} to {kind}" for kind, count in difference.counts.items()))


def _resource(change: Change, terminal: Terminal) -> Iterator[str]:
    mark, colour, words = _KINDS[change.kind]
    if change.replacement is Replacement.MAYBE:
        words = "may be replaced"
    elif change.action in ("Import", "Dynamic"):
        words = {"Import": "is imported", "Dynamic": "changes, CloudFormation knows only then how"}[change.action]
    danger, styles = bool(change.loses), ("red", "bold") if change.loses else (colour,)
    heading = f"{'!' * danger}{mark} {change.logical_id}  {change.type}{'  ' * bool(words)}{words}"
    yield from (terminal.style(line, *styles) for line in terminal.wrapped(heading, not danger, 2 + danger))
    if sentence := _loss(change) or _fate(change) * change.kept:
        yield from (terminal.style(line, *styles) for line in terminal.wrapped(sentence, 5))
    for one in change.properties:
        yield from _value(one, 5, terminal)


def _loss(change: Change) -> str:
    """What is lost, in a sentence; empty when nothing is."""
    if not change.loses:
        return ""
    if change.unseen:
        return f"may lose {change.loses}"
    if not HELD[change.type].data:
        verb = "goes away" if change.kind == "remove" else "becomes another one"
        return f"{change.loses} {verb}: all who use it must be told"
    if change.kind == "remove":
        return f"holds {change.loses}: {_fate(change)}"
    maybe = "may be" if change.replacement is Replacement.MAYBE or change.action == "Dynamic" else "is"
    return f"holds {change.loses}: it {maybe} replaced by an empty one; {_fate(change)}"


def _fate(change: Change) -> str:
    """What becomes of the one that is there."""
    what = "it" if change.kind == "remove" else "the old one"
    if change.kept:
        return f"{what} stays in the account, outside the stack (Retain)"
    snapshot = change.policy.endswith("Snapshot")
    return f"{what} is deleted, {'but a snapshot stays (Snapshot)' if snapshot else 'with all that is in it'}"


def _value(change: PropertyChange, indent: int, terminal: Terminal) -> Iterator[str]:
    """One value: on a line if there is room, else its old and its new one below its path."""
    notes = [f"from {change.cause}"] if change.cause else []
    if change.recreation in ("Always", "Conditionally"):
        notes.append("replaces" if change.recreation == "Always" else "may replace")
    note, stress = f" ({', '.join(notes)})" if notes else "", "dim" if not notes or notes[-1][:4] == "from" else "red"
    if change.after == KNOWN_LATER:
        yield from terminal.wrapped(f"{change.path}: known when it is done{note}", indent)
        return
    if size := _sizes(change):
        yield from terminal.wrapped(f"{change.path}: {size}{note}", indent)
        return
    before, after = (terminal.safe(text) for text in _cut(*_texts(change), terminal.width))
    arrow, path = terminal.safe("→"), terminal.safe(change.path)
    old, new = terminal.style(before, "red"), terminal.style(after, "green")
    sides = {(True, False): f"+ {new}", (False, True): f"- {old}"}
    shown = sides.get((change.before is ABSENT, change.after is ABSENT), f"{old} {arrow} {new}")
    if columns(f"{path}: - {before} {arrow} {after}{note}") + indent <= terminal.width:
        yield f"{' ' * indent}{path}: {shown}{terminal.style(note, stress)}"
        return
    yield from terminal.wrapped(f"{change.path}:{note}", indent)
    for sign, value, text, colour in (("-", change.before, before, "red"), ("+", change.after, after, "green")):
        if value is not ABSENT:
            wrapped = terminal.wrapped(f"{sign} {text}", indent + 2)
            yield from (terminal.style(line, colour) for line in wrapped)


def _section(title: str, changes: Sequence[PropertyChange], terminal: Terminal) -> Iterator[str]:
    if changes:
        yield ""
        yield terminal.style(title, "bold")
        for change in changes:
            yield from _value(change, 3, terminal)


# --- what is told together


def _successions(changes: Sequence[Change]) -> Iterator[tuple[str, Change]]:
    """Removed ones of which a new one takes the place: their logical ids, and the new ones."""
    added = {(one.type, _HASH.sub("", one.logical_id)): one for one in changes if one.action == "Add"}
    for change in changes:
        about = change.type, _HASH.sub("", change.logical_id)
        if change.action == "Remove" and change.type in _HASHED and about in added:
            yield change.logical_id, added[about]


def _succession(old: Change, new: Change, terminal: Terminal) -> Iterator[str]:
    fate = " stays (Retain)" if old.kept else " goes"
    stem = _HASH.sub("", new.logical_id)
    was, will = (one.logical_id.removeprefix(stem) for one in (old, new))
    text = f"~ {stem}  {new.type}  a new one ({will}) takes over from the old one ({was}), which{fate}"
    yield from (terminal.style(line, "yellow") for line in terminal.wrapped(text, 1, 2))


def _follows(change: Change) -> bool:
    """Whether nothing of it changes but what comes from other resources, and nothing is lost by that."""
    return (
        change.kind == "change"
        and not change.loses
        and bool(change.properties)
        and all(one.after == KNOWN_LATER and one.cause for one in change.properties)
    )


def _following(changes: Sequence[Change], terminal: Terminal) -> Iterator[str]:
    """They, by what they follow from."""
    by_cause: dict[str, list[str]] = {}
    for change in changes:
        causes = {cause.partition(".")[0] for one in change.properties for cause in one.cause.split(", ")}
        by_cause.setdefault(", ".join(sorted(causes)), []).append(change.logical_id)
    for causes_, names in by_cause.items():
        text = f"~ from {causes_}, known when it is done: {', '.join(names)}"
        yield from (terminal.style(line, "yellow") for line in terminal.wrapped(text, 1, 2))


# --- values


def _sizes(change: PropertyChange) -> str:
    """How long a text of many lines is, and was; empty for what can be shown."""
    values = [value for value in (change.before, change.after) if value is not ABSENT]
    if not all(isinstance(value, str) for value in values):
        return ""
    if not any(len(value) > _LONG and "\n" in value for value in values):
        return ""
    what = "code" if _CODE.search(change.path) else "text"
    sizes = [f"{len(value.encode()):,} bytes" for value in values]
    if len(values) == 2:
        return f"{what}: {sizes[1]} changed, {sizes[0].removesuffix(' bytes')} before"
    return f"{what}: {sizes[0]} {'removed' if change.after is ABSENT else 'added'}"


def _texts(change: PropertyChange) -> tuple[str, str]:
    before, after = (_text(value) for value in (change.before, change.after))
    if before == after == HIDDEN:
        return before, f"{after} (another value)"
    return before, after


def _text(value: Any) -> str:
    """A value in one line: `Ref` and its like as `Fn::Sub` writes them."""
    match value:
        case str() if value:
            return value
        case bool() | int() | float():
            return json.dumps(value)
        case dict() if (text := in_sub(value)) is not None:
            return text
    return "" if value is ABSENT else json.dumps(_nested(value), ensure_ascii=False)


def _nested(value: Any) -> Any:
    match value:
        case dict() if (text := in_sub(value)) is not None:
            return text
        case dict():
            return {key: _nested(item) for key, item in value.items()}
        case list():
            return [_nested(item) for item in value]
    return value


def _cut(before: str, after: str, width: int) -> tuple[str, str]:
    """Both, around where they begin to differ, each in about two lines."""
    most = max(2 * width - 20, 60)
    if len(before) <= most and len(after) <= most:
        return before, after
    differ = next((at for at, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), 0)
    start = max(differ - 20, 0) if differ > most // 2 else 0
    return tuple(  # type: ignore[return-value]  # of two, as given
        f"{'…' * bool(start)}{text[start : start + most]}{'…' * (len(text) > start + most)}" for text in (before, after)
    )
