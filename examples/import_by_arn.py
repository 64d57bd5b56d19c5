"""An API, alarms and a dashboard around what is there already: ``python examples/import_by_arn.py OUT.json``.

The function is exported by another stack, the topic's ARN is asked for when the stack is deployed, and the table is
named: nothing of them is in this template.
"""

import argparse
from dataclasses import dataclass, field

from troposphere import ImportValue, Parameter, Template

from woo_stack import Authorizer, Monitoring, RestApi, Route, publish


@dataclass
class ExistingTable:
    """What `Monitoring` asks of a component; any class with these three attributes can be watched."""

    title: str
    name: str
    namespace: str = "AWS/DynamoDB"
    dimensions: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Tell this table's metrics from another's."""
        self.dimensions = {"TableName": self.name}


template = Template(Description="An API in front of an existing catalogue")
topic = template.add_parameter(
    Parameter(
        "OnCallTopicArn", Type="String", Description="The SNS topic that wakes somebody", AllowedPattern="^arn:.+"
    )
)
catalogue = ImportValue("catalogue-FunctionArn")
tokens = Authorizer("Tokens", ImportValue("identity-AuthorizerArn"), identity=("X-Token",), cache_seconds=60)
api = RestApi(
    "Catalogue",
    routes={"GET /items": Route(catalogue, auth=tokens), "POST /items": Route(catalogue, auth="iam")},
    throttle_rate=50,
    retention_days=90,
)
health = Monitoring("Health", of=[api, ExistingTable("Items", "catalogue-items")], actions=[topic])
for component in (api, health):
    component.add_to(template)
arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("out", metavar="OUT.json")
publish(template, arguments.parse_args().out)
