//! `.meta` files: the recipe by which the patches are applied (attached to Xen's advisories from XSA-232 to XSA-440).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What a `.meta` file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The advisory's number, under the project's prefix as its key.
    pub number: u64,
    /// Branch, tree, recipe.
    pub recipes: Vec<(String, String, Recipe)>,
}

/// How one tree of one branch is patched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recipe {
    /// The commit the patches were made for, 40 hexadecimal digits.
    pub stable_ref: String,
    /// Advisories whose patches come first. May name the advisory itself (XSA-414 does).
    #[serde(default)]
    pub prereqs: Vec<u64>,
    /// File names or globs.
    #[serde(default)]
    pub patches: Vec<String>,
}

/// Why the file is not usable. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMeta {
    /// No JSON object.
    #[error("no JSON object")]
    Json,
    /// The key with the advisory's number is missing or no number.
    #[error("the advisory's number is missing")]
    Number,
    /// The recipes do not have their shape.
    #[error("the recipes cannot be read")]
    Recipes,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(rename = "Recipes")]
    trees: BTreeMap<String, Recipe>,
}

impl Meta {
    /// Reads a `.meta` file of the project with that prefix (`XSA`).
    ///
    /// # Errors
    /// [`NotMeta`]; hostile nesting ends at serde_json's own limit of 128.
    pub fn parse(bytes: &[u8], prefix: &str) -> Result<Self, NotMeta> {
        let Ok(Value::Object(mut object)) = serde_json::from_slice::<Value>(bytes) else { return Err(NotMeta::Json) };
        let number = object.get(prefix).and_then(Value::as_u64).ok_or(NotMeta::Number)?;
        let recipes = object.remove("Recipes").ok_or(NotMeta::Recipes)?;
        let branches: BTreeMap<String, Branch> = serde_json::from_value(recipes).map_err(|_| NotMeta::Recipes)?;
        let recipes = branches
            .into_iter()
            .flat_map(|(branch, of)| of.trees.into_iter().map(move |(tree, recipe)| (branch.clone(), tree, recipe)))
            .collect();
        Ok(Self { number, recipes })
    }
}

impl Recipe {
    /// Whether `StableRef` is a full commit id.
    pub fn has_full_ref(&self) -> bool {
        self.stable_ref.len() == 40 && self.stable_ref.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}
