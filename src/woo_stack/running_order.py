"""In which order the modules of a bundle run, and which of them each function needs."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from woo_stack.module import CodeError, Module

Modules = Mapping[str, Module]
#: The modules by the functions that need them.
Groups = Mapping[tuple[str, ...], list[Module]]
#: A module with a statement of its top level, or with None after the last.
Step = tuple[Module, ast.stmt | None]
#: The imports of siblings in each module, with their names.
Uses = Mapping[str, Mapping[ast.stmt, str]]


def arranged(functions: Iterable[str], modules: Modules, uses: Uses) -> tuple[Groups, list[Step]]:
    """The modules by the functions that need them, and their statements in the order in which Python comes to them.

    What more functions need stands before what fewer do; else modules stand as they run. Raises CodeError for a
    function that no module binds, and where an order would be another than Python's and somebody could tell.
    """
    entries = {function: _entries(function, modules) for function in functions}
    # Python runs a package's own module first; what nobody imports, somebody runs.
    roots = [name for name in modules if all(name not in used.values() for used in uses.values())]
    roots = [name for name in dict.fromkeys(["__init__", *roots]) if name in modules]
    steps = [*_steps([*(name for names in entries.values() for name in names), *roots], modules, uses)]
    orders = {function: in_order(_steps(names, modules, uses)) for function, names in entries.items()}
    groups = _groups(in_order(steps), orders)
    _refuse_another_order(groups, in_order(_steps(roots, modules, uses)), orders)
    return groups, steps


def in_order(steps: Iterable[Step]) -> list[Module]:
    """The modules as Python is through with them."""
    return [module for module, node in steps if not node]


def _entries(function: str, modules: Modules) -> list[str]:
    """The modules with which Python begins to import what a function needs."""
    found = [name for name, module in modules.items() if "" in module.ways.get(function, {})]
    if not found:
        raise CodeError(f"functions has {function!r}, allowed: functions of {', '.join(sorted(modules))}")
    return [name for name in ("__init__",) if name in modules and modules[name].acts] + found


def _steps(names: Iterable[str], modules: Modules, uses: Uses) -> Iterator[Step]:
    done: set[str] = set()

    def run(name: str) -> Iterator[Step]:
        if name in done:
            return
        for node in modules[name].body:
            if used := uses[name].get(node):
                yield from run(used)
            else:
                yield modules[name], node
        yield modules[name], None
        done.add(name)

    for name in names:
        yield from run(name)


def _groups(order: list[Module], orders: Mapping[str, list[Module]]) -> Groups:
    needs = {module: tuple(name for name, needed in orders.items() if module in needed) for module in order}
    groups: dict[tuple[str, ...], list[Module]] = {tuple(orders): []}
    for module in sorted(order, key=lambda module: -len(needs[module])):
        groups.setdefault(needs[module], []).append(module)
    return groups


def _refuse_another_order(groups: Groups, order: list[Module], orders: Mapping[str, list[Module]]) -> None:
    """Refuse parts in which one module does what another may see, and did not before, or the other way round."""
    texts = {function: [part for part in groups if function in part] for function in orders}
    if groups.get(()):
        # With what no function needs, somebody may run all of it.
        orders, texts = {**orders, "": order}, {**texts, "": [*groups]}
    for function, parts in texts.items():
        places = {module: at for at, module in enumerate(module for part in parts for module in groups[part])}
        for first, second in combinations(orders[function], 2):
            seen = (first.acts and second.looks) or (first.looks and second.acts)
            if seen and places[first] > places[second]:
                raise CodeError(
                    f"{first.path} would run after {second.path.name}, which more functions need, and what they do "
                    f"may tell the order, allowed: an import of {first.path.name} in {second.path.name}, or one part "
                    "(no functions)"
                )
