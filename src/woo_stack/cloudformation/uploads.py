"""What a deployment needs in a bucket: under a name that is made of its content, so that nothing is sent twice."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from botocore.config import Config
from botocore.exceptions import ClientError

from woo_stack.cloudformation.body import Body, TemplateError
from woo_stack.cloudformation.changeset import Template
from woo_stack.cloudformation.refusals import asking, code_of
from woo_stack.cloudformation.stack import Stack
from woo_stack.template import TEMPLATE_BODY_BYTES

#: Hexadecimal digits of the SHA-256 that tell one content from another, as in our own zip's name.
DIGITS = 16
#: The parameters of a template that takes its code from a bucket.
CODE_PARAMETERS = ("CodeBucket", "CodeKey")


def too_long(body: Body) -> str:
    """Why the template cannot be in a request itself, and so needs a bucket; "" where it can be."""
    size = len(body.text.encode())
    limit = f"CloudFormation takes {TEMPLATE_BODY_BYTES:,} without a bucket"
    return f"the template has {size:,} bytes, and {limit}" if size > TEMPLATE_BODY_BYTES else ""


def sent(stack: Stack, body: Body, bucket: str, tell: Callable[[str], None] = lambda _: None) -> Template:
    """The template as CloudFormation gets it: in the request, or by way of the bucket where it is too long for that."""
    if not too_long(body):
        return {"TemplateBody": body.text}
    suffix = ".json" if body.text.lstrip().startswith("{") else ".yaml"
    return {"TemplateURL": url(stack, bucket, upload(stack, bucket, body.text.encode(), f"templates/{suffix}", tell))}


def upload(stack: Stack, bucket: str, content: bytes, name: str, tell: Callable[[str], None] = lambda _: None) -> str:
    """Put the content into the bucket, unless it is there; returns its key: ``name`` with a hash of the content in it.

    A name that has the hash already stays as it is. Every request names the account that the bucket must belong to:
    a bucket of somebody else's by the same name gets nothing.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    key = hashed(content, name)
    s3 = stack.client("s3")
    where = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": stack.account}
    with asking(f"{key} cannot be put into {bucket}, which must be a bucket of the account {stack.account}"):
        try:
            there = s3.head_object(**where, ChecksumMode="ENABLED").get("ChecksumSHA256")
        except ClientError as error:
            # Without the right to list the bucket, S3 answers 403 for what is not there.
            if code_of(error) not in ("404", "NoSuchKey", "NotFound", "403"):
                raise
            there = None
        # Its name alone would let whoever may write to the bucket have something else deployed.
        if there == b64encode(hashlib.sha256(content).digest()).decode():
            tell(f"{key} is in the bucket {bucket} already")
        else:
            tell(f"uploading {key} to the bucket {bucket}")
            s3.put_object(**where, Body=content, ChecksumAlgorithm="SHA256")
    return key


def hashed(content: bytes, name: str) -> str:
    """The name with a hash of the content before its suffix; `templates/.json` has nothing else before it."""
    digest = hashlib.sha256(content).hexdigest()
    folder, _, base = name.rpartition("/")
    stem, dot, suffix = base.rpartition(".")
    if digest[:DIGITS] in stem:
        return name
    stem = f"{stem}-{digest[:DIGITS]}" if stem else digest
    return str(PurePosixPath(folder, f"{stem}{dot}{suffix}"))


def url(stack: Stack, bucket: str, key: str) -> str:
    """Where CloudFormation reads it: at S3's own address, whichever way this machine takes; or at an emulator's."""
    if stack.emulated:
        return f"{stack.client('s3').meta.endpoint_url}/{bucket}/{key}"
    own = {"ignore_configured_endpoint_urls": True, "use_fips_endpoint": False, "use_dualstack_endpoint": False}
    config = Config(**own)  # type: ignore[arg-type]  # the stubs know no unpacked options
    return f"{stack.session.client('s3', region_name=stack.region, config=config).meta.endpoint_url}/{bucket}/{key}"


def code_of_template(body: Body, code: Path | None) -> Path | None:
    """The zip that the template's parameters CodeBucket and CodeKey are to name; None where it has no such parameters.

    Without ``code`` it is the one that CodeKey's default names, beside the template, or the newest handler-*.zip
    there. TemplateError where there is none.
    """
    declared = set(CODE_PARAMETERS) <= body.parameters.keys()
    if code is None and not declared:
        return None
    if not declared:
        raise TemplateError(
            f"code is {code}, allowed: only with a template that has the parameters CodeBucket, CodeKey"
        )
    folder = body.where.parent if body.where else Path()
    named = folder / str(body.parameters["CodeKey"].get("Default", ""))
    there = sorted(folder.glob("handler-*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
    chosen = code or (named if named.is_file() else next(iter(there), None))
    if chosen is None or not chosen.is_file():
        looked = f"{chosen} is no file" if chosen else f"there is no handler-*.zip in {folder}"
        raise TemplateError(f"the template takes its code from a bucket and {looked}, allowed: a zip, as code")
    return chosen
