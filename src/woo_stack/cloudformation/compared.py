"""Where two values differ, by path: down to the smallest parts that have one."""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from woo_stack.cloudformation.change import ABSENT, HIDDEN
from woo_stack.cloudformation.expressions import Secret, is_expression, scalar

#: Keys, positions in a list, and `[Key]` of a list of tags.
Path = tuple[str | int, ...]
#: Where two values differ: the path, the value before and after, or ABSENT.
Found = tuple[Path, Any, Any]

_PLAIN = re.compile(r"[\w:$*/@-]+")


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Found]:
    """Every part that differs, in the order of `before` and then of what is new in `after`."""
    if same(before, after):
        return
    inner = list(_inner(before, after, path))
    # Two lists of the same tags in another order, or one JSON text with other spaces, differ as a whole.
    yield from inner or [(path, before, after)]


def _inner(before: Any, after: Any, path: Path) -> Iterator[Found]:
    match before, after:
        case dict(), dict() if _alike(before, after):
            for key in [*before, *(key for key in after if key not in before)]:
                yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
        case list(), list():
            yield from _of_lists(before, after, path)
        case ({"Fn::Sub": str(old)}, {"Fn::Sub": str(new)}) | (str(old), str(new)):
            if (parsed := (_embedded(old), _embedded(new))) and None not in parsed:
                yield from differences(*parsed, path)


def same(before: Any, after: Any) -> bool:
    """Whether CloudFormation takes them for the same: it writes numbers and truths as text."""
    if isinstance(before, Secret) or isinstance(after, Secret):
        return isinstance(before, Secret) and isinstance(after, Secret) and same(before.value, after.value)
    match before, after:
        case dict(), dict():
            return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
        case list(), list():
            return len(before) == len(after) and all(map(same, before, after))
        case (str() | int() | float(), str() | int() | float()):
            return scalar(before) == scalar(after)
    return bool(before == after)


def shown(path: Path) -> str:
    """`Properties.Environment.Variables.LOG_LEVEL`, `Properties.Tags[Team]`, `Properties["a b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.startswith("[") or not _PLAIN.fullmatch(part):
            text += part if part.startswith("[") else f"[{json.dumps(part, ensure_ascii=False)}]"
        else:
            text += f".{part}" if text else part
    return text


def plain(value: Any) -> Any:
    """The value without secrets."""
    match value:
        case Secret():
            return HIDDEN
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def at(value: Any, path: Path) -> Any:
    """What is there; ABSENT when nothing is."""
    for part in path:
        match value, part:
            case dict(), str() if part in value:
                value = value[part]
            case list(), int() if 0 <= part < len(value):
                value = value[part]
            case list(), str() if part.startswith("[") and (tags := _tags(value)) and part in tags:
                value = tags[part]
            case _:
                return ABSENT
    return value


def _alike(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether to look into them: two structures, or two calls of a function that takes structures."""
    if not (is_expression(before) or is_expression(after)):
        return True
    return before.keys() == after.keys() and not {"Ref", "Fn::GetAtt", "Fn::Sub"} & {*before}


def _of_lists(before: list[Any], after: list[Any], path: Path) -> Iterator[Found]:
    old, new = _tags(before), _tags(after)
    if old is not None and new is not None:
        yield from _inner(old, new, path)
        return
    was_texts, will_texts = ([_canonical(item) for item in items] for items in (before, after))
    matched = SequenceMatcher(None, was_texts, will_texts, autojunk=False)
    for kind, i, i_end, j, j_end in matched.get_opcodes():
        if kind == "equal":
            continue
        # Those that face each other are compared; of what is left over, the position in its own list counts.
        for step in range(max(i_end - i, j_end - j)):
            was = before[i + step] if i + step < i_end else ABSENT
            will = after[j + step] if j + step < j_end else ABSENT
            yield from differences(was, will, (*path, i + step if was is not ABSENT else j + step))


def _tags(items: list[Any]) -> dict[str, Any] | None:
    """A list of tags by key; None for any other list."""
    named = {
        f"[{item['Key']}]": item["Value"]
        for item in items
        if isinstance(item, dict) and item.keys() == {"Key", "Value"} and isinstance(item["Key"], str)
    }
    return named if len(named) == len(items) else None


def _canonical(value: Any) -> str:
    """Equal for what is the same."""
    match value:
        case dict():
            return "{" + ",".join(f"{key!r}:{_canonical(value[key])}" for key in sorted(value)) + "}"
        case list():
            return "[" + ",".join(map(_canonical, value)) + "]"
        case Secret():
            return f"secret {_canonical(value.value)}"
        case str() | int() | float():
            return repr(scalar(value))
    return repr(value)


def _embedded(text: str) -> Any:
    """The structure that a text is the JSON of; None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
