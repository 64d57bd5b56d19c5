"""Names that would mean something else once the modules of a bundle share one namespace."""

import builtins
from collections.abc import Iterable, Mapping

from woo_stack.module import CodeError, Module

_PYTHONS = {name for name in dir(builtins) if not name.startswith("__")}


def refuse_collisions(modules: list[Module]) -> None:
    """Refuse a name that two modules bind differently, or one binds and another has from Python."""
    seen: dict[str, tuple[Module, Mapping[str, int]]] = {}
    for module in modules:
        for name, ways in module.ways.items():
            own = {way: line for way, line in ways.items() if not _is_local(way, modules)}
            if name == "*" and len(modules) > 1:
                raise CodeError(
                    f"{module.path} line {min(own.values())}: all names of a module cannot be bundled with others, "
                    "allowed: an import of the names that it needs"
                )
            first, known = seen.setdefault(name, (module, own)) if own else (module, own)
            if first is not module and (known.keys() != own.keys() or len(own) > 1 or "" in own):
                raise CodeError(
                    f"{name!r} is bound in {first.path} line {_line(known, own)} and in {module.path} line "
                    f"{_line(own, known)}, allowed: a name in one module of the bundle (rename one)"
                )
    for name in sorted(seen.keys() & _PYTHONS):
        owner, ways = seen[name]
        for module in modules:
            if name not in module.ways and (line := module.mentions(name)):
                raise CodeError(
                    f"{name!r} is bound in {owner.path} line {min(ways.values())} and Python's own in {module.path} "
                    f"line {line}, allowed: another name"
                )


def _is_local(way: str, modules: Iterable[Module]) -> bool:
    """Whether a name is bound by the import of a sibling."""
    return way.startswith(("from .", *(f"from {module.name} " for module in modules)))


def _line(ways: Mapping[str, int], others: Mapping[str, int]) -> int:
    """Where a name is bound otherwise than elsewhere, else where it is bound first."""
    return next((line for way, line in ways.items() if not way or way not in others), min(ways.values()))
