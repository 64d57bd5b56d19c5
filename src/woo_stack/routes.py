"""What an API answers: routes by method and path, each with its function and with who may call it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from woo_stack.authorizers import Authority, Open
from woo_stack.checked import Checked
from woo_stack.component import Number, Value, camel, resolved
from woo_stack.errors import WooStackError
from woo_stack.function import Function

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class RouteError(WooStackError, ValueError):
    """A route that API Gateway would refuse or that could be mistaken for another."""


Auth = str | Authority | Open


@dataclass(frozen=True)
class Route(Checked):
    """What answers a route, and who may call it.

    ``"iam"``, an `Authorizer`, `Jwt` (HTTP APIs) or `UserPools` (REST APIs), or `Open` with a reason.
    """

    #: A `Function`, or the ARN of one that is not in this template.
    function: Function | Value
    auth: Auth
    #: Requests a second to this route, and how many more may come at once; None: as the API's.
    throttle_rate: Number | None = None
    throttle_burst: Number | None = None
    #: CIDR blocks of those who may call; () is anywhere. REST APIs only.
    sources: Sequence[str] = ()
    #: Whether calls count for the caller's `UsagePlan`. REST APIs only.
    metered: bool = False

    def __post_init__(self) -> None:
        """Refuse a missing function and any other authorization; let a `Parameter` stand for its `Ref`."""
        for name in ("function", "throttle_rate", "throttle_burst"):
            object.__setattr__(self, name, resolved(getattr(self, name)))
        if not self.function or (isinstance(self.function, str) and not self.function.startswith("arn:")):
            self.refuse("function", self.function, "a Function or the ARN of one")
        if self.auth != "iam" and not isinstance(self.auth, Authority | Open):
            self.refuse("auth", self.auth, "'iam', an Authorizer, or Open('the reason')")
        self.within("throttle_rate", 1, 1_000_000, unit="requests a second")
        self.within("throttle_burst", 1, 1_000_000, unit="requests")
        if not isinstance(self.sources, list | tuple):
            self.refuse("sources", self.sources, "a list of CIDR blocks, as in ['192.0.2.0/24']")
        self.one_of("metered", (True, False))
        self.each_once()

    def authorization(self, authorizers: Mapping[Authority, Value]) -> dict[str, object]:
        """The properties by which a method or route says who may call it, with the authorizers' ids."""
        if isinstance(self.auth, Authority):
            return {"AuthorizationType": self.auth.type, "AuthorizerId": authorizers[self.auth], **self.auth.granted}
        if isinstance(self.auth, Open):
            return {"AuthorizationType": "NONE", "Metadata": {"woo-stack": {"open": self.auth.reason}}}
        return {"AuthorizationType": "AWS_IAM"}


@dataclass(frozen=True)
class Address:
    """A route's method and path, parsed from ``"GET /products/{id}"``."""

    method: str
    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Parse and check; raises RouteError with the part that is wrong."""
        method, _, path = text.partition(" ")
        if method not in METHODS:
            raise RouteError(f"route {text!r}: method is {method!r}, allowed: {', '.join(METHODS)}")
        if not path.startswith("/") or (path != "/" and path.endswith("/")):
            raise RouteError(
                f"route {text!r}: path is {path!r}, allowed: one that starts with '/' and does not end with it"
            )
        parts = tuple(path.split("/")[1:]) if path != "/" else ()
        for index, part in enumerate(parts):
            greedy = part.endswith("+}")
            if not re.fullmatch(r"[A-Za-z0-9._~:-]+|\{[A-Za-z0-9._-]+\+?\}", part) or (
                greedy and index < len(parts) - 1
            ):
                raise RouteError(
                    f"route {text!r}: {part!r} is no path part, "
                    "allowed: letters, digits and ._~:-, {name}, or {name+} at the end"
                )
        return cls(method, parts)

    @property
    def has_body(self) -> bool:
        """Whether a request may carry a body that there is something to validate about."""
        return self.method in ("ANY", "PATCH", "POST", "PUT")

    def parents(self) -> Iterator[tuple[str, ...]]:
        """Every path from the first part down to this one."""
        for depth in range(1, len(self.parts) + 1):
            yield self.parts[:depth]


def addresses(texts: Iterable[str]) -> list[Address]:
    """Parse routes; raises RouteError for two paths that would get the same logical id."""
    parsed = [Address.parse(text) for text in texts]
    seen: dict[str, tuple[str, ...]] = {}
    variables: dict[tuple[str, ...], str] = {}
    for address in parsed:
        for parts in address.parents():
            variable = variables.setdefault(parts[:-1], parts[-1]) if parts[-1].startswith("{") else parts[-1]
            if variable != parts[-1]:
                raise RouteError(
                    f"route path '/{'/'.join(parts)}' stands beside {variable!r}, allowed: one variable there"
                )
            other = seen.setdefault(camel("/".join(parts)), parts)
            if other != parts:
                path, taken = "/".join(parts), "/".join(other)
                raise RouteError(f"route path '/{path}' has the logical id of '/{taken}', allowed: one of them")
    return parsed
