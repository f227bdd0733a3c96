//! The grammar of conditions: `!` binds tightest, then `&&`, then `||`.

mod values;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseBuffer, ParseStream, Parser as _};
use syn::{LitStr, Path, Token, token};

use crate::attribute::Attribute;
use crate::condition::{Atom, AtomKind, Condition, Name};
use crate::diag::{Diag, nearest};
use crate::syntax::parentheses;
use crate::vocabulary::{NameKind, Vocabulary};

/// The words that begin an atom.
const WORDS: [&str; 10] =
    ["role", "permission", "scope", "issuer", "email_verified", "impersonated", "acr", "amr", "auth_age", "claim"];

/// Parses one condition, up to a comma or the end. Returns `None` if there is an error, which is then in `diag`.
pub(crate) fn parse(
    input: ParseStream<'_>,
    attribute: Attribute,
    vocabulary: &Vocabulary,
    diag: &mut Diag,
) -> Option<Condition> {
    Grammar { attribute, vocabulary, diag, operator: None }.any(input)
}

/// Reports a token after a condition.
pub(crate) fn leftover(input: ParseStream<'_>, diag: &mut Diag) {
    let found = input.fork().parse::<TokenTree>().map(|token| token.to_string()).unwrap_or_default();
    diag.at(input.span(), operator(&found).unwrap_or_else(|| "expected `&&`, `||` or `,` here".to_owned()));
}

/// The replacement for an operator that conditions do not have.
fn operator(found: &str) -> Option<String> {
    let right = match found {
        "&" | "and" => "&&",
        "|" | "or" => "||",
        "not" => "!",
        _ => return None,
    };
    Some(format!("use `{right}` instead of `{found}`"))
}

/// How to write the atom that begins with `word` for `name`.
pub(crate) fn usage(word: &str, name: &str) -> Option<String> {
    match word {
        "role" => Some(format!("`role >= {name:?}` or `role == {name:?}`")),
        "auth_age" => Some("`auth_age <= \"5m\"`".to_owned()),
        "claim" => Some(format!("`claim(\"..\") == {name:?}`")),
        "permission" | "scope" | "issuer" | "acr" | "amr" => Some(format!("`{word}({name:?})`")),
        "email_verified" | "impersonated" => Some(format!("`{word}` or `!{word}`")),
        _ => None,
    }
}

struct Grammar<'a> {
    attribute: Attribute,
    vocabulary: &'a Vocabulary,
    diag: &'a mut Diag,
    /// The operator before the current operand.
    operator: Option<(&'static str, Span)>,
}

impl Grammar<'_> {
    /// `a || b`
    fn any(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        let mut parts = vec![self.all(input)];
        while at_operator(input) && input.peek(Token![||]) {
            self.operator = Some(("||", input.span()));
            input.parse::<Token![||]>().ok()?;
            parts.push(self.all(input));
        }
        join(parts, Condition::Any)
    }

    /// `a && b`
    fn all(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        let mut parts = vec![self.not(input)];
        while at_operator(input) && input.peek(Token![&&]) {
            self.operator = Some(("&&", input.span()));
            input.parse::<Token![&&]>().ok()?;
            parts.push(self.not(input));
        }
        join(parts, Condition::All)
    }

    /// `!a`
    fn not(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        if at_operator(input) && input.peek(Token![!]) {
            self.operator = Some(("!", input.span()));
            input.parse::<Token![!]>().ok()?;
            let inner = self.not(input)?;
            return Some(Condition::Not(Box::new(inner)));
        }
        let operator = self.operator.take();
        let found = self.operand(input, operator);
        if found.is_none() {
            skip_operand(input);
        }
        found
    }

    fn operand(&mut self, input: ParseStream<'_>, operator: Option<(&'static str, Span)>) -> Option<Condition> {
        let at = input.span();
        if input.is_empty() || input.peek(Token![,]) {
            match operator {
                Some((operator, span)) => {
                    self.diag.at(span, format!("expected a condition after `{operator}`"));
                }
                None => self.diag.at(at, "expected a condition here"),
            }
            None
        } else if input.peek(token::Group) {
            let inside = invisible_group(input)?;
            self.inside_tokens(inside)
        } else if input.peek(token::Paren) {
            let content = self.parentheses(input)?;
            self.inside(&content)
        } else if input.peek(LitStr) {
            self.bare_literal(input)
        } else if input.peek(Ident::peek_any) || input.peek(Token![::]) {
            self.word(input)
        } else {
            self.diag.at(at, self.expected());
            None
        }
    }

    fn inside(&mut self, content: ParseStream<'_>) -> Option<Condition> {
        let found = self.any(content);
        if content.is_empty() {
            return found;
        }
        if content.peek(Token![,]) {
            self.diag.at(content.span(), "join conditions with `&&` or `||`, not with a comma");
        } else {
            leftover(content, self.diag);
        }
        drain(content);
        None
    }

    fn inside_tokens(&mut self, tokens: TokenStream) -> Option<Condition> {
        let mut found = None;
        let parsed = (|content: ParseStream<'_>| {
            found = self.inside(content);
            Ok(())
        })
        .parse2(tokens);
        parsed.ok().and(found)
    }

    fn parentheses<'s>(&mut self, input: ParseStream<'s>) -> Option<ParseBuffer<'s>> {
        match parentheses(input) {
            Ok(content) => Some(content),
            Err(error) => {
                self.diag.push(error);
                None
            }
        }
    }

    /// `"p"`: a permission in `require_permission`, an error elsewhere.
    fn bare_literal(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        let literal: LitStr = input.parse().ok()?;
        if self.attribute == Attribute::RequirePermission {
            self.vocabulary.check(NameKind::Permission, &literal, self.diag);
            return Some(atom(AtomKind::Permission, Some(Name::Literal(literal))));
        }
        let value = literal.value();
        self.diag.on(
            &literal,
            format!(
                "a name alone is not a condition here: write `role >= {value:?}`, `role == {value:?}`, `permission({value:?})`, `scope({value:?})` or `issuer({value:?})`"
            ),
        );
        None
    }

    /// An atom that starts with a word.
    fn word(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        let ahead = input.fork();
        let Ok(path) = ahead.call(Path::parse_mod_style) else {
            return self.unknown(input);
        };
        let called = ahead.peek(token::Paren);
        let Some(word) = path.get_ident().map(ToString::to_string) else {
            return if called { self.unknown(input) } else { self.bare_const(input, path) };
        };
        match word.as_str() {
            "role" => self.role(input),
            "email_verified" => self.flag(input, AtomKind::EmailVerified),
            "impersonated" => self.flag(input, AtomKind::Impersonated),
            "permission" => self.named(input, AtomKind::Permission),
            "scope" => self.named(input, AtomKind::Scope),
            "issuer" => self.named(input, AtomKind::Issuer),
            "acr" => self.named(input, AtomKind::Acr),
            "amr" => self.named(input, AtomKind::Amr),
            "auth_age" => self.auth_age(input),
            "claim" => self.claim(input),
            _ if called || operator(&word).is_some() => self.unknown(input),
            _ => self.bare_const(input, path),
        }
    }

    /// `email_verified`
    fn flag(&mut self, input: ParseStream<'_>, kind: AtomKind) -> Option<Condition> {
        let word = input.call(Ident::parse_any).ok()?;
        if input.peek(token::Paren) {
            self.diag.at(word.span(), format!("`{word}` takes no parentheses: write `{word}`"));
            return None;
        }
        if input.peek(Token![==]) || input.peek(Token![!=]) {
            self.diag.at(input.span(), format!("do not compare `{word}`: write `{word}` or `!{word}`"));
            return None;
        }
        Some(atom(kind, None))
    }

    /// `permission("p")`
    fn named(&mut self, input: ParseStream<'_>, kind: AtomKind) -> Option<Condition> {
        let name_kind = kind.name_kind()?;
        let word = input.call(Ident::parse_any).ok()?;
        if !input.peek(token::Paren) {
            self.diag.at(word.span(), format!("`{word}` needs a name: write `{word}(\"..\")`"));
            return None;
        }
        let content = self.parentheses(input)?;
        if content.is_empty() {
            self.diag.at(word.span(), format!("`{word}` needs a name: write `{word}(\"..\")`"));
            return None;
        }
        let name = self.name(&content, name_kind);
        let _ = content.parse::<Option<Token![,]>>();
        if name.is_some() && !content.is_empty() {
            if content.peek(LitStr) || content.peek(Ident::peek_any) || content.peek(Token![,]) {
                let message = format!("`{word}` takes one name: write `{word}(..) && {word}(..)` for both");
                self.diag.at(content.span(), message);
            } else {
                self.not_a_name(content.span(), name_kind);
            }
            drain(&content);
            return None;
        }
        drain(&content);
        Some(atom(kind, Some(name?)))
    }

    /// `role >= "x"`
    fn role(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        let word = input.call(Ident::parse_any).ok()?;
        let (at_least, exactly) = match self.attribute {
            Attribute::RequireOrg => (AtomKind::RoleAtLeast, AtomKind::RoleIs),
            Attribute::RequireUser => (AtomKind::OwnRoleAtLeast, AtomKind::OwnRoleIs),
            _ => {
                self.diag.at(
                    word.span(),
                    "`role` needs `require_org`, or `require_user` for roles outside any organization: add one of them above this attribute",
                );
                return None;
            }
        };
        let at = input.span();
        let kind = if input.peek(Token![>=]) {
            input.parse::<Token![>=]>().ok().map(|_| at_least)?
        } else if input.peek(Token![==]) {
            input.parse::<Token![==]>().ok().map(|_| exactly)?
        } else {
            let (at, message) = if input.peek(Token![!=]) {
                (at, "use `!(role == \"..\")` instead of `!=`")
            } else if input.peek(token::Paren) {
                (word.span(), "`role` takes no parentheses: write `role >= \"..\"` or `role == \"..\"`")
            } else if matches!(input.cursor().punct(), Some((punct, _)) if "<>=".contains(punct.as_char())) {
                (at, "compare roles with `>=` (this role or a higher one) or `==` (exactly this role)")
            } else {
                (word.span(), "`role` needs a comparison: write `role >= \"..\"` or `role == \"..\"`")
            };
            self.diag.at(at, message);
            return None;
        };
        if input.is_empty() || input.peek(Token![,]) {
            self.diag.at(at, "expected a role here: write its name as a string");
            return None;
        }
        let name = self.name(input, kind.name_kind()?)?;
        Some(atom(kind, Some(name)))
    }

    /// A string literal, or the path of a const.
    fn name(&mut self, input: ParseStream<'_>, name_kind: NameKind) -> Option<Name> {
        if input.peek(token::Group) {
            return self.passed_name(input, name_kind);
        }
        if input.peek(LitStr) {
            let literal = input.parse().ok()?;
            self.vocabulary.check(name_kind, &literal, self.diag);
            return Some(Name::Literal(literal));
        }
        let at = input.span();
        if let Ok(path) = input.call(Path::parse_mod_style) {
            return Some(Name::Const(path));
        }
        self.not_a_name(at, name_kind);
        None
    }

    fn not_a_name(&mut self, at: Span, name_kind: NameKind) {
        let what = name_kind.a_noun();
        self.diag.at(at, format!("write {what} as a string, or as the path of a `&'static str` const"));
    }

    /// A name that a user's `macro_rules!` passed in an invisible group that contains nothing else.
    fn passed_name(&mut self, input: ParseStream<'_>, name_kind: NameKind) -> Option<Name> {
        let at = input.span();
        let tokens = invisible_group(input)?;
        let mut found = None;
        let parsed = (|content: ParseStream<'_>| {
            found = self.name(content, name_kind);
            Ok(())
        })
        .parse2(tokens);
        if let (Err(_), Some(_)) = (&parsed, &found) {
            self.diag.at(at, format!("expected one {} here", name_kind.noun()));
        }
        parsed.ok().and(found)
    }

    /// `perm::VIEW`: a permission in `require_permission`, an error elsewhere.
    fn bare_const(&mut self, input: ParseStream<'_>, path: Path) -> Option<Condition> {
        if self.attribute != Attribute::RequirePermission || path.get_ident().is_some_and(is_a_slip) {
            return self.unknown(input);
        }
        input.call(Path::parse_mod_style).ok()?;
        Some(atom(AtomKind::Permission, Some(Name::Const(path))))
    }

    fn unknown(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        let at = input.span();
        let word = input.fork().call(Ident::parse_any).map(|word| word.to_string());
        let word = word.unwrap_or_default();
        let message = match (operator(&word), nearest(&word, &WORDS)) {
            (Some(message), _) => message,
            _ if word.is_empty() => self.expected(),
            (_, Some(known)) => format!("unknown condition `{word}`: did you mean `{known}`?"),
            _ => format!("unknown condition `{word}`: {}", self.expected()),
        };
        self.diag.at(at, message);
        None
    }

    /// The allowed atoms.
    fn expected(&self) -> String {
        let first = match self.attribute {
            Attribute::RequirePermission => "a permission as `\"..\"`",
            _ => "`role >= \"..\"`, `role == \"..\"`, `permission(\"..\")`",
        };
        format!(
            "expected {first}, `scope(\"..\")`, `issuer(\"..\")`, `email_verified`, `impersonated`, `acr(\"..\")`, `amr(\"..\")`, `auth_age <= \"..\"` or `claim(\"..\") == \"..\"`"
        )
    }
}

/// A lower-case word that is nearly the name of an atom, so it is a typo and not a const.
fn is_a_slip(ident: &Ident) -> bool {
    let word = ident.to_string();
    word.chars().all(|c| c.is_lowercase() || c == '_') && nearest(&word, &WORDS).is_some()
}

fn atom(kind: AtomKind, name: Option<Name>) -> Condition {
    Condition::Atom(Atom { name, ..Atom::of(kind) })
}

fn join(parts: Vec<Option<Condition>>, several: fn(Vec<Condition>) -> Condition) -> Option<Condition> {
    let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    if parts.len() == 1 { parts.pop() } else { Some(several(parts)) }
}

fn invisible_group(input: ParseStream<'_>) -> Option<TokenStream> {
    match input.parse() {
        Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => Some(group.stream()),
        _ => None,
    }
}

/// Whether the next operator belongs to this level. An expression that a user's `macro_rules!` passes is one operand,
/// but the parser ignores its invisible parentheses.
fn at_operator(input: ParseStream<'_>) -> bool {
    !input.peek(token::Group)
}

fn skip_operand(input: ParseStream<'_>) {
    while !(input.is_empty() || input.peek(Token![,]) || input.peek(Token![&&]) || input.peek(Token![||])) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// Skips the rest, which was reported already. Otherwise, the parser would report it again.
fn drain(input: ParseStream<'_>) {
    let _ = input.parse::<TokenStream>();
}
