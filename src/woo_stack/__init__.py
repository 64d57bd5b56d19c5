"""A WooCommerce shop's back end on AWS, and the hardened components it is made of.

What it gives is listed in `__init__.pyi`, one name a line, and imported when it is first asked for: importing the
package costs nothing, so a command that asks AWS nothing answers at once.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"


class _Package(ModuleType):
    """The package itself, with names that are imported when they are asked for (PEP 562 as a class)."""

    def __getattr__(self, name: str) -> Any:
        if name not in _PUBLIC:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        module, original = _PUBLIC[name]
        self.__dict__[name] = value = getattr(import_module(module), original)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep a public name from its namesake: the import system binds each submodule here, `shop` as well."""
        if name in _PUBLIC and isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}":
            return
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_PUBLIC})


def _public() -> dict[str, tuple[str, str]]:
    """Module and name there of each public name: the lines `from MODULE import NAME as PUBLIC` of the stub.

    Its loader reads it, which also finds it in a zip.
    """
    stub: str = __spec__.loader.get_data(f"{__path__[0]}/__init__.pyi").decode()
    words = [line.split() for line in stub.splitlines() if line.startswith("from ")]
    return {public: (module, name) for _, module, _, name, _, public in words}


_PUBLIC = _public()
__all__ = list(_PUBLIC)
sys.modules[__name__].__class__ = _Package
