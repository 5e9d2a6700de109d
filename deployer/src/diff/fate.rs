//! What becomes of the data of a resource that is removed or replaced.

use serde::Serialize;

/// What becomes of the data of a resource that is removed or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The resource stays in the account, outside the stack.
    Kept,
    /// A snapshot stays.
    Snapshot,
    /// It is deleted with all that it holds.
    Lost,
}

impl Fate {
    /// Returns what becomes of a resource of this type; nothing where it holds no data.
    /// [AWS page](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html).
    pub(crate) fn of(resource_type: &str, policy: Option<&str>, is_member_of_cluster: bool) -> Option<Self> {
        if STATEFUL.binary_search(&resource_type).is_err() {
            return None;
        }
        let has_snapshots = SNAPSHOTS.binary_search(&resource_type).is_ok();
        Some(match policy {
            Some("Retain" | "RetainExceptOnCreate") => Self::Kept,
            Some("Snapshot") if has_snapshots => Self::Snapshot,
            // The two types whose default is not to delete; an instance of a cluster holds nothing itself.
            None if resource_type == "AWS::RDS::DBCluster" => Self::Snapshot,
            None if resource_type == "AWS::RDS::DBInstance" && !is_member_of_cluster => Self::Snapshot,
            _ => Self::Lost,
        })
    }
}

/// Types that hold what cannot be made again from a template, in alphabetical order.
const STATEFUL: [&str; 44] = [
    "AWS::APS::Workspace",
    "AWS::Backup::BackupVault",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudTrail::EventDataStore",
    "AWS::CodeArtifact::Repository",
    "AWS::CodeCommit::Repository",
    "AWS::Cognito::IdentityPool",
    "AWS::Cognito::UserPool",
    "AWS::DAX::Cluster",
    "AWS::DSQL::Cluster",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Instance",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::EMR::Cluster",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::Grafana::Workspace",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::MSK::Cluster",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::QLDB::Ledger",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Namespace",
    "AWS::S3::Bucket",
    "AWS::S3Express::DirectoryBucket",
    "AWS::S3Tables::Table",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::Database",
    "AWS::Timestream::Table",
];

/// Types of which CloudFormation takes a snapshot if it is told to, in alphabetical order.
const SNAPSHOTS: [&str; 8] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_can_be_searched() {
        assert!(STATEFUL.is_sorted());
        assert!(SNAPSHOTS.is_sorted());
        assert!(SNAPSHOTS.iter().all(|kind| STATEFUL.contains(kind)));
    }

    #[test]
    fn the_policy_decides() {
        assert_eq!(Fate::of("AWS::S3::Bucket", None, false), Some(Fate::Lost));
        assert_eq!(Fate::of("AWS::S3::Bucket", Some("Retain"), false), Some(Fate::Kept));
        assert_eq!(Fate::of("AWS::S3::Bucket", Some("RetainExceptOnCreate"), false), Some(Fate::Kept));
        // CloudFormation has no snapshots of buckets.
        assert_eq!(Fate::of("AWS::S3::Bucket", Some("Snapshot"), false), Some(Fate::Lost));
        assert_eq!(Fate::of("AWS::EC2::Volume", Some("Snapshot"), false), Some(Fate::Snapshot));
        assert_eq!(Fate::of("AWS::RDS::DBInstance", None, false), Some(Fate::Snapshot));
        assert_eq!(Fate::of("AWS::RDS::DBInstance", None, true), Some(Fate::Lost));
        assert_eq!(Fate::of("AWS::RDS::DBInstance", Some("Delete"), false), Some(Fate::Lost));
        assert_eq!(Fate::of("AWS::Lambda::Function", None, false), None);
    }
}
