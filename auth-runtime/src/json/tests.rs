#![allow(clippy::unwrap_used)]

use super::*;

fn accepted(text: &str) -> bool {
    struct Any;

    impl<'de> Visitor<'de> for Any {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
            members(map, |_, map| map.next_value_seed(Skip { depth: 1 }))
        }
    }

    read(text, Any).is_ok()
}

#[test]
fn ambiguous_json_is_refused() {
    let many = (0..100).map(|n| format!("\"n{n}\":{n},")).collect::<Vec<_>>().concat();
    for (text, expected) in [
        (r#"{"a":1,"b":{"a":1}}"#.to_owned(), true),
        (r#"{"a":1,"a":1}"#.to_owned(), false),
        (r#"{"a":1,"\u0061":1}"#.to_owned(), false),
        (r#"{"abc":1,"adc":1,"ABC":1}"#.to_owned(), true),
        (r#"{"abc":1,"adc":1,"abc":1}"#.to_owned(), false),
        (r#"{"":1,"a":1}"#.to_owned(), true),
        (r#"{"":1,"a":1,"":1}"#.to_owned(), false),
        (r#"{"x":[{"y":{"a":1,"a":2}}]}"#.to_owned(), false),
        (r#"{"$serde_json::private::RawValue":"1"}"#.to_owned(), false),
        (r#"{"a":1,"\u0024serde_json::private::RawValue":1}"#.to_owned(), false),
        (r#"{"x":[{"y":{"$serde_json::private::RawValue":"1"}}]}"#.to_owned(), false),
        (r#"{"x":"$serde_json::private::RawValue"}"#.to_owned(), true),
        (r#"{"x":{"$serde_json::private::Number":"1"}}"#.to_owned(), true),
        (r#"{"x":{"$serde_json::private::RawValue2":"1"}}"#.to_owned(), true),
        (format!("{{{many}\"z\":1}}"), true),
        (format!("{{{many}\"n3\":1}}"), false),
        (format!("{{{many}\"n77\":1}}"), false),
        (r#"{"a":1} "#.to_owned(), true),
        (r#"{"a":1}{}"#.to_owned(), false),
        ("[]".to_owned(), false),
        ("\u{feff}{}".to_owned(), false),
    ] {
        assert_eq!(accepted(&text), expected, "{text}");
    }
}

#[test]
fn json_nested_beyond_the_limit_is_refused() {
    for (arrays, expected) in [(1, true), (31, true), (32, false), (1_000, false), (110_000, false)] {
        let text = format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays));
        assert_eq!(accepted(&text), expected, "{arrays} arrays in an object");
    }
}

#[test]
fn accepted_documents_equal_those_of_serde_json() {
    let text = r#" {"a":[1,-2,1.5,"x",true,null,{"b":[]}]} "#;
    assert_eq!(document(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let (not_json, two_ways) = ("is not JSON", "has a duplicate or reserved name, or nests too deep");
    for (text, expected) in [
        (nested(32), None),
        (nested(33), Some(two_ways)),
        (nested(100_000), Some(two_ways)),
        ("[".repeat(100_000), Some(two_ways)),
        (r#"[{"a":1,"\u0061":1}]"#.to_owned(), Some(two_ways)),
        (r#"[{"$serde_json::private::RawValue":"1"}]"#.to_owned(), Some(two_ways)),
        (r#"["$serde_json::private::RawValue"]"#.to_owned(), None),
        ("1.5".to_owned(), None),
        ("null".to_owned(), None),
        (String::new(), Some(not_json)),
        ("{".to_owned(), Some(not_json)),
        ("{}{}".to_owned(), Some(not_json)),
        ("<html>".to_owned(), Some(not_json)),
    ] {
        assert_eq!(document(text.as_bytes()).err(), expected, "{text:.40}");
    }
    assert_eq!(document(b"\"\xff\"").err(), Some(not_json));
}
