//! placeholder
#![allow(missing_docs)]
use crate::mail::Message;
pub struct ApplicationRules;
pub const APPLICATION_RULES: &str = "";
impl ApplicationRules {
    pub fn parse(_: &str) -> Result<Self, std::fmt::Error> {
        Ok(Self)
    }
}
#[derive(Clone, Copy)]
pub enum ItemState {
    Present,
    Absent,
    Suspicious,
    NotApplicable,
}
impl ItemState {
    pub fn as_str(self) -> &'static str {
        "x"
    }
}
pub struct Item {
    pub id: String,
    pub state: ItemState,
    pub quote: Option<String>,
}
pub struct Checklist {
    pub items: Vec<Item>,
    pub complete: bool,
}
pub fn checklist(_m: &Message, _r: &ApplicationRules) -> Checklist {
    Checklist { items: vec![], complete: false }
}
