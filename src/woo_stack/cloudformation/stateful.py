"""What is lost with a resource when it is removed, or replaced by a new one."""

from collections.abc import Iterator
from typing import NamedTuple


class Held(NamedTuple):
    """What a resource holds that a new one would not have."""

    holds: str
    #: Data, or else an identity: an address that others have written down.
    data: bool = True


#: Types (less "AWS::") by what they hold that somebody else has put there, or that has come about: a template cannot
#: make it again. A superset of cfn-lint's StatefulResources.json.
_DATA = {
    "a backup": (
        "DocDBElastic::ClusterSnapshot DynamoDB::Backup ElastiCache::ServerlessCacheSnapshot ElastiCache::Snapshot "
        "FSx::Backup FSx::Snapshot Lightsail::DatabaseSnapshot Lightsail::DiskSnapshot Lightsail::InstanceSnapshot "
        "MemoryDB::Snapshot NeptuneGraph::GraphSnapshot RDS::ClusterSnapshot RDS::DBSnapshot Redshift::Snapshot "
        "RedshiftServerless::Snapshot Timestream::InfluxDBBackup"
    ),
    "a behaviour graph": "Detective::Graph",
    "a cache": (
        "DAX::Cluster ElastiCache::CacheCluster ElastiCache::GlobalReplicationGroup ElastiCache::ReplicationGroup "
        "ElastiCache::ServerlessCache FSx::FileCache"
    ),
    "a catalogue": "DataZone::Domain Glue::Database",
    "a cluster's files": "EMR::Cluster SageMaker::Cluster",
    "a conversation": "Bedrock::Session",
    "a database": (
        "DSQL::Cluster DocDB::DBCluster DocDB::GlobalCluster DocDBElastic::Cluster Lightsail::Database "
        "MemoryDB::Cluster MemoryDB::MultiRegionCluster Neptune::DBCluster Neptune::GlobalCluster RDS::DBCluster "
        "RDS::DBInstance RDS::DBShardGroup RDS::GlobalCluster Redshift::Cluster RedshiftServerless::Namespace "
        "Timestream::InfluxDBCluster Timestream::InfluxDBInstance"
    ),
    "a database's instance": "DocDB::DBInstance Neptune::DBInstance",
    "a device's shadow": "IoT::Thing",
    "a directory": "DirectoryService::MicrosoftAD DirectoryService::SimpleAD",
    "a disk": (
        "EC2::Volume Lightsail::Disk Lightsail::Instance StorageGateway::Volume WorkspacesInstances::Volume "
        "WorkspacesInstances::WorkspaceInstance"
    ),
    "a graph": "NeptuneGraph::Graph",
    "a key": "PaymentCryptography::Key",
    "a ledger": "ManagedBlockchain::Member ManagedBlockchain::Node QLDB::Ledger",
    "a private key": "EC2::KeyPair Lightsail::KeyPair",
    "a region's key to what was encrypted with it": "KMS::ReplicaKey",
    "a review's answers": "WellArchitected::Workload",
    "a secret's value": "SecretsManager::Secret",
    "a switch's position": "Route53RecoveryControl::RoutingControl",
    "a trained model": (
        "Comprehend::DocumentClassifier Comprehend::EntityRecognizer Glue::MLTransform Textract::Adapter"
    ),
    "a user's account": "Cognito::UserPoolUser IdentityStore::User",
    "a user's disks": "WorkSpaces::Workspace",
    "a value that may have been set by hand": "SSM::Parameter",
    "addresses": "SES::MailManagerAddressList",
    "all that its resources hold": (
        "CloudFormation::Stack Serverless::Application ServiceCatalog::CloudFormationProvisionedProduct"
    ),
    "all that its stacks hold": "CloudFormation::StackSet",
    "an account": "Organizations::Account",
    "an index": "Bedrock::KnowledgeBase",
    "an organisation": "Organizations::Organization",
    "annotations": "Omics::AnnotationStore",
    "assets": "DataZone::Project",
    "backups": "Backup::BackupVault Backup::LogicallyAirGappedBackupVault StorageGateway::Tape",
    "cases": "Cases::Domain",
    "commits": "CodeCommit::Repository",
    "contacts": "SES::ContactList",
    "conversations": "QBusiness::Application",
    "dashboards": "Grafana::Workspace",
    "data of an application": "SageMaker::PartnerApp",
    "databases": "Glue::Catalog ODB::CloudAutonomousVmCluster ODB::CloudExadataInfrastructure ODB::CloudVmCluster",
    "datasets": "FinSpace::Environment Forecast::DatasetGroup Personalize::DatasetGroup SCN::Instance SCN::Namespace",
    "devices' credentials": "IoTManagedIntegrations::CredentialLocker",
    "documents": (
        "Elasticsearch::Domain Kendra::Index OpenSearchServerless::Collection OpenSearchServerless::CollectionIndex "
        "OpenSearchServerless::Index OpenSearchService::Domain QBusiness::Index QuickSight::KnowledgeBase "
        "Wisdom::KnowledgeBase"
    ),
    "endpoints": "Pinpoint::App",
    "entities": "IoTTwinMaker::Workspace",
    "events": "CloudTrail::EventDataStore Events::Archive FraudDetector::EventType RUM::AppMonitor",
    "evidence": "AuditManager::Assessment",
    "examples": "BedrockAgentCore::Dataset",
    "faces": "Rekognition::Collection",
    "files": (
        "Cloud9::EnvironmentEC2 EFS::FileSystem FSx::FileSystem FSx::Volume S3Files::FileSystem SageMaker::Domain "
        "SageMaker::Space SageMaker::UserProfile"
    ),
    "findings": "GuardDuty::Detector Macie::Session SecurityHub::Hub SecurityHub::HubV2",
    "geofences": "Location::GeofenceCollection",
    "health records": "HealthLake::FHIRDatastore",
    "identities": "Cognito::IdentityPool",
    "images": "ECR::PublicRepository ECR::Repository HealthImaging::Datastore",
    "incidents": "SSMIncidents::ReplicationSet",
    "investigations": "AIOps::InvestigationGroup",
    "items": "DynamoDB::GlobalTable DynamoDB::Table SDB::Domain Serverless::SimpleTable",
    "its disks": "EC2::Instance",
    "jobs": "Batch::JobQueue Deadline::Farm Deadline::Queue MediaConvert::Queue PCS::Cluster",
    "keys": "CloudHSM::Cluster",
    "labelled images": "Rekognition::Dataset",
    "logs": "Logs::LogGroup Logs::LogStream SecurityLake::DataLake",
    "mail": "SES::MailManagerArchive",
    "measurements": "IoTSiteWise::Asset",
    "members": "IdentityStore::Group",
    "memories": "BedrockAgentCore::Memory",
    "messages": (
        "AmazonMQ::Broker Chime::Channel IoTAnalytics::Channel IoTAnalytics::Datastore MSK::Cluster "
        "MSK::ServerlessCluster MSK::Topic SQS::Queue"
    ),
    "metrics": "APS::Workspace",
    "models": "SageMaker::Hub",
    "notebooks": "SageMaker::NotebookInstance",
    "objects": "Lightsail::Bucket MediaStore::Container S3::Bucket S3Express::DirectoryBucket S3Outposts::Bucket",
    "packages": "CodeArtifact::Domain CodeArtifact::Repository",
    "partitions": "Glue::Table",
    "phone numbers": "SMSVOICE::OptOutList",
    "policies": "VerifiedPermissions::PolicyStore",
    "positions": "Location::Tracker",
    "profiles": "CodeGuruProfiler::ProfilingGroup CustomerProfiles::Domain",
    "queries and their history": "Athena::WorkGroup",
    "recordings": "KinesisVideo::Stream",
    "records": (
        "Forecast::Dataset Kinesis::Stream Personalize::Dataset SageMaker::FeatureGroup "
        "ServiceDiscovery::PrivateDnsNamespace Timestream::Table"
    ),
    "records and the name servers that a registrar knows": (
        "Lightsail::Domain Route53::HostedZone ServiceDiscovery::PublicDnsNamespace"
    ),
    "records on their way": "KinesisFirehose::DeliveryStream OSIS::Pipeline",
    "reference genomes": "Omics::ReferenceStore",
    "registered instances": "ServiceDiscovery::Service",
    "reports": "CodeBuild::ReportGroup",
    "results": "IoTAnalytics::Dataset",
    "revisions": "DataExchange::DataSet",
    "rows": (
        "Cassandra::Table CleanRooms::IdMappingTable CleanRooms::IntermediateTable Connect::DataTable S3Tables::Table "
        "SCN::Dataset"
    ),
    "running executions": "StepFunctions::StateMachine",
    "runs": "SageMaker::Experiment SageMaker::MlflowApp SageMaker::MlflowTrackingServer",
    "saved sessions": "BedrockAgentCore::BrowserProfile",
    "schedules": "Scheduler::ScheduleGroup",
    "schemas": "EventSchemas::Registry Glue::Registry",
    "sequences": "Omics::SequenceStore",
    "services": "ServiceDiscovery::HttpNamespace",
    "sessions": "Wisdom::Assistant",
    "tables": "Cassandra::Keyspace S3Tables::Namespace S3Tables::TableBucket Timestream::Database",
    "test runs": "DeviceFarm::Project",
    "the history of runs": "MWAA::Environment",
    "the key that certificates were signed with": "ACMPCA::CertificateAuthority",
    "the only key to what it has encrypted": "KMS::Key",
    "the state of a cluster": "EKS::Cluster",
    "the state of a replication": "DMS::DataMigration DMS::ReplicationConfig DMS::ReplicationTask",
    "the state of an application": "KinesisAnalyticsV2::Application",
    "the state of replications": "DMS::ReplicationInstance",
    "the states of alarms": "IoTEvents::AlarmModel",
    "the states of devices": "IoTEvents::DetectorModel",
    "trained models": "Comprehend::Flywheel LookoutVision::Project Personalize::Solution Rekognition::Project",
    "users": "Cognito::UserPool",
    "users and messages": "Chime::AppInstance Wickr::Network",
    "users and their rights": "SSO::Instance",
    "users, contacts and recordings": "Connect::Instance",
    "values": "CloudFront::KeyValueStore",
    "variants": "Omics::VariantStore",
    "vectors": "S3Vectors::Index S3Vectors::VectorBucket",
    "versions of a model": "SageMaker::ModelPackageGroup",
    "versions of a schema": "Glue::Schema",
    "virtual machines": "EVS::Environment",
    "voiceprints": "VoiceID::Domain",
    "volumes": "FSx::StorageVirtualMachine",
    "write-ahead logs": "EMR::WALWorkspace",
}
#: Types by what of them others know, and would have to be told anew.
_IDENTITIES = {
    "its DKIM records": "SES::EmailIdentity",
    "its DS record": "Route53::KeySigningKey",
    "its URL": (
        "ApiGateway::RestApi ApiGatewayV2::Api AppRunner::Service AppSync::Api AppSync::GraphQLApi "
        "ECS::ExpressGatewayService Lambda::Url Lambda::WebFunctionEndpoint Lightsail::Container Serverless::Api "
        "Serverless::GraphQLApi Serverless::HttpApi Serverless::WebSocketApi Transfer::WebApp"
    ),
    "its address": (
        "Amplify::App ApiGateway::DomainName ApiGateway::DomainNameV2 ApiGatewayV2::DomainName AppSync::DomainName "
        "CloudFront::AnycastIpList CloudFront::Distribution CloudFront::StreamingDistribution Cognito::UserPoolDomain "
        "EC2::ClientVpnEndpoint EC2::EIP ElasticBeanstalk::Environment ElasticLoadBalancing::LoadBalancer "
        "ElasticLoadBalancingV2::LoadBalancer GlobalAccelerator::Accelerator IoT::DomainConfiguration "
        "Lightsail::Distribution Lightsail::LoadBalancer Lightsail::StaticIp Route53Resolver::ResolverEndpoint "
        "Transfer::Server"
    ),
    "its addresses and keys": "EC2::VPNConnection",
    "its certificate": "IoT::Certificate",
    "its client id and secret": "Cognito::UserPoolClient",
    "its key": "ApiGateway::ApiKey AppSync::ApiKey IVS::StreamKey Location::APIKey",
    "its key and secret": "IAM::AccessKey",
    "its name": "EC2::VPCEndpointService",
    "its name servers": "Route53::DelegationSet",
    "its number": "Connect::PhoneNumber SMSVOICE::PhoneNumber",
}


def _rows() -> Iterator[tuple[str, Held]]:
    for groups, data in ((_DATA, True), (_IDENTITIES, False)):
        for holds, names in groups.items():
            yield from ((f"AWS::{name}", Held(holds, data)) for name in names.split())


#: By type, in order.
HELD: dict[str, Held] = dict(sorted(_rows()))
