"""An invoke permission covers the routes of its function and reaches no further."""

from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woo_stack import Function
from woo_stack.permissions import callees, route_sources, source_path
from woo_stack.routes import METHODS, Address


def called(address: Address, values: dict[str, str]) -> str:
    """METHOD/path of a call as API Gateway puts it into the source ARN."""
    method = "GET" if address.method == "ANY" else address.method
    return f"{method}/{'/'.join(values.get(part, part) for part in address.parts)}"


PARTS = st.sampled_from(["orders", "orders-archive", "v3", "{id}"])
ADDRESSES = st.builds(Address, st.sampled_from(METHODS), st.lists(PARTS, max_size=3).map(tuple))


@given(st.lists(ADDRESSES, min_size=1, max_size=4))
def test_an_invoke_permission_covers_every_route_of_its_function(addresses: list[Address]) -> None:
    pattern = source_path(addresses)
    for address in addresses:
        assert fnmatchcase(called(address, {"{id}": "*"}), pattern)
        assert fnmatchcase(called(address, {"{id}": "17"}), pattern)
        # An HTTP API names its route instead of the call.
        assert fnmatchcase(called(address, {}), pattern)


@pytest.mark.parametrize(
    ("routes", "outside"),
    [
        (["GET /orders/{id}"], ["POST/orders/5", "GET/customers/5"]),
        (["GET /orders", "GET /orders/{id}"], ["DELETE/orders/5", "GET/customers"]),
        (["GET /v3/orders", "PUT /v3/coupons"], ["GET/v2/orders"]),
    ],
)
def test_an_invoke_permission_reaches_no_further(routes: list[str], outside: list[str]) -> None:
    pattern = source_path([Address.parse(route) for route in routes])
    assert not [call for call in outside if fnmatchcase(call, pattern)]


def test_functions_are_called_by_their_titles_or_by_number(new_function: Callable[..., Function]) -> None:
    orders, basket = new_function("Orders"), "arn:aws:lambda:eu-west-1:111111111111:function:basket"
    assert callees([orders, basket, orders]) == {orders: "Orders", basket: "Function1"}
    routes = [Address.parse(text) for text in ("GET /orders", "PUT /basket", "GET /orders/{id}")]
    assert list(route_sources([orders, basket, orders], routes, "v2")) == [
        ("InvokesOrders", orders, "v2/GET/orders*"),
        ("InvokesFunction1", basket, "v2/PUT/basket"),
    ]
