use super::*;

#[test]
fn a_token_is_split_at_exactly_two_dots() {
    for (token, expected) in [
        ("a.b.c", true),
        ("a.b", false),
        ("a.b.c.d", false),
        ("a.b.c.d.e", false),
        ("", false),
        (".", false),
        ("..", true),
    ] {
        assert_eq!(split(token.as_bytes(), 100).is_ok(), expected, "{token}");
    }
    assert_eq!(split("a.b.c".as_bytes(), 4).err(), Some(InvalidTokenReason::TooLong));
    let long = format!("{}.b.c", "a".repeat(MAX_HEADER_BYTES + 1));
    assert_eq!(split(long.as_bytes(), MAX_TOKEN_BYTES).err(), Some(InvalidTokenReason::TooLong));
}

#[test]
fn headers_are_read_or_refused() {
    for (header, expected) in [
        (r#"{"alg":"RS256"}"#, Ok(())),
        (r#"{"alg":"RS256","typ":"jwt","kid":"a"}"#, Ok(())),
        (r#"{"alg":"RS256","typ":"AT+JWT"}"#, Ok(())),
        (r#"{"alg":"RS256","typ":"JOSE"}"#, Ok(())),
        (r#"{"alg":"RS256","typ":"JOSE+JSON"}"#, Err(InvalidTokenReason::Type)),
        (r#"{"alg":"RS256","jku":"https://evil.test","jwk":{"kty":"oct"}}"#, Ok(())),
        (r#"{"alg":"none"}"#, Err(InvalidTokenReason::Algorithm)),
        (r#"{"alg":"rs256"}"#, Err(InvalidTokenReason::Algorithm)),
        (r#"{"alg":"RS256 "}"#, Err(InvalidTokenReason::Algorithm)),
        ("{}", Err(InvalidTokenReason::Algorithm)),
        (r#"{"alg":{"HS256":null}}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":null}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","alg":"RS256"}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","x":{"a":1,"a":2}}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","crit":[]}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","b64":true}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","zip":"DEF"}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","enc":"A256GCM"}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","cty":"JWT"}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","kid":1}"#, Err(InvalidTokenReason::Header)),
        (r#"{"alg":"RS256","typ":"logout+jwt"}"#, Err(InvalidTokenReason::Type)),
        (r#"["RS256"]"#, Err(InvalidTokenReason::Header)),
    ] {
        assert_eq!(Header::read(header.as_bytes()).map(|_| ()), expected, "{header}");
    }
    let long = format!("{{\"alg\":\"RS256\",\"kid\":\"{}\"}}", "k".repeat(MAX_KID_BYTES + 1));
    assert_eq!(Header::read(long.as_bytes()).err(), Some(InvalidTokenReason::Header));
}
#[test]
fn limits_are_exact() {
    assert_eq!((MAX_TOKEN_BYTES, DEFAULT_TOKEN_BYTES, MAX_HEADER_BYTES), (65_536, 16_384, 4_096));
    for (over, expected) in [(0, true), (1, false)] {
        assert_eq!(split(b"a.b.c", 5 - over).is_ok(), expected);
        let token = format!("{}.b.c", "a".repeat(MAX_HEADER_BYTES + over));
        assert_eq!(split(token.as_bytes(), MAX_TOKEN_BYTES).is_ok(), expected);
        let header = format!("{{\"alg\":\"RS256\",\"kid\":\"{}\"}}", "k".repeat(MAX_KID_BYTES + over));
        assert_eq!(Header::read(header.as_bytes()).is_ok(), expected);
    }
}

#[test]
fn a_strict_issuer_accepts_only_its_own_type() {
    for (header, strict) in [
        (r#"{"alg":"RS256"}"#, Err(InvalidTokenReason::Type)),
        (r#"{"alg":"RS256","typ":"JWT"}"#, Err(InvalidTokenReason::Type)),
        (r#"{"alg":"RS256","typ":"at+jwt"}"#, Ok(())),
        (r#"{"alg":"RS256","typ":"application/at+jwt"}"#, Ok(())),
    ] {
        let check = |expected| Header::read(header.as_bytes()).and_then(|read| read.check_type(expected));
        assert_eq!((check(TokenType::AccessJwt), check(TokenType::Any)), (strict, Ok(())), "{header}");
    }
}
