//! What stays after a deletion, as far as a template tells it beforehand.

use serde_json::Value;

use super::blockers::is_kept;

/// What whoever deletes a stack should know of one of its resources, a line each.
pub(super) fn told(definition: &Value, logical_id: &str, name: &str) -> Option<String> {
    let properties = &definition["Properties"];
    match definition["Type"].as_str()? {
        "AWS::Logs::LogGroup" if is_kept(definition) => {
            let clash = if properties.get("LogGroupName").is_some() {
                "; its name is in the way when the stack is created again"
            } else {
                ""
            };
            Some(format!("the log group {name} ({logical_id}) is kept{clash}"))
        }
        "AWS::EFS::FileSystem" if properties["BackupPolicy"]["Status"].as_str() == Some("ENABLED") => Some(format!(
            "the recovery points of the file system {name} ({logical_id}) stay in AWS Backup: aws backup \
             list-recovery-points-by-backup-vault --backup-vault-name aws/efs/automatic-backup-vault"
        )),
        _ => None,
    }
}

/// Whether a resource leaves a snapshot behind: by its policy, or by its type where it has none.
pub(super) fn leaves_snapshot(definition: &Value) -> bool {
    match definition["DeletionPolicy"].as_str() {
        Some(policy) => policy == "Snapshot",
        None => match definition["Type"].as_str() {
            Some("AWS::RDS::DBCluster") => true,
            Some("AWS::RDS::DBInstance") => definition["Properties"].get("DBClusterIdentifier").is_none(),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn log_groups_that_are_kept_are_told_with_what_they_block() {
        let group = |policy: &str, properties: Value| json!({"Type": "AWS::Logs::LogGroup", "DeletionPolicy": policy, "Properties": properties});
        let text = told(&group("Retain", json!({"LogGroupName": "/app"})), "Logs", "/app").expect("kept");
        assert!(text.ends_with("its name is in the way when the stack is created again"), "{text}");
        assert_eq!(told(&group("Retain", json!({})), "Logs", "a").as_deref(), Some("the log group a (Logs) is kept"));
        assert_eq!(told(&group("Delete", json!({"LogGroupName": "/app"})), "Logs", "/app"), None);
    }

    #[test]
    fn backups_stay() {
        let files =
            |status: &str| json!({"Type": "AWS::EFS::FileSystem", "Properties": {"BackupPolicy": {"Status": status}}});
        assert!(
            told(&files("ENABLED"), "Files", "fs-1").expect("they stay").contains("fs-1 (Files) stay in AWS Backup")
        );
        assert_eq!(told(&files("DISABLED"), "Files", "fs-1"), None);
    }

    #[test]
    fn databases_leave_snapshots_unless_they_say_otherwise() {
        assert!(leaves_snapshot(&json!({"Type": "AWS::RDS::DBInstance"})));
        assert!(!leaves_snapshot(&json!({"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Delete"})));
        assert!(!leaves_snapshot(&json!({"Type": "AWS::RDS::DBInstance", "Properties": {"DBClusterIdentifier": "c"}})));
        assert!(leaves_snapshot(&json!({"Type": "AWS::EC2::Volume", "DeletionPolicy": "Snapshot"})));
    }
}
