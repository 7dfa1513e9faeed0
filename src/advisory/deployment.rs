//! What members may deploy during the embargo.

use super::rules::AdvisoryRules;
use crate::disclosure::DeploymentPermission;

/// Reads the text of the deployment section. What no rule or more than one recognises is [`DeploymentPermission::Custom`]: a person reads it.
pub fn permission(section: &str, rules: &AdvisoryRules) -> DeploymentPermission {
    let line = section.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = rules.deployment.iter().filter(|rule| {
        rule.when.iter().all(|pattern| pattern.is_match(&line)) && !rule.unless.iter().any(|pattern| pattern.is_match(&line))
    });
    match (found.next(), found.next()) {
        (Some(only), None) => only.permission,
        _ => DeploymentPermission::Custom,
    }
}
