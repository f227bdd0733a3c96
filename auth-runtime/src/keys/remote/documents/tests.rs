//! Which responses are accepted.

#![allow(clippy::expect_used)]

use reqwest::header::HeaderValue;

use super::*;

fn address() -> Address {
    Address::parse("https://idp.test/realms/x").expect("an address")
}

#[test]
fn metadata_urls_follow_the_specifications() {
    let places = |issuer: &str| -> Vec<String> {
        let issuer = Address::parse_issuer(issuer).expect("an address");
        metadata_places(&issuer).iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        places("https://idp.test/realms/x/"),
        [
            "https://idp.test/realms/x/.well-known/openid-configuration",
            "https://idp.test/.well-known/oauth-authorization-server/realms/x",
            "https://idp.test/realms/x/.well-known/oauth-authorization-server",
        ]
    );
    assert_eq!(
        places("https://idp.test"),
        [
            "https://idp.test/.well-known/openid-configuration",
            "https://idp.test/.well-known/oauth-authorization-server",
        ]
    );
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    let uri = |issuer: &str, uri: &str| {
        let document = serde_json::json!({ "issuer": issuer, "jwks_uri": uri }).to_string();
        jwks_uri(document.as_bytes(), &address(), &["https://idp.test/realms/x".to_owned()], &[])
            .map(|uri| uri.as_str().to_owned())
    };
    let kind = |issuer: &str, to: &str| uri(issuer, to).map_err(|error| error.kind);
    let own = "https://idp.test/realms/x";
    assert_eq!(kind(own, "https://keys.test/a?b=c"), Ok("https://keys.test/a?b=c".to_owned()));
    for other in ["https://idp.test/realms/x/", "https://IDP.test/realms/x", "", "https://idp.test/realms/y"] {
        assert_eq!(kind(other, "https://keys.test/"), Err(FetchErrorKind::IssuerDiffers), "{other}");
    }
    for refused in [
        "http://keys.test/",
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "/keys",
        "",
        "ftp://x/",
        "https://a:b@keys.test/",
    ] {
        assert_eq!(kind(own, refused), Err(FetchErrorKind::AddressRefused), "{refused}");
    }
    for garbage in ["", "null", "[]", "{}", "{\"issuer\":1}", "{\"issuer\":\"https://idp.test/realms/x\"}", "<html>"] {
        let error = jwks_uri(garbage.as_bytes(), &address(), &[own.to_owned()], &[]).err().map(|error| error.kind);
        assert_eq!(error, Some(FetchErrorKind::NotMetadata), "{garbage}");
    }
}

/// JSON that two readers could read differently, together with good members.
const TWO_WAYS: [&str; 4] = [
    r#""x":{"a":1,"\u0061":1}"#,
    r#""x":[{"$serde_json::private::RawValue":"{}"}]"#,
    r#""\u0024serde_json::private::RawValue":"{}""#,
    r#""x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"#,
];

#[test]
fn ambiguous_responses_are_refused() {
    let (own, uri) = ("https://idp.test/realms/x", "https://keys.test/");
    for (more, is_good) in TWO_WAYS.into_iter().map(|more| (more, false)).chain([(r#""x":{"a":[1.5]}"#, true)]) {
        let metadata = format!(r#"{{"issuer":"{own}","jwks_uri":"{uri}",{more}}}"#);
        assert_eq!(jwks_uri(metadata.as_bytes(), &address(), &[own.to_owned()], &[]).is_ok(), is_good, "{metadata}");
        for set in [format!(r#"{{"keys":[],{more}}}"#), format!(r#"{{"keys":[{{{more}}}]}}"#)] {
            assert_eq!(key_set(set.as_bytes(), &address()).is_ok(), is_good, "{set}");
        }
    }
}

#[test]
fn a_key_set_has_at_most_100_keys() {
    let read = |text: &str| key_set(text.as_bytes(), &address()).map(|keys| keys.len()).map_err(|error| error.kind);
    let of = |count: usize| serde_json::json!({ "keys": vec![1; count] }).to_string();
    assert_eq!(read(&of(0)), Ok(0));
    assert_eq!(read(&of(100)), Ok(100));
    assert_eq!(read(&of(101)), Err(FetchErrorKind::TooLarge));
    for garbage in ["", "null", "[]", "{}", "{\"keys\":null}", "{\"keys\":{}}", "{\"keys\":[", "[[]]", "1"] {
        assert_eq!(read(garbage), Err(FetchErrorKind::NotKeys), "{garbage}");
    }
}

#[test]
fn max_age_is_read_from_the_headers() {
    for (cache_control, age, expected) in [
        (&[][..], None, None),
        (&["public"], None, None),
        (&["max-age=300"], None, Some(300)),
        (&["public, Max-Age=\"300\""], None, Some(300)),
        (&["public", "max-age=300"], None, Some(300)),
        (&["max-age=300"], Some("100"), Some(200)),
        (&["max-age=300"], Some("1000"), Some(0)),
        (&["max-age=300"], Some("-1"), Some(300)),
        (&["max-age=300, no-store"], None, Some(0)),
        (&["no-cache"], None, Some(0)),
        (&["max-age=-1"], None, None),
        (&["max-age=18446744073709551616"], None, None),
        (&["s-maxage=10"], None, None),
    ] {
        let mut headers = HeaderMap::new();
        for value in cache_control {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
        }
        headers.extend(age.map(|age| (AGE, HeaderValue::from_static(age))));
        assert_eq!(max_age(&headers), expected.map(Duration::from_secs), "{cache_control:?} {age:?}");
    }
}
