import hashlib
import os
from pathlib import Path

import boto3
import pytest
from tests.cloudformation.conftest import TEMPLATE
from tests.cloudformation.faults import Front

from woo_stack.cloudformation.body import Body, TemplateError
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.uploads import code_of_template, hashed, upload, url

CODE = {"CodeBucket": {"Type": "String"}, "CodeKey": {"Type": "String", "Default": "handler-2.zip"}}


def test_the_same_content_is_sent_once(faulty: tuple[Stack, Front], bucket: str, told: list[str]) -> None:
    stack, front = faulty
    key = upload(stack, bucket, b"one", "code.zip", told.append)
    assert key == f"code-{hashlib.sha256(b'one').hexdigest()[:16]}.zip"
    assert upload(stack, bucket, b"one", "code.zip", told.append) == key
    assert upload(stack, bucket, b"two", "code.zip") != key
    assert front.counted()["PutObject"] == 2
    assert stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"one"
    assert told == [f"uploading {key} to the bucket {bucket}", f"{key} is in the bucket {bucket} already"]


def test_names() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    assert hashed(b"x", "templates/.yaml") == f"templates/{digest}.yaml"
    assert hashed(b"x", f"handler-{digest[:16]}.zip") == f"handler-{digest[:16]}.zip"
    assert hashed(b"x", "a.b/c.zip") == f"a.b/c-{digest[:16]}.zip"


def test_every_request_names_the_owner(stack: Stack, bucket: str) -> None:
    own = Stack(stack.name, stack.session, stack.endpoint_url)
    asked = []
    own.client("s3").meta.events.register("before-sign.s3", lambda request, **_: asked.append(dict(request.headers)))
    upload(own, bucket, b"x", "x.zip")
    assert [headers.get("x-amz-expected-bucket-owner") for headers in asked] == ["000000000000"] * 2


def test_a_bucket_that_is_not_there(stack: Stack) -> None:
    with pytest.raises(
        AwsError, match=r"cannot be put into absent-1, which must be a bucket of the account 000000000000: "
    ):
        upload(stack, "absent-1", b"x", "x.zip")


def test_a_template_that_is_too_long_goes_by_way_of_the_bucket(
    faulty: tuple[Stack, Front], bucket: str, told: list[str]
) -> None:
    stack, front = faulty
    long = TEMPLATE | {"Metadata": {"Long": "x" * 51_200}}
    with pytest.raises(
        AwsError, match=r"has 5\d,\d{3} bytes, and CloudFormation takes 51,200 .*: run `woo-stack bootstrap`"
    ):
        deploy(stack, long)
    assert deploy(stack, long, bucket=bucket, tell=told.append).outputs["Paint"] == "green"
    (key,) = [one["Key"] for one in stack.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert key == f"templates/{hashlib.sha256(Body.of(long).text.encode()).hexdigest()}.json"
    deploy(stack, long, bucket=bucket, parameters={"Colour": "blue"})
    assert front.counted()["PutObject"] == 1


def test_the_zip_beside_the_template(stack: Stack, bucket: str, tmp_path: Path) -> None:
    template = tmp_path / "shop.json"
    template.write_text(Body.of(TEMPLATE | {"Parameters": TEMPLATE["Parameters"] | CODE}).text)
    with pytest.raises(TemplateError, match=f"there is no handler-\\*.zip in {tmp_path}, allowed: a zip, as code$"):
        deploy(stack, template, bucket=bucket)
    for number, name in enumerate(("handler-1.zip", "handler-3.zip", "other.zip")):
        (tmp_path / name).write_bytes(name.encode())
        os.utime(tmp_path / name, (number, number))
    body = Body.of(template)
    assert code_of_template(body, None) == tmp_path / "handler-3.zip"
    (tmp_path / "handler-2.zip").write_bytes(b"named by the default")
    os.utime(tmp_path / "handler-2.zip", (0, 0))
    assert code_of_template(body, None) == tmp_path / "handler-2.zip"
    assert code_of_template(body, tmp_path / "other.zip") == tmp_path / "other.zip"
    deploy(stack, template, bucket=bucket)
    deployed = stack.deployed()
    assert deployed is not None
    key = deployed.parameters["CodeKey"]
    assert deployed.parameters["CodeBucket"] == bucket
    assert stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"named by the default"


def test_code_that_the_template_has_no_use_for(tmp_path: Path) -> None:
    with pytest.raises(
        TemplateError, match="allowed: only with a template that has the parameters CodeBucket, CodeKey"
    ):
        code_of_template(Body.of(TEMPLATE), tmp_path / "x.zip")
    with pytest.raises(TemplateError, match=r"x\.zip is no file"):
        code_of_template(Body.of(TEMPLATE | {"Parameters": CODE}), tmp_path / "x.zip")


def test_whoever_gives_the_parameters_has_uploaded_it(stack: Stack) -> None:
    template = TEMPLATE | {"Parameters": TEMPLATE["Parameters"] | CODE}
    deploy(stack, template, parameters={"CodeBucket": "theirs", "CodeKey": "k.zip"})
    assert stack.deployed().parameters["CodeBucket"] == "theirs"  # type: ignore[union-attr]


def test_what_has_the_name_but_not_the_content_is_not_trusted(stack: Stack, bucket: str, told: list[str]) -> None:
    key = hashed(b"ours", "code.zip")
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body=b"theirs", ChecksumAlgorithm="SHA256")
    assert upload(stack, bucket, b"ours", "code.zip", told.append) == key
    assert stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"ours"
    assert told == [f"uploading {key} to the bucket {bucket}"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("region", "host"), [("eu-west-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn")])
def test_cloudformation_reads_at_s3s_own_address(region: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    there = Stack("shop", boto3.Session("id", "secret", region_name=region))
    assert url(there, "mine", "templates/1.json") == f"https://s3.{region}.{host}/mine/templates/1.json"
