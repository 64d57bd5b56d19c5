"""The modules of a folder as one: joined in the order of their imports, stripped, in parts that some functions need."""

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate, combinations
from pathlib import Path

from woo_stack.module import CodeError, Module, is_future, is_import, only, parsed
from woo_stack.source import Source
from woo_stack.unused import unused

#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
INLINE_BYTES = 4 * 1024 * 1024

_PYTHONS = {name for name in dir(builtins) if not name.startswith("__")}

#: Some functions, and the text that they need.
Part = tuple[tuple[str, ...], str]
Modules = Mapping[str, Module]
#: The modules by the functions that need them.
Groups = Mapping[tuple[str, ...], list[Module]]
#: A module with a statement of its top level, or with None after the last.
Step = tuple[Module, ast.stmt | None]


def bundle(path: str | Path, *, without: Iterable[str] = ()) -> str:
    """The text of one module, as `bundled` joins it."""
    return "".join(text for _, text in bundled(path, without=without))


def bundled(path: str | Path, functions: Iterable[str] = (), without: Iterable[str] = ()) -> list[Part]:
    """Join the modules of a folder (or take one file) into one module's text, stripped.

    It comes in parts, each with those of the `functions` that need it: what all need first, and at last what none does.
    A part needs no other than those before it that its functions all need. Local imports must be ``from .module import
    name`` (or ``from module import name``) at the top level; the modules follow each other as Python would come to them
    and share one namespace; those named in `without` are left out. Raises CodeError, naming file and line, for code
    that does not compile, an import that names nothing, a cycle, a name that two modules bind or that one binds and
    another has from Python, and modules whose order in the parts would change what they do.
    """
    path = Path(path)
    try:
        return _bundled(path, [*functions], {*without})
    except SyntaxError as error:
        raise CodeError(f"{path}: the bundle does not compile: {error.msg}, allowed: one statement a line") from None
    except RecursionError:
        raise CodeError(f"{path}: the code nests too deeply, allowed: fewer branches or terms at once") from None


def _bundled(path: Path, functions: list[str], without: set[str]) -> list[Part]:
    modules = {module.name: module for module in parsed(path)}
    if strange := without - modules.keys():
        raise CodeError(f"{path}: without is {', '.join(sorted(strange))}, allowed: {', '.join(sorted(modules))}")
    modules = {name: module for name, module in modules.items() if name not in without}
    uses = {module.name: module.local_imports(modules) for module in modules.values()}
    try:
        TopologicalSorter({name: used.values() for name, used in uses.items()}).prepare()
    except CycleError as error:
        raise CodeError(f"{path}: local imports form a cycle: {' -> '.join(error.args[1])}") from None
    _refuse_collisions([*modules.values()])
    entries = {function: _entry(function, modules) for function in functions}
    orders = {function: _order(_steps(names, modules, uses)) for function, names in entries.items()}
    # Python runs a package's own module first; what nobody imports, somebody runs.
    roots = [name for name in modules if all(name not in used.values() for used in uses.values())]
    roots = [name for name in dict.fromkeys(["__init__", *roots]) if name in modules]
    steps = [*_steps([*(name for names in entries.values() for name in names), *roots], modules, uses)]
    groups = _groups(_order(steps), orders)
    _refuse_another_order(groups, _order(_steps(roots, modules, uses)), orders)
    parts = _shortest(groups, steps)
    source = "".join(text for _, text in parts)
    compile(source, "index.py", "exec")
    if (size := len(source.encode())) > INLINE_BYTES:
        raise CodeError(f"{path}: the bundle has {size} bytes, allowed: {INLINE_BYTES}")
    return parts


def _entry(function: str, modules: Modules) -> list[str]:
    """The modules with which Python begins to import what a function needs."""
    found = [name for name, module in modules.items() if "" in module.ways.get(function, {})]
    if not found:
        raise CodeError(f"functions has {function!r}, allowed: functions of {', '.join(sorted(modules))}")
    return [name for name in ("__init__",) if name in modules and modules[name].acts] + found


def _steps(names: Iterable[str], modules: Modules, uses: Mapping[str, Mapping[ast.stmt, str]]) -> Iterator[Step]:
    """Every top-level statement in the order in which Python comes to it."""
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


def _joined(imports: list[str]) -> list[str]:
    """One statement a module imported from, and one for all that are imported whole."""
    froms: dict[str, list[str]] = {}
    for line in imports:
        where, _, name = f" {line}".partition(" import ")
        froms.setdefault(where, []).append(name)
    return [f"{where} import {','.join(names)}".strip() for where, names in froms.items()]


def _order(steps: Iterable[Step]) -> list[Module]:
    return [module for module, node in steps if not node]


def _groups(order: list[Module], orders: Mapping[str, list[Module]]) -> Groups:
    """The modules by the functions that need them, in their order, what more need before what fewer do."""
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


def _moved(groups: Groups, steps: Iterable[Step]) -> dict[Module, list[ast.Import | ast.ImportFrom]]:
    """The imports that may stand at the top of their part: nothing has been done before, and their names mean no other.

    Those of ``__future__`` must, and then mean all of the part.
    """
    part = {module: functions for functions, modules in groups.items() for module in modules}
    moved: dict[Module, list[ast.Import | ast.ImportFrom]] = {module: [] for module in part}
    acted: set[tuple[str, ...]] = set()
    for module, node in steps:
        if node and is_import(node):
            names = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
            plain = part[module] not in acted and all(name != "*" and len(module.ways[name]) == 1 for name in names)
            moved[module] += [node] if plain or is_future(node) else []
        elif node and module.acts_by(node):
            acted.add(part[module])
    return moved


def _shortest(groups: Groups, steps: list[Step]) -> list[Part]:
    """The parts of one module, with short names and without the types that nothing refers to."""
    moved = _moved(groups, steps)
    lines = {
        module: {only(node, alias): is_future(node) for node in nodes for alias in node.names}
        for module, nodes in moved.items()
    }
    first = {line for found in lines.values() for line, future in found.items() if future}
    every = dict.fromkeys(line for module in _order(steps) for line in lines[module])
    imports = sorted(every, key=lambda line: line not in first)
    modules = [module for names in groups.values() for module in names]
    source = Source("\n".join(imports), *(module.source for module in modules))
    tops = accumulate((module.source.count("\n") for module in modules), initial=len(imports) or 1)
    shift = dict(zip(modules, tops, strict=False))
    stay = {
        (shift[module] + node.lineno, node.col_offset) for module, node in steps if node and node not in moved[module]
    }
    header, rest = source.tree.body[: len(imports)], source.tree.body[len(imports) :]
    source.drop(node for node in rest if (node.lineno, node.col_offset) not in stay)
    useless = unused(source.tree)
    source.drop(useless)
    useful = [line for line, node in zip(imports, header, strict=True) if node not in useless]
    texts = iter(source.stripped(short=True)[1:])
    found: list[Part] = []
    imported: dict[tuple[str, ...], list[str]] = {}
    for functions, names in groups.items():
        own = {line for module in names for line in lines[module]} | (first if not imported else set())
        known = {line for others, lines in imported.items() if {*functions} <= {*others} for line in lines}
        imported[functions] = [line for line in useful if line in own - known]
        text = [*_joined(imported[functions]), *filter(None, [next(texts) for _ in names])]
        if text:
            found.append((functions, "".join(f"{line}\n" for line in text)))
    return found


def _refuse_collisions(modules: list[Module]) -> None:
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
