"""Who may invoke a function: an AWS service, on behalf of one source in this account."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from troposphere import Ref, Sub, awslambda

from woo_stack.component import Value
from woo_stack.function import Function
from woo_stack.routes import Address


def permission(logical_id: str, function: Function | Value, service: str, source_arn: Value) -> awslambda.Permission:
    """Lets a service, as ``events``, call a function on behalf of one source."""
    return awslambda.Permission(
        logical_id,
        Action="lambda:InvokeFunction",
        FunctionName=function.arn if isinstance(function, Function) else function,
        Principal=f"{service}.amazonaws.com",
        SourceAccount=Ref("AWS::AccountId"),
        SourceArn=source_arn,
    )


def calls(source: str) -> Sub:
    """The ARN of calls of an API's ``<api id>/<stage>/METHOD/path``, or of its ``<api id>/authorizers/<id>``."""
    return Sub(f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{source}")


def api_permission(logical_id: str, function: Function | Value, source: str) -> awslambda.Permission:
    """Lets API Gateway call a function from one source.

    A REST API names itself by the request's method and path, an HTTP API by its route, ``GET/orders/{id}``: the
    patterns cover both.
    """
    return permission(logical_id, function, "apigateway", calls(source))


def source_path(addresses: list[Address]) -> str:
    """The narrowest ``METHOD/path`` pattern of an invoke permission that covers these routes."""
    methods = {"*" if address.method == "ANY" else address.method for address in addresses}
    paths = [["*" if part.startswith("{") else part for part in address.parts] for address in addresses]
    path = "/".join(paths[0])
    if any(other != paths[0] for other in paths):
        shared = [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))]
        # "*" stands for any text, slashes too: "orders*" is "orders" as well as "orders/7".
        below = shared and all(len(one) > len(shared) for one in paths)
        path = "/".join(shared) + ("/*" if below else "*")
    return f"{methods.pop() if len(methods) == 1 else '*'}/{path}"


def callees(functions: Iterable[Function | Value]) -> dict[Function | Value, str]:
    """What each of an API's functions is called in logical ids."""
    return {
        function: function.title if isinstance(function, Function) else f"Function{number}"
        for number, function in enumerate(dict.fromkeys(functions))
    }


def route_sources(
    functions: Sequence[Function | Value], addresses: Sequence[Address], stage: str
) -> Iterator[tuple[str, Function | Value, str]]:
    """A permission's role, function and source for each function that answers routes (`functions` side by side)."""
    for function, name in callees(functions).items():
        answered = [address for one, address in zip(functions, addresses, strict=True) if one == function]
        yield f"Invokes{name}", function, f"{stage}/{source_path(answered)}"
