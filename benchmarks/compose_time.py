"""What composing and judging cost inside a process, imports apart, and how that grows with a template."""

import gc
import time
from collections.abc import Callable, Iterator

from troposphere import Template

from figure import Figure
from measure import RUNS, medians
from woo_stack import DeadLetters, Settings, problems, shop, to_json
from woo_stack.foundation import handler_source

TITLE = "Composing and judging in memory: CPU"

#: Resources of a template.
SIZES = (10, 50, 200, 450)
SHOP_MS, LARGEST_S = 15, 5.0


def cpu(program: Callable[[], object]) -> float:
    """Seconds, the processor's; without a collection of what others have left."""
    gc.collect()
    started = time.process_time()
    program()
    return time.process_time() - started


def letters(resources: int) -> Template:
    """A template of so many resources, two a component."""
    template = Template(Description="Letters")
    for number in range(resources // 2):
        DeadLetters(f"Letters{number}").add_to(template)
    return template


def figures() -> Iterator[Figure]:
    """The shop, its code's bundle, and templates that grow."""
    yield Figure("the handler as one module, once a process", cpu(handler_source) * 1000, "ms")
    taken = medians({"shop": lambda: cpu(lambda: to_json(shop(Settings())))}, runs=4 * RUNS)
    yield Figure("shop(Settings()) to JSON", taken["shop"] * 1000, "ms", SHOP_MS)
    problems(letters(SIZES[0]))
    for size in SIZES:
        built = medians({"": lambda size=size: cpu(lambda: to_json(letters(size)))})[""]
        yield Figure(f"{size} resources, composed", built * 1000, "ms")
        template = letters(size)
        judged = cpu(lambda template=template: problems(template))
        yield Figure(f"{size} resources, judged by both engines", judged, "s", LARGEST_S if size == SIZES[-1] else None)
