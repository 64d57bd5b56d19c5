"""make the bucket and the roles that deployments need

Once an account and region: a bucket for templates and code, and the role with which CloudFormation then manages the
stacks. Optionally roles for pipelines at GitHub and GitLab, which need no keys. It is the stack woo-stack-bootstrap,
protected from deletion.

The rights are those that the resources of the template need (--show-policy), narrowed to stacks whose names begin with
woo-stack-: --template FILE for the resources of other templates, --stack-prefix for other names.

CloudFormation's role may make roles with policies, as the template does. So whoever may deploy a template of his own
with it, a pipeline as well, can give a function any right in the account: let only what was reviewed be deployed.

GitHub's tokens have ids in the names of repositories that were created, renamed or transferred after 15 July 2026, or
have opted in: --github OWNER@ID/REPO@ID for those. The ids:
`gh api repos/OWNER/REPO --jq '.owner.id, .id'`.

Repeat it for a new release, or to change an answer: what is not given stays as it is.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from woo_stack.cli import target
from woo_stack.cli.dialogue import callbacks, followed, table, where
from woo_stack.cli.errors import CommandError
from woo_stack.cli.progress import tell

if TYPE_CHECKING:
    from woo_stack.cli.live import Live
    from woo_stack.cloudformation.deploy import Deployed
    from woo_stack.cloudformation.stack import Stack

EPILOG = """\
examples:
  woo-stack bootstrap
  woo-stack bootstrap --show-policy | jq .ExecutionPolicy1
  woo-stack bootstrap --github acme/shop --github acme/shop:environment:staging
  woo-stack bootstrap --github acme@1234567/shop@76543210
  woo-stack bootstrap --gitlab acme/shop:ref_type:branch:ref:production
  woo-stack bootstrap --stack-prefix orders- --template orders.yaml --bootstrap-stack orders-bootstrap

exit status:
  0    made, changed, or up to date
  1    refused, declined or failed; the reason is on stderr
  2    wrong command line, or no terminal to ask at and no --yes
  130  Ctrl-C; what AWS had begun goes on
"""

BUILT = Path("output/woo-stack-bootstrap.json")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    what = parser.add_argument_group("what is made")
    what.add_argument(
        "--stack-prefix", metavar="PREFIX", help="how the stacks' names begin, '-' last (default: woo-stack-)"
    )
    what.add_argument(
        "--template",
        metavar="FILE",
        type=Path,
        action="append",
        help=f"rights for its resources instead of the shop's; may be repeated (default: {BUILT} is deployed)",
    )
    what.add_argument(
        "--github",
        metavar="REPO",
        action="append",
        help="OWNER/REPO, or OWNER@ID/REPO@ID (see above), may deploy from its environment prod, REPO:SUBJECT "
        "from another place; may be repeated, '' for nobody",
    )
    what.add_argument(
        "--gitlab",
        metavar="PROJECT",
        action="append",
        help="GROUP/PROJECT may deploy from its branch main, GROUP/PROJECT:SUBJECT from another place; may be "
        "repeated, '' for nobody",
    )
    for name, host in (("github", "token.actions.githubusercontent.com"), ("gitlab", "gitlab.com")):
        what.add_argument(
            f"--{name}-oidc-provider", metavar="ARN", help=f"the account's of {host} (default: looked up, or made)"
        )
    what.add_argument(
        "--log-bucket", metavar="BUCKET", help="where S3 notes who reads and writes templates and code, '' for nowhere"
    )
    what.add_argument("--bootstrap-stack", metavar="NAME", default="woo-stack-bootstrap", help="default: %(default)s")
    how = parser.add_argument_group("how it is done")
    how.add_argument("--show-policy", action="store_true", help="print the rights as JSON, and ask AWS nothing")
    how.add_argument("--yes", action="store_true", help="do not ask")
    target.add_account_options(parser)


def run(options: argparse.Namespace) -> int:
    """Make the stack and print its outputs, or print the policies."""
    if options.show_policy:
        print(json.dumps(_policies(_template(options), options.stack_prefix), indent=2, sort_keys=True))
        return 0
    if not (options.yes or sys.stdin.isatty()):
        raise CommandError("there is no terminal to ask at, allowed: --yes, which does not ask", status=2)
    stack = target.stack_of(options, options.bootstrap_stack)
    with followed(stack, "bootstrap") as live:
        done = _bootstrap(options, stack, live)
        how = f"deployed, in {done.seconds:.0f} s" if done.changed else "up to date"
        live.tell(f"the stack {stack.title} is {how}")
    print(table(done.outputs), end="")
    return 0


def _bootstrap(options: argparse.Namespace, stack: "Stack", live: "Live") -> "Deployed":
    from woo_stack.cloudformation.bootstrap import bootstrap

    template = _template(options)
    live.tell(where(stack))

    return bootstrap(
        stack,
        template,
        stack_prefix=options.stack_prefix,
        github=_named(options.github),
        gitlab=_named(options.gitlab),
        github_provider=options.github_oidc_provider,
        gitlab_provider=options.gitlab_oidc_provider,
        log_bucket=options.log_bucket,
        **callbacks(live, f"Make these changes to {stack.title}?", yes=options.yes),
    )


def _named(given: list[str] | None) -> list[str] | None:
    """Who may deploy; an empty name alone is nobody, and without the option it stays as it is."""
    return given and [name for name in given if name or len(given) > 1]


def _template(options: argparse.Namespace) -> dict[str, Any]:
    """The template that is to be deployed: for these templates, the one that was built, or the library's own."""
    from woo_stack.bootstrap_stack import Bootstrap
    from woo_stack.cloudformation.body import Body
    from woo_stack.shop_release import release

    if options.template:
        made = Bootstrap([Body.of(path).unrolled for path in options.template])
        for line in made.execution.told:
            tell(line)
        return Body.of(made.template).parsed
    return Body.of(BUILT if BUILT.is_file() else release().bootstrap or {}).parsed


def _policies(template: dict[str, Any], prefix: str | None) -> dict[str, Any]:
    """The policies' documents by logical id, with what is known before the deployment put in."""
    known = prefix or template["Parameters"]["StackPrefix"]["Default"]
    policies = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::ManagedPolicy"}
    return {name: _read(one["Properties"]["PolicyDocument"], known) for name, one in policies.items()}


def _read(value: Any, prefix: str) -> Any:
    """A document with texts for Fn::Sub, Ref and Fn::GetAtt: `${ExecutionRole.Arn}`."""
    match value:
        case {"Fn::Sub": str(text)}:
            return text.replace("${StackPrefix}", prefix)
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case dict():
            return {key: _read(item, prefix) for key, item in value.items()}
        case list():
            return [_read(item, prefix) for item in value]
    return value
