"""A bucket that nobody outside reads and that forgets nothing by mistake."""

from typing import Any

import pytest

from woo_stack import Bucket, SettingError


def test_what_is_in_it_is_encrypted_private_and_kept(properties: Any) -> None:
    made = properties(Bucket("Files"), "AWS::S3::Bucket")
    (encryption,) = made["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert set(made["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(made["PublicAccessBlockConfiguration"]) == 4
    assert made["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert made["VersioningConfiguration"] == {"Status": "Enabled"}
    for resource in Bucket("Files").resources():
        assert (resource.DeletionPolicy, resource.UpdateReplacePolicy) == ("Retain", "Retain"), resource.title


def test_only_what_is_not_current_ends(properties: Any) -> None:
    (rule,) = properties(Bucket("Files", noncurrent_days=8), "AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert rule == {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        "ExpiredObjectDeleteMarker": True,
        "Id": "Noncurrent",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 8},
        "Status": "Enabled",
    }


def test_a_key_of_your_own_is_asked_once_for_many_objects(properties: Any) -> None:
    made = properties(Bucket("Files", kms_key="arn:x:key"), "AWS::S3::Bucket")
    assert made["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {
            "BucketKeyEnabled": True,
            "ServerSideEncryptionByDefault": {"KMSMasterKeyID": "arn:x:key", "SSEAlgorithm": "aws:kms"},
        }
    ]


def test_only_tls_comes_in(properties: Any) -> None:
    (statement,) = properties(Bucket("Files"), "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert (statement["Action"], statement["Principal"]) == ("s3:*", {"AWS": "*"})
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [{"Fn::GetAtt": ["FilesBucket", "Arn"]}, {"Fn::Sub": "${FilesBucket.Arn}/*"}]


BUCKET, OBJECTS = {"Fn::GetAtt": ["FilesBucket", "Arn"]}, {"Fn::Sub": "${FilesBucket.Arn}/*"}


@pytest.mark.parametrize(
    ("names", "resources"),
    [
        (Bucket.READ, [OBJECTS]),
        (Bucket.WRITE, [OBJECTS]),
        (("ListBucket",), [BUCKET]),
        (("ListBucket", "GetObject"), [BUCKET, OBJECTS]),
        (("GetBucketObjectLockConfiguration",), [BUCKET]),
    ],
)
def test_a_right_is_on_the_objects_or_on_the_bucket(names: Any, resources: Any, as_json: Any) -> None:
    made = as_json(Bucket("Files").allow(*names))
    assert made == {"Action": sorted(f"s3:{name}" for name in names), "Effect": "Allow", "Resource": resources}


@pytest.mark.parametrize("names", [(), ("ReadObject",)])
def test_a_right_that_does_not_exist_is_refused(names: Any) -> None:
    with pytest.raises(SettingError, match="allowed: at least one of S3's"):
        Bucket("Files").allow(*names)
