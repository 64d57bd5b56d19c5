"""What the tests of the recipes look at in a copy of the repository, printed as JSON: ``python driver.py WHAT``."""

import gzip
import json
import os
import sys
from typing import Any

from troposphere import Template
from woo_stack.handler import reader

import woo_stack
from woo_stack import SettingError, Settings, Shop, problems, runbook, shop, to_json
from woo_stack.type_permissions import HANDLED


def alarm() -> Any:
    """The alarms of the shop's template, and whether the dashboard and the runbook name the new one."""
    made = Shop()
    template = json.loads(to_json(made.template))
    body = json.dumps(template["Resources"]["HealthDashboard"]["Properties"]["DashboardBody"])
    return {
        "alarm": template["Resources"]["EventsSize"]["Properties"],
        "drawn": "SentMessageSize" in body,
        "told": runbook(made.health, made.parameters),
    }


def setting() -> Any:
    """The functions' processors without the setting and with it, and what a wrong value is told."""
    found = {}
    for name, settings in {"default": Settings(), "other": Settings(architecture="x86_64")}.items():
        resources = json.loads(to_json(shop(settings)))["Resources"].values()
        made = [one["Properties"] for one in resources if one["Type"] == "AWS::Lambda::Function"]
        found[name] = sorted({kind for one in made for kind in one["Architectures"]})
    try:
        Settings(architecture="mips")
    except SettingError as error:
        found["refused"] = [str(error)]
    return found


def component() -> Any:
    """The template of the component alone, what is found in it, and what CloudFormation may do for it."""
    template = Template(Description="A shared value")
    woo_stack.SharedValue("ShopUrl", "https://shop.example.com", about="Where the shop is").add_to(template)
    found = [str(one) for one in problems(template) if one.level != "note"]
    known = HANDLED["AWS::SSM::Parameter"].rights[0].on
    return {"template": json.loads(to_json(template)), "problems": found, "on": known}


def route() -> Any:
    """What the reader answers for a subscription in a table that knows one document, and for one that is not there."""
    body = {"id": 727, "status": "active", "billing_period": "month"}
    item = {"z": {"B": gzip.compress(json.dumps(body).encode())}, "k": {"S": "S"}, "L": {"SS": ["S#any@date|x"]}}

    class OneDocument:
        """DynamoDB as far as a single document needs it."""

        def get_item(self, **asked: Any) -> Any:
            return {"Item": item} if asked["Key"]["pk"]["S"] == "s#O#727" else {}

    vars(reader)["client"] = lambda _: OneDocument()
    os.environ["TABLE_NAME"] = "shop"
    event = {"httpMethod": "GET", "headers": {"Host": "a"}, "requestContext": {"requestId": "r"}}
    answers = {}
    for number in (727, 728):
        path = f"/wp-json/wc/v3/subscriptions/{number}"
        answer = reader.read(event | {"path": path, "requestContext": {"path": f"/live{path}", "requestId": "r"}}, None)
        answers[number] = [answer["statusCode"], json.loads(answer["body"])]
    return answers


if __name__ == "__main__":
    found = {"alarm": alarm, "setting": setting, "component": component, "route": route}[sys.argv[1]]()
    sys.stdout.write(json.dumps({"from": [woo_stack.__file__, reader.__file__], "found": found}))
