"""How a REST API's stage treats calls: the same for all methods, but for what a route says of itself."""

from collections.abc import Iterable, Mapping

from troposphere import apigateway

from woo_stack.component import given
from woo_stack.routes import Address, Route

Settings = Mapping[str, object]


def cached(size_gb: float | None) -> Settings:
    """What a method's settings say of the cache, if there is one: it is encrypted, and nothing is kept in it.

    API Gateway tells requests apart only by parameters that a method names beforehand: an answer would also be given to
    a query with one parameter more, and to whoever else asks. Where a function reads no other parameter, set
    CacheTtlInSeconds of `deployed_stage` and CacheKeyParameters of `methods`, with the caller's identity among them
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html).
    """
    return {"CacheDataEncrypted": True, "CacheTtlInSeconds": 0, "CachingEnabled": True} if size_gb else {}


def cache_cluster(size_gb: float | None) -> Settings:
    """What the stage itself says of its cache."""
    return {"CacheClusterEnabled": True, "CacheClusterSize": f"{size_gb:g}"} if size_gb else {}


def method_settings(common: Settings, routes: Iterable[tuple[Address, Route]]) -> list[apigateway.MethodSetting]:
    """An entry for all methods, and one for each route with a throttle of its own.

    An entry replaces the one for all methods altogether, so that it has to say everything again
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
    """
    rows: list[tuple[str, str, Settings]] = [("*", "/*", {})]
    for address, route in routes:
        own = given(ThrottlingBurstLimit=route.throttle_burst, ThrottlingRateLimit=route.throttle_rate)
        if own:
            # Here a path is one part of a key, as in JSON pointers.
            rows.append((address.method, "/" + "".join(f"~1{part}" for part in address.parts), own))
    return [
        apigateway.MethodSetting(HttpMethod=method, ResourcePath=path, **{**common, **own})
        for method, path, own in rows
    ]
