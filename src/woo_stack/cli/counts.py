"""Numbers of things, as people read them."""

from collections.abc import Mapping


def counted(count: int, noun: str) -> str:
    """`1 order`, `2 orders`, `3 categories`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def listed(counts: Mapping[str, int]) -> str:
    """`2 orders, 1 product`, in the mapping's order."""
    return ", ".join(counted(count, noun) for noun, count in counts.items())
