//! The product tree (CSAF 2.0 3.2.2).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::publication::{Publication, Publisher};

/// The tree, and the ids by which the vulnerabilities name its products.
pub(super) struct Products {
    /// `product_tree`.
    pub(super) tree: Value,
    /// The ids of all products, in the order of the tree. Never empty.
    pub(super) all: Vec<String>,
    /// The id of each series.
    pub(super) by_series: BTreeMap<String, String>,
}

/// Vendor, product, and a product version for each series that has a file. When no series is known the product itself stands there, under a name
/// that sends its reader to the advisory.
pub(super) fn of(publication: &Publication, publisher: &Publisher) -> Products {
    let product = &publisher.product;
    let stem = id(product);
    if publication.series().is_empty() {
        let name = format!("{product}, versions as {} says", publication.name());
        let leaf = json!({ "category": "product_name", "name": product, "product": { "name": name, "product_id": stem } });
        return Products { tree: vendor(publisher, &leaf), all: vec![stem], by_series: BTreeMap::new() };
    }
    let mut leaves = Vec::new();
    let mut by_series = BTreeMap::new();
    let mut all = Vec::new();
    for series in publication.series() {
        let id = format!("{stem}-{series}");
        let mut leaf = Map::new();
        leaf.insert("name".to_owned(), json!(format!("{product} {series}")));
        leaf.insert("product_id".to_owned(), json!(id));
        if let Some(cpe) = publisher.cpe_of(series) {
            leaf.insert("product_identification_helper".to_owned(), json!({ "cpe": cpe }));
        }
        leaves.push(json!({ "category": "product_version", "name": series, "product": leaf }));
        by_series.insert(series.clone(), id.clone());
        all.push(id);
    }
    let product = json!({ "branches": leaves, "category": "product_name", "name": product });
    Products { tree: vendor(publisher, &product), all, by_series }
}

fn vendor(publisher: &Publisher, branch: &Value) -> Value {
    json!({ "branches": [{ "branches": [branch], "category": "vendor", "name": publisher.vendor }] })
}

/// A product's name as an id (3.1.8: any string; ours has no blanks).
fn id(product: &str) -> String {
    product.split_whitespace().collect::<Vec<_>>().join("-")
}
