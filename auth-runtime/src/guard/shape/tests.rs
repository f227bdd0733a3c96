use std::collections::HashMap;

use serde::Deserialize;

use super::Shape;

#[allow(dead_code)]
#[derive(Deserialize)]
struct Named {
    org: String,
    #[serde(rename = "file_id")]
    file: u64,
}

#[allow(dead_code)]
#[derive(Deserialize)]
struct Flat {
    org: String,
    #[serde(flatten)]
    rest: Named,
}

#[allow(dead_code)]
#[derive(Deserialize)]
struct Id(u64);

#[allow(dead_code)]
#[derive(Deserialize)]
struct Two(u64, u64);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Checked;

impl TryFrom<String> for Checked {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Err(text)
    }
}

#[test]
fn serde_tells_the_form() {
    for (found, expected) in [
        (Shape::of::<String>(), Shape::One),
        (Shape::of::<Id>(), Shape::One),
        (Shape::of::<Option<u8>>(), Shape::One),
        (Shape::of::<Checked>(), Shape::One),
        (Shape::of::<(u8, String)>(), Shape::Tuple(2)),
        (Shape::of::<Two>(), Shape::Tuple(2)),
        (Shape::of::<Named>(), Shape::Fields(&["org", "file_id"])),
        (Shape::of::<Flat>(), Shape::Any),
        (Shape::of::<HashMap<String, String>>(), Shape::Any),
        (Shape::of::<Vec<(String, String)>>(), Shape::Any),
        (Shape::of::<serde_json::Value>(), Shape::Unknown),
        (Shape::of::<()>(), Shape::Unknown),
    ] {
        assert_eq!(found, expected);
    }
}
