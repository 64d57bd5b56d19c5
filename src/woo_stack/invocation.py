"""How API Gateway names a function that it calls."""

from troposphere import Sub

from woo_stack.component import Value
from woo_stack.function import Function


def invocation(function: Function | Value) -> Sub:
    """The URI by which API Gateway calls a function."""
    uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/%s/invocations"
    if isinstance(function, Function):
        return Sub(uri % f"${{{function.function.title}.Arn}}")
    return Sub(uri % "${Arn}", Arn=function)
