//! Which section of an advisory says what.

/// The headings by which the parts of an advisory are found. The default is Xen's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// What is wrong.
    pub description: String,
    /// What it does.
    pub impact: String,
    /// Where it does it.
    pub vulnerable: String,
    /// What helps without a fix.
    pub mitigation: String,
    /// Who found it.
    pub credits: String,
    /// The fix.
    pub resolution: String,
    /// What members were allowed to deploy: retained after the release and of no use to a program.
    pub deployment: String,
}

impl Default for Outline {
    fn default() -> Self {
        let heading = str::to_owned;
        Self {
            description: heading("ISSUE DESCRIPTION"),
            impact: heading("IMPACT"),
            vulnerable: heading("VULNERABLE SYSTEMS"),
            mitigation: heading("MITIGATION"),
            credits: heading("CREDITS"),
            resolution: heading("RESOLUTION"),
            deployment: heading("DEPLOYMENT DURING EMBARGO"),
        }
    }
}

impl Outline {
    /// Whether a section has one of these places, or is the list of updates.
    pub(super) fn has(&self, heading: &str) -> bool {
        let named = [
            &self.description,
            &self.impact,
            &self.vulnerable,
            &self.mitigation,
            &self.credits,
            &self.resolution,
            &self.deployment,
        ];
        named.into_iter().any(|name| name == heading)
    }
}
