"""An order look-up of one table, one function and one route: ``python examples/order_lookup.py OUT.json``."""

import argparse
from pathlib import Path

from troposphere import Template, sns

from woo_stack import Function, Key, Monitoring, RestApi, Route, Table, inline, publish

template = Template(Description="Order look-up")
orders = Table("Orders", key=Key("order_id"), indexes={"by_customer": Key("customer_id", "placed_at")})
lookup = Function(
    "OrderLookup",
    code=inline(Path(__file__).with_name("lookup.py")),
    handler="index.find_order",
    environment={"ORDERS_TABLE": orders.name},
    statements=[orders.allow(*Table.READ)],
)
api = RestApi("Shop", routes={"GET /orders/{id}": Route(lookup, auth="iam")})
pager = template.add_resource(sns.Topic("Pager"))  # plain troposphere beside ours
health = Monitoring("Health", of=[api, lookup, orders], actions=[pager.ref()])

orders.table.TableClass = "STANDARD_INFREQUENT_ACCESS"  # plain troposphere inside ours
health.alarms["OrderLookupThrottles"].Threshold = 5.0  # its line on the dashboard moves too

for component in (orders, lookup, api, health):
    component.add_to(template)
arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("out", metavar="OUT.json")
publish(template, arguments.parse_args().out)  # refuses to write a template with findings
