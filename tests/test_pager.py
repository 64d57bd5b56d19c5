"""The topic of alarms: who may publish, who is told."""

from typing import Any

import pytest
from troposphere import Parameter

from woo_stack import Pager


def test_only_alarms_of_this_account_publish_and_only_over_tls(render: Any) -> None:
    policy = render(Pager("Pager"))["Resources"]["PagerTopicPolicy"]["Properties"]
    assert policy["Topics"] == [{"Ref": "PagerTopic"}]
    allow, deny = policy["PolicyDocument"]["Statement"]
    assert (allow["Effect"], allow["Principal"]) == ("Allow", {"Service": "cloudwatch.amazonaws.com"})
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert (deny["Effect"], deny["Principal"]) == ("Deny", {"AWS": "*"})
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {allow["Action"], deny["Action"]} == {"sns:Publish"}


def test_nobody_is_told_without_an_address(render: Any) -> None:
    assert set(render(Pager("Pager", condition="HasEmail"))["Resources"]) == {"PagerTopic", "PagerTopicPolicy"}


@pytest.mark.parametrize(
    ("email", "endpoint"),
    [("on-call@example.com", "on-call@example.com"), (Parameter("Email", Type="String"), {"Ref": "Email"})],
)
def test_an_address_is_subscribed_under_the_condition(email: Any, endpoint: Any, render: Any) -> None:
    subscription = render(Pager("Pager", email=email, condition="HasEmail"))["Resources"]["PagerEmail"]
    assert subscription["Condition"] == "HasEmail"
    assert subscription["Properties"] == {
        "Endpoint": endpoint, "Protocol": "email", "TopicArn": {"Ref": "PagerTopic"},
    }  # fmt: skip


def test_there_is_a_second_topic_for_the_morning_if_it_is_asked_for(render: Any, as_json: Any) -> None:
    pager = Pager("Pager", email="wake@example.com", with_notices=True, notice_email="read@example.com",
                  condition="Wakes", notice_condition="Reads", kms_key="arn:x:key")  # fmt: skip
    resources = render(pager)["Resources"]
    assert set(resources) == {"PagerTopic", "PagerNotices", "PagerTopicPolicy", "PagerEmail", "PagerNoticeEmail"}
    for topic in ("PagerTopic", "PagerNotices"):
        assert resources[topic] == {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "arn:x:key"}}
    told = {
        name: (one["Condition"], one["Properties"]["Endpoint"], one["Properties"]["TopicArn"]["Ref"])
        for name, one in resources.items()
        if one["Type"] == "AWS::SNS::Subscription"
    }
    assert told == {
        "PagerEmail": ("Wakes", "wake@example.com", "PagerTopic"),
        "PagerNoticeEmail": ("Reads", "read@example.com", "PagerNotices"),
    }
    assert as_json(pager.arn) == {"Ref": "PagerTopic"}
    assert as_json(pager.notices_arn) == {"Ref": "PagerNotices"}


def test_both_topics_are_under_one_policy(render: Any) -> None:
    policy = render(Pager("Pager", with_notices=True))["Resources"]["PagerTopicPolicy"]["Properties"]
    assert policy["Topics"] == [{"Ref": "PagerTopic"}, {"Ref": "PagerNotices"}]
    # In a topic's policy "*" is that topic; a policy that names another one is refused.
    assert [one["Resource"] for one in policy["PolicyDocument"]["Statement"]] == ["*", "*"]


def test_one_topic_is_named_by_its_policy(render: Any) -> None:
    policy = render(Pager("Pager"))["Resources"]["PagerTopicPolicy"]["Properties"]
    assert [one["Resource"] for one in policy["PolicyDocument"]["Statement"]] == [{"Ref": "PagerTopic"}] * 2


def test_the_topic_takes_the_customers_key(render: Any) -> None:
    topic = render(Pager("Pager", kms_key="arn:x:key"))["Resources"]["PagerTopic"]["Properties"]
    assert topic == {"KmsMasterKeyId": "arn:x:key"}
