"""Which web pages may read what an HTTP API answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from troposphere import AWSHelperFn, apigatewayv2

from woo_stack.authorizers import Open
from woo_stack.checked import Checked
from woo_stack.component import Number, Value, given
from woo_stack.routes import METHODS

_ORIGIN = re.compile(r"https://[^/*\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?")


@dataclass(frozen=True)
class Cors(Checked):
    """Which web pages' scripts may read the answers, as API Gateway itself then tells browsers.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """

    #: As ``["https://shop.example.com"]``, or `Open` with the reason why those of any site may.
    origins: Sequence[Value] | Open
    methods: Sequence[str] = ("GET",)
    #: Of the request; without ``Authorization`` no script can present a key.
    headers: Sequence[str] = ("Authorization",)
    #: Of the answer, as ``["X-WP-Total"]``; scripts see the most common ones without.
    expose_headers: Sequence[str] = ()
    #: How long browsers may remember this, up to a day; -1: not at all.
    max_age_seconds: Number = 300
    #: Whether browsers may send cookies along.
    credentials: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no origin, and any origin together with cookies."""
        for name in ("origins", "methods", "headers", "expose_headers"):
            given_list = getattr(self, name)
            if not isinstance(given_list, list | tuple) and not (name == "origins" and isinstance(given_list, Open)):
                self.refuse(name, given_list, "a list")
        self._check_origins()
        for method in self.methods:
            if method not in METHODS[1:]:
                self.refuse("methods", method, ", ".join(METHODS[1:]))
        self.within("max_age_seconds", -1, 86_400, unit="seconds")
        self.one_of("credentials", (True, False))
        if self.credentials and isinstance(self.origins, Open):
            self.refuse("credentials", True, "False when any origin may read the answers")
        self.each_once()

    def _check_origins(self) -> None:
        allowed = "https://HOST, http://localhost, or Open('the reason') instead of the list for any origin"
        if not self.origins:
            self.refuse("origins", self.origins, allowed)
        for origin in () if isinstance(self.origins, Open) else self.origins:
            if not isinstance(origin, AWSHelperFn) and not _ORIGIN.fullmatch(str(origin)):
                self.refuse("origins", origin, allowed)

    @property
    def configuration(self) -> apigatewayv2.Cors:
        """What the API is told."""
        return apigatewayv2.Cors(
            AllowCredentials=self.credentials,
            AllowMethods=list(self.methods),
            AllowOrigins=["*"] if isinstance(self.origins, Open) else list(self.origins),
            MaxAge=self.max_age_seconds,
            **given(AllowHeaders=list(self.headers), ExposeHeaders=list(self.expose_headers)),
        )

    @property
    def mention(self) -> dict[str, dict[str, str]] | None:
        """For whoever reviews it: why any site may read the answers."""
        return {"woo-stack": {"open": self.origins.reason}} if isinstance(self.origins, Open) else None
