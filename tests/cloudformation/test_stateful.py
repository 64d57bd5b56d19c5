"""What resources hold: no type that holds data is forgotten, and each is a type of AWS."""

import json
from importlib.metadata import version
from pathlib import Path

import cfnlint.data.AdditionalSpecs
import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from woo_stack.cloudformation import stateful
from woo_stack.cloudformation.stateful import HELD

#: AWS has taken them out of service, and their schemas away.
GONE = {"AWS::QLDB::Ledger", "AWS::SDB::Domain"}
#: How the names of types that hold data end.
WORDS = (
    "Archive", "Backup", "Broker", "Bucket", "Cluster", "Collection", "Database", "Dataset", "Datastore", "Directory",
    "Disk", "Domain", "FileSystem", "Graph", "Index", "Instance", "Keyspace", "Ledger", "Queue", "Registry",
    "Repository", "Server", "Snapshot", "Store", "Stream", "Table", "UserPool", "Vault", "Volume",
)  # fmt: skip
#: What is named like them and holds nothing of its own: it is all in the template, or somewhere else.
EMPTY = (
    "AgentRegistry::Registry Amplify::Domain CleanRooms::ConfiguredTable CleanRoomsML::TrainingDataset "
    "CloudFront::TrustStore CloudWatch::MetricStream CodeStar::GitHubRepository Cognito::UserPoolResourceServer "
    "Connect::Queue CustomerProfiles::EventStream DataBrew::Dataset "
    "DevOpsGuru::ResourceCollection EC2::LocalGatewayRouteTable EC2::RouteServer "
    "EC2::RouteTable EC2::SqlHaStandbyDetectedInstance EC2::TransitGatewayMulticastDomain "
    "EC2::TransitGatewayPolicyTable EC2::TransitGatewayRouteTable EC2::VerifiedAccessInstance ECS::Cluster "
    "EMRContainers::VirtualCluster ElasticLoadBalancingV2::TrustStore GameLift::GameSessionQueue "
    "HealthAgent::Domain IoT::Stream IoTSiteWise::Dataset Location::PlaceIndex MediaConnect::FlowMediaStream "
    "MediaLive::Cluster OpsWorks::Instance OpsWorks::Volume PCS::Queue Panorama::ApplicationInstance "
    "Pinpoint::EventStream QLDB::Stream ResourceExplorer2::Index Route53::CidrCollection "
    "Route53::TrafficPolicyInstance Route53RecoveryControl::Cluster S3::AccessGrantsInstance "
    "SES::MailManagerAddonInstance SageMaker::CodeRepository SecurityAgent::TargetDomain ServiceDiscovery::Instance "
    "WorkSpaces::Directory WorkSpacesWeb::TrustStore"
)
SCHEMAS = "1.58.0"


def test_all_that_cfn_lint_knows_to_hold_data_is_among_them() -> None:
    (folder,) = cfnlint.data.AdditionalSpecs.__path__
    known = json.loads((Path(folder) / "StatefulResources.json").read_text())["ResourceTypes"]
    assert len(known) > 20
    assert {type_ for type_ in known if not (type_ in HELD and HELD[type_].data)} == set()


@pytest.mark.skipif(version("cfn-lint") != SCHEMAS, reason=f"the types were gone through in the schemas of {SCHEMAS}")
def test_no_type_that_is_named_like_them_is_forgotten() -> None:
    named = {type_ for type_ in PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1") if type_.endswith(WORDS)}
    assert len(named) > 150
    assert named - HELD.keys() - {f"AWS::{name}" for name in EMPTY.split()} == set()


def test_there_are_enough_of_both_kinds_in_order() -> None:
    assert sum(held.data for held in HELD.values()) >= 250
    assert sum(not held.data for held in HELD.values()) >= 40
    assert [*HELD] == sorted(HELD)


def test_no_type_has_two_rows() -> None:
    names = " ".join([*stateful._DATA.values(), *stateful._IDENTITIES.values()]).split()
    assert sorted(names) == sorted({*names})
    for groups in (stateful._DATA, stateful._IDENTITIES):
        assert [*groups] == sorted(groups)


def test_each_is_a_type_of_aws() -> None:
    """In one region at least."""
    known = {type_ for region in REGIONS for type_ in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)}
    assert HELD.keys() - known - GONE == set()


def test_what_is_held_reads_after_holds() -> None:
    """`holds items: …`, or `its URL becomes another one`."""
    for type_, held in HELD.items():
        assert held.holds, type_
        assert held.data is not held.holds.startswith("its ") or type_ == "AWS::EC2::Instance", type_
