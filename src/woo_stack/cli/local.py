"""run the shop on this machine, in an emulator of AWS

Deploys the template into MiniStack by the CloudFormation API, puts documents into its table and serves its API by
HTTPS on 127.0.0.1, as on AWS, until Ctrl-C. Progress goes to stderr, the answer to stdout. Nothing reaches an AWS
account.
"""

import argparse
import importlib.util
import json
import os
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from woo_stack.cli import environments
from woo_stack.cli.errors import CommandError
from woo_stack.cli.progress import step, tell

if TYPE_CHECKING:
    from woo_stack.cli.localshop import LocalShop

EPILOG = """
examples:
  woo-stack local
  woo-stack local --load orders.json products.jsonl --port 8443
  wc-export | woo-stack local --load - --json

exit status:
  1    something is missing, refused or gone; the reason is on stderr
  2    a wrong command line
  0    ended by Ctrl-C or SIGTERM
"""

#: Outputs whose host does not answer here; shown with the one that does.
REPLACED = ("ApiUrl", "WebhookUrl")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    environments.add_template_option(parser)
    parser.add_argument(
        "--load",
        metavar="FILE",
        nargs="+",
        action="extend",
        default=[],
        help="WooCommerce documents: a JSON document, a JSON list or JSON lines; - is stdin",
    )
    parser.add_argument("--port", metavar="N", type=_port, default=0, help="HTTPS port (default: a free one)")
    parser.add_argument(
        "--json", action="store_true", help="print all that a client needs as a line of JSON when ready"
    )
    environments.add_parameter_option(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    _require_emulator()
    from woo_stack.cli.documents import read
    from woo_stack.cli.localshop import local_shop

    documents = read(options.load)
    template = template_text(options.template)
    with local_shop(template, parameters=dict(options.parameter), port=options.port) as shop:
        if documents:
            with step("loading"):
                loaded = shop.load(documents)
            tell(f"loaded {loaded}")
        try:
            print(_one_line(shop) if options.json else _for_people(shop), flush=True)
            tell("Ctrl-C stops it")
            while True:
                shop.emulator.check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            tell("stopping")
    return 0


def _require_emulator() -> None:
    """Raise CommandError unless the emulator runs on this system and the extra `local` is installed."""
    if os.name != "posix":
        raise CommandError("woo-stack local needs Linux or macOS; on Windows run it inside WSL")
    missing = [name for name in ("ministack", "trustme", "boto3") if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandError(
            f"woo-stack local needs {', '.join(missing)}: the extra `local`, as by `pip install '.[local]'` in a clone"
        )


def template_text(file: Path | None) -> str:
    """The text of the template: of the file, of the published one here, or of the shop with its default settings."""
    path = environments.template_at(file)
    if not isinstance(path, Path):
        from woo_stack.template import to_json

        return to_json(path)
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--template {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"--template {path} cannot be read: it is not UTF-8 text") from error


def _one_line(shop: "LocalShop") -> str:
    names = ("url", "consumer_key", "consumer_secret", "webhook_url", "webhook_secret")
    found = {name: value for name in names if (value := getattr(shop, name)) is not None}
    return json.dumps({**found, "ca_certificate": str(shop.ca_file), "aws_endpoint": shop.emulator.endpoint})


def _for_people(shop: "LocalShop") -> str:
    rows = {
        "URL": shop.url,
        "Consumer key": shop.consumer_key,
        "Consumer secret": shop.consumer_secret,
        "Webhook URL": shop.webhook_url,
        "Webhook secret": shop.webhook_secret,
        "CA certificate": str(shop.ca_file),
        "AWS endpoint": f"{shop.emulator.endpoint} (any credentials)",
        **{name: value for name, value in shop.outputs.items() if name not in REPLACED},
    }
    shown = {name: value for name, value in rows.items() if value is not None}
    width = max(map(len, shown))
    lines = [f"{name:<{width}}  {value}" for name, value in shown.items()]
    login = f"{shop.consumer_key}:{shop.consumer_secret}"
    products = f"{shop.url}/wp-json/wc/v3/products"
    curl = shlex.join(["curl", "--cacert", str(shop.ca_file), "-u", login, products])
    return "\n".join([*lines, "", curl, ""])


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port, allowed: 1 to 65535")
    return int(text)
