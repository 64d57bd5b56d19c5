"""The modules of a folder as one: joined in the order of their imports, stripped, in parts that some functions need."""

import ast
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate
from pathlib import Path

from woo_stack.collisions import refuse_collisions
from woo_stack.module import CodeError, Module, is_future, is_import, only, parsed
from woo_stack.running_order import Groups, Step, arranged, in_order
from woo_stack.source import Source
from woo_stack.unused import unused

#: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
INLINE_BYTES = 4 * 1024 * 1024

#: Some functions, and the text that they need.
Part = tuple[tuple[str, ...], str]


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
    except (RecursionError, MemoryError):  # the latter of a parser whose stack is full
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
    refuse_collisions([*modules.values()])
    parts = _shortest(*arranged(functions, modules, uses))
    source = "".join(text for _, text in parts)
    compile(source, "index.py", "exec")
    if (size := len(source.encode())) > INLINE_BYTES:
        raise CodeError(f"{path}: the bundle has {size} bytes, allowed: {INLINE_BYTES}")
    return parts


def _joined(imports: list[str]) -> list[str]:
    """One statement a module imported from, and one for all that are imported whole."""
    froms: dict[str, list[str]] = {}
    for line in imports:
        where, _, name = f" {line}".partition(" import ")
        froms.setdefault(where, []).append(name)
    return [f"{where} import {','.join(names)}".strip() for where, names in froms.items()]


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
    modules = [module for group in groups.values() for module in group]
    moved = _moved(groups, steps)
    lines = {
        module: {only(node, alias): is_future(node) for node in nodes for alias in node.names}
        for module, nodes in moved.items()
    }
    futures = {line for found in lines.values() for line, future in found.items() if future}
    every = dict.fromkeys(line for module in in_order(steps) for line in lines[module])
    imports = sorted(every, key=lambda line: line not in futures)
    source = Source("\n".join(imports), *(module.source for module in modules))
    tops = accumulate((module.source.count("\n") for module in modules), initial=len(imports) or 1)
    top = dict(zip(modules, tops, strict=False))
    stay = {
        (top[module] + node.lineno, node.col_offset) for module, node in steps if node and node not in moved[module]
    }
    header, rest = source.tree.body[: len(imports)], source.tree.body[len(imports) :]
    source.drop(node for node in rest if (node.lineno, node.col_offset) not in stay)
    useless = unused(source.tree)
    source.drop(useless)
    useful = [line for line, node in zip(imports, header, strict=True) if node not in useless]
    texts = iter(source.stripped(short=True)[1:])
    found: list[Part] = []
    imported: dict[tuple[str, ...], list[str]] = {}
    for functions, group in groups.items():
        # The first part is for all.
        own = {line for module in group for line in lines[module]} | (set() if imported else futures)
        known = {line for others, known in imported.items() if {*functions} <= {*others} for line in known}
        imported[functions] = [line for line in useful if line in own - known]
        text = [*_joined(imported[functions]), *filter(None, [next(texts) for _ in group])]
        if text:
            found.append((functions, "".join(f"{line}\n" for line in text)))
    return found
