"""The architecture that every peer builds, of our components: hardened, alarmed, and judged by both engines."""

from troposphere import Template

from woo_stack import Function, Key, Monitoring, Pager, RestApi, Route, Table, inline, publish

template = Template(Description="The architecture that every peer builds")
table = Table("Documents", key=Key("pk", "sk"))
reader = Function(
    "Reader",
    code=inline("reader.py"),
    handler="index.read",
    environment={"TABLE_NAME": table.name},
    statements=[table.allow(*Table.READ)],
)
route = Route(reader, auth="iam")
api = RestApi("Api", routes={"GET /orders": route, "GET /orders/{id}": route})
pager = Pager("Pager")
health = Monitoring("Health", of=[api, reader, table], actions=[pager.arn])
for component in (table, reader, api, pager, health):
    component.add_to(template)
publish(template, "template.json")
