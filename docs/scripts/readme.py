"""The line of the README that `python build.py` prints: of the default shop, whatever `build.py` chooses."""

from woo_stack import shop, to_json
from woo_stack.artifacts import spent

#: What a build took when this was written. Another machine takes other times, and no page is late for that.
SECONDS = 3.9


def report() -> str:
    """The line as `woo_stack.synth` writes it, of a template without findings."""
    template = shop()
    size, resources = len(to_json(template).encode()), len(template.resources)
    parts = ", ".join(f"{part} {taken:,}" for part, taken in spent(template.to_dict()).items())
    line = f"output/woo-stack.json {resources} resources, {size:,} bytes ({parts}), 0 findings, {SECONDS} s"
    return f"```text\n{line}\n```"
