"""Invoices from a queue, one by one, and reminders each morning: ``python examples/invoice_queue.py OUT.json``."""

import argparse
from pathlib import Path

from troposphere import Template, sns

from woo_stack import EventSource, Function, Monitoring, Queue, Schedule, Watch, inline, publish

template = Template(Description="Invoices")
code = inline(Path(__file__).with_name("invoice.py"), mapping="Code")
orders = Queue("Orders", consumer_timeout_seconds=20, max_receives=7)
writer = Function(
    "InvoiceWriter",
    code=code,
    handler="index.write",
    statements=[orders.allow(*Queue.CONSUME)],
    timeout_seconds=orders.consumer_timeout_seconds,
    metrics=[Watch("Written", "Written", "Sum", "Invoices", "invoices", namespace="invoices")],
)
reminder = Function("Reminder", code=code, handler="index.remind", timeout_seconds=120)
pager = template.add_resource(sns.Topic("Pager"))

parts = [
    orders,
    writer,
    EventSource("PaidOrders", writer, orders, batch_size=5, maximum_concurrency=3),
    reminder,
    Schedule("EachMorning", reminder, "cron(30 7 ? * MON-FRI *)"),
    # The first message that cannot be processed is told within a minute.
    Monitoring("Health", of=[writer, reminder, orders, orders.dead_letters], actions=[pager.ref()]),
]
for part in parts:
    part.add_to(template)
arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("out", metavar="OUT.json")
publish(template, arguments.parse_args().out)
