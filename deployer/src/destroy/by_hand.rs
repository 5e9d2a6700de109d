//! The commands that delete what a deletion leaves behind.

/// The command that deletes a resource. Of most types CloudFormation's own handlers are asked, without a stack.
pub(super) fn by_hand(resource_type: &str, id: &str) -> String {
    let id = quoted(id);
    match resource_type {
        "AWS::S3::Bucket" => format!("aws s3 rb --force s3://{id}"),
        "AWS::Logs::LogGroup" => format!("aws logs delete-log-group --log-group-name {id}"),
        "AWS::ECR::Repository" => format!("aws ecr delete-repository --force --repository-name {id}"),
        "AWS::EFS::FileSystem" => format!("aws efs delete-file-system --file-system-id {id}"),
        "AWS::DynamoDB::Table" => format!("aws dynamodb delete-table --table-name {id}"),
        "AWS::KMS::Key" => format!("aws kms schedule-key-deletion --key-id {id}"),
        "AWS::RDS::DBInstance" => {
            format!("aws rds delete-db-instance --skip-final-snapshot --db-instance-identifier {id}")
        }
        "AWS::RDS::DBCluster" => {
            format!("aws rds delete-db-cluster --skip-final-snapshot --db-cluster-identifier {id}")
        }
        "AWS::EC2::Volume" => format!("aws ec2 delete-volume --volume-id {id}"),
        "AWS::SecretsManager::Secret" => format!("aws secretsmanager delete-secret --secret-id {id}"),
        "AWS::SNS::Topic" => format!("aws sns delete-topic --topic-arn {id}"),
        "AWS::SQS::Queue" => format!("aws sqs delete-queue --queue-url {id}"),
        "AWS::Lambda::Function" => format!("aws lambda delete-function --function-name {id}"),
        "AWS::CloudFormation::Stack" => format!("aws cloudformation delete-stack --stack-name {id}"),
        "AWS::APS::Workspace" => {
            format!("aws amp delete-workspace --workspace-id {}", id.rsplit('/').next().unwrap_or_default())
        }
        "AWS::Grafana::Workspace" => format!("aws grafana delete-workspace --workspace-id {id}"),
        other => format!("aws cloudcontrol delete-resource --type-name {other} --identifier {id}"),
    }
}

/// The command that finds the snapshots of what is gone.
pub(super) fn snapshots_by_hand(resource_type: &str, id: &str) -> String {
    let id = quoted(id);
    match resource_type {
        "AWS::RDS::DBInstance" => format!("aws rds describe-db-snapshots --db-instance-identifier {id}"),
        "AWS::RDS::DBCluster" | "AWS::Neptune::DBCluster" | "AWS::DocDB::DBCluster" => {
            format!("aws rds describe-db-cluster-snapshots --db-cluster-identifier {id}")
        }
        "AWS::EC2::Volume" => {
            format!("aws ec2 describe-snapshots --owner-ids self --filters Name=volume-id,Values={id}")
        }
        "AWS::Redshift::Cluster" => format!("aws redshift describe-cluster-snapshots --cluster-identifier {id}"),
        "AWS::ElastiCache::CacheCluster" => format!("aws elasticache describe-snapshots --cache-cluster-id {id}"),
        _ => format!("aws elasticache describe-snapshots --replication-group-id {id}"),
    }
}

/// An id as a shell takes it.
fn quoted(id: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=+,".contains(c);
    if !id.is_empty() && id.chars().all(plain) { id.to_owned() } else { format!("'{}'", id.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_that_a_shell_takes() {
        assert_eq!(by_hand("AWS::S3::Bucket", "documents"), "aws s3 rb --force s3://documents");
        let expected = "aws cloudcontrol delete-resource --type-name AWS::SSM::Parameter --identifier 'a|b'";
        assert_eq!(by_hand("AWS::SSM::Parameter", "a|b"), expected);
        let workspace = "arn:aws:aps:eu-west-1:1:workspace/ws-1";
        assert_eq!(by_hand("AWS::APS::Workspace", workspace), "aws amp delete-workspace --workspace-id ws-1");
    }
}
