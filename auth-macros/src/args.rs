//! The arguments of an attribute: a condition, then `key = value` pairs.

mod key;
mod values;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, LitStr, Token};

use crate::attribute::Attribute;
use crate::condition::{self, Condition};
use crate::depth;
use crate::diag::{Diag, all_of, nearest};
use crate::org_source::{self, OrgSource};
use crate::runtime_path::RuntimePath;
use crate::text;
use crate::unrestricted::{self, Unrestricted};
use crate::vocabulary::Vocabulary;
use key::Key;

/// The arguments of an attribute, as far as they could be parsed.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each stands for a word that an attribute can have
pub(crate) struct Args {
    /// All arguments, as one line.
    pub(crate) text: String,
    pub(crate) condition: Option<Condition>,
    /// The condition as written, for errors about the whole condition.
    pub(crate) condition_text: TokenStream,
    pub(crate) from: Option<OrgSource>,
    /// The key `from`.
    pub(crate) from_key: Option<Span>,
    pub(crate) load: Option<Expr>,
    /// The key `load`.
    pub(crate) load_key: Option<Span>,
    pub(crate) check: Option<Expr>,
    pub(crate) not_found: bool,
    /// `deny = forbidden` is written.
    pub(crate) forbidden: bool,
    pub(crate) reject: bool,
    /// The maximum age of an answer of the directory, in seconds.
    pub(crate) fresh: Option<u32>,
    pub(crate) reason: Option<LitStr>,
    /// Parameters of the path that guards need not read, and why.
    pub(crate) unrestricted: Vec<Unrestricted>,
    /// `despite_router`
    pub(crate) despite_router: bool,
    /// `audit`
    pub(crate) audit: bool,
    pub(crate) runtime: RuntimePath,
}

/// Parses the arguments of an attribute. Errors go to `diag`.
pub(crate) fn parse(attr: TokenStream, attribute: Attribute, vocabulary: &Vocabulary, diag: &mut Diag) -> Args {
    if let Some(at) = depth::beyond_levels(attr.clone()) {
        diag.at(at, format!("nested more than {} levels deep: use fewer parentheses", depth::LEVELS));
        return Args::default();
    }
    let mut args = Args { text: text::of(attr.clone()), ..Args::default() };
    let mut seen = Seen::default();
    let parsed = (|input: ParseStream<'_>| {
        Reader { attribute, vocabulary, diag, args: &mut args, seen: &mut seen }.run(input);
        Ok(())
    })
    .parse2(attr);
    if let (Err(error), true) = (parsed, diag.is_empty()) {
        diag.push(error);
    }
    seen.check(attribute, diag);
    if args.despite_router && !seen.keys.contains(&Key::Reason) {
        diag.at(
            Span::call_site(),
            "`despite_router` needs a reason: write `#[public(despite_router, reason = \"..\")]`",
        );
    }
    args
}

/// A public route stays public below a router that requires a policy.
const DESPITE_ROUTER: &str = "despite_router";
/// Each decision is recorded.
const AUDIT: &str = "audit";

/// The keys that were written, valid or not, so that an invalid key is not also reported as missing.
#[derive(Debug, Default)]
struct Seen {
    condition: bool,
    keys: Vec<Key>,
    unrestricted: bool,
    unknown: bool,
}

impl Seen {
    fn check(&self, attribute: Attribute, diag: &mut Diag) {
        if attribute == Attribute::RequirePermission && !self.condition && !self.unknown {
            diag.at(
                Span::call_site(),
                "`require_permission` needs a permission: write `#[require_permission(\"..\")]`",
            );
        }
        if attribute == Attribute::RequireOrg && !self.keys.contains(&Key::From) && !self.unknown {
            diag.at(
                Span::call_site(),
                "`require_org` needs `from`: write `from = org_id` for an argument, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`",
            );
        }
    }
}

struct Reader<'a> {
    attribute: Attribute,
    vocabulary: &'a Vocabulary,
    diag: &'a mut Diag,
    args: &'a mut Args,
    seen: &'a mut Seen,
}

impl Reader<'_> {
    fn run(&mut self, input: ParseStream<'_>) {
        while !input.is_empty() {
            if input.peek(Token![,]) {
                self.diag.at(input.span(), "remove this comma: there is nothing before it");
            } else if unrestricted::is_next(input) {
                self.unrestricted(input);
            } else if is_pair(input) {
                let faults = self.diag.len();
                self.pair(input);
                self.end_of_pair(input, faults == self.diag.len());
            } else {
                self.condition(input);
            }
            let _ = input.parse::<Option<Token![,]>>();
        }
    }

    fn condition(&mut self, input: ParseStream<'_>) {
        let at = input.span();
        if self.attribute == Attribute::Public && self.takes_word(input, DESPITE_ROUTER) {
            if self.args.despite_router {
                self.diag.at(at, format!("`{DESPITE_ROUTER}` is given twice: remove one"));
            }
            self.args.despite_router = true;
            return;
        }
        if self.takes_word(input, AUDIT) {
            if self.attribute == Attribute::Public {
                self.diag.at(at, "`audit` is not allowed on `public`, which allows every request: remove it");
            } else if self.args.audit {
                self.diag.at(at, format!("`{AUDIT}` is given twice: remove one"));
            }
            self.args.audit = true;
            return;
        }
        if let Some(key) = self.key_without_value(input) {
            self.diag.at(input.span(), format!("`{}` needs a value: write {}", key.name(), key.usage()));
            self.seen.keys.push(key);
            skip_to_comma(input);
            return;
        }
        if let Some(why) = self.misplaced(input) {
            self.diag.at(input.span(), why);
            self.seen.condition = true;
            skip_to_comma(input);
            return;
        }
        self.seen.condition = true;
        self.args.condition_text = up_to_comma(&input.fork());
        let condition = condition::parse(input, self.attribute, self.vocabulary, self.diag);
        let ended = input.is_empty() || input.peek(Token![,]);
        if ended {
            self.args.condition = condition;
        } else if is_pair(input) {
            self.diag.at(input.span(), "expected `,` before this");
        } else {
            condition::leftover(input, self.diag);
            skip_to_comma(input);
        }
    }

    /// Reads `unrestricted(..)`.
    fn unrestricted(&mut self, input: ParseStream<'_>) {
        let at = input.span();
        if self.attribute == Attribute::Public {
            self.diag.at(at, "`unrestricted` is not allowed on `public`, whose guard reads no parameter: remove it");
        }
        let read = unrestricted::parse(input, self.diag);
        self.args.unrestricted.extend(read);
        self.seen.unrestricted = true;
        if !(input.is_empty() || input.peek(Token![,])) {
            self.diag.at(input.span(), "expected `,` here");
            skip_to_comma(input);
        }
    }

    /// Reads a word that has no value.
    fn takes_word(&mut self, input: ParseStream<'_>, expected: &str) -> bool {
        // `audit::NAME` is a path.
        if input.peek2(Token![::]) || input.fork().call(Ident::parse_any).is_ok_and(|word| word != expected) {
            return false;
        }
        let is_there = input.call(Ident::parse_any).is_ok();
        if is_there {
            self.end_of_pair(input, true);
        }
        is_there
    }

    /// The error if no condition is allowed here.
    fn misplaced(&self, input: ParseStream<'_>) -> Option<&'static str> {
        match self.attribute {
            Attribute::Public if input.peek(LitStr) => Some("write `reason = \"..\"` to say why this route is public"),
            Attribute::Public => Some("`public` takes no condition: it allows every request"),
            Attribute::OptionalUser => Some("`optional_user` takes no condition: use `require_user`"),
            _ if self.seen.condition => Some("join conditions with `&&` or `||`, not with a comma"),
            _ if !self.seen.keys.is_empty() || self.seen.unrestricted || self.args.audit || self.seen.unknown => {
                Some("the condition must come first, before `key = value`")
            }
            _ => None,
        }
    }

    /// A key in the position of a condition.
    fn key_without_value(&self, input: ParseStream<'_>) -> Option<Key> {
        let word = input.fork().call(Ident::parse_any).ok()?.to_string();
        // `crate::perm::VIEW` is a path, not the key `crate`.
        let path = input.peek2(Token![::]);
        Key::from_name(&word).filter(|key| !path && key.is_of(self.attribute))
    }

    fn pair(&mut self, input: ParseStream<'_>) {
        let (Ok(word), Ok(_)) = (input.call(Ident::parse_any), input.parse::<Token![=]>()) else {
            return;
        };
        let name = word.to_string();
        let Some(key) = Key::from_name(&name) else {
            self.unknown_key(input, &word);
            self.seen.unknown = true;
            skip_to_comma(input);
            return;
        };
        if !key.is_of(self.attribute) {
            self.diag.at(word.span(), key.elsewhere());
            skip_value(input);
            return;
        }
        if self.seen.keys.contains(&key) {
            self.diag.at(word.span(), format!("`{name}` is given twice: remove one"));
            skip_value(input);
            return;
        }
        self.seen.keys.push(key);
        match key {
            Key::From => {
                self.args.from_key = Some(word.span());
                self.args.from = org_source::parse(input, &word, self.diag);
            }
            Key::Load => {
                self.args.load_key = Some(word.span());
                self.args.load = self.expression(input, &word);
            }
            Key::Check => self.args.check = self.expression(input, &word),
            Key::Deny => {
                self.args.not_found = self.choice(input, &word, &["forbidden", "not_found"]);
                self.args.forbidden = !self.args.not_found;
            }
            Key::Invalid => self.args.reject = self.choice(input, &word, &["anonymous", "reject"]),
            Key::Reason => self.args.reason = self.reason(input, &word),
            Key::Fresh => self.args.fresh = self.fresh(input, &word),
            Key::Crate => {
                if let Some(runtime) = self.runtime(input, &word) {
                    self.args.runtime = runtime;
                }
            }
        }
    }

    /// Reports an unknown key, before its value is parsed.
    fn unknown_key(&mut self, input: ParseStream<'_>, word: &Ident) {
        let name = word.to_string();
        let known: Vec<&str> = Key::ALL.into_iter().filter(|key| key.is_of(self.attribute)).map(Key::name).collect();
        let value = input.fork().parse::<LitStr>().map_or_else(|_| "..".to_owned(), |value| value.value());
        let message = match (condition::usage(&name, &value), nearest(&name, &known)) {
            (Some(usage), _) if self.attribute.requires() => format!("`{name}` is a condition: write {usage}"),
            (_, Some(near)) => format!("unknown key `{name}`: did you mean `{near}`?"),
            _ => {
                let attribute = self.attribute.name();
                format!("unknown key `{name}`: the keys of `{attribute}` are {}", all_of(&known))
            }
        };
        self.diag.at(word.span(), message);
    }

    /// Reports anything but a comma after a value.
    fn end_of_pair(&mut self, input: ParseStream<'_>, understood: bool) {
        if input.is_empty() || input.peek(Token![,]) {
            return;
        }
        // If the value is wrong, it was reported already.
        if understood {
            self.diag.at(input.span(), "expected `,` here");
        }
        if !is_pair(input) {
            skip_to_comma(input);
        }
    }
}

/// Whether `key =` comes next, rather than `role ==`.
fn is_pair(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>])
}

/// The location if the rest is too long to be parsed as an expression.
fn too_long(input: ParseStream<'_>) -> Option<Span> {
    depth::beyond_tokens(input.cursor().token_stream())
}

/// Skips a value that is not used, including the commas in it.
fn skip_value(input: ParseStream<'_>) {
    let ahead = input.fork();
    if too_long(input).is_none() && ahead.parse::<Expr>().is_ok() {
        let _ = input.parse::<Expr>();
    }
    skip_to_comma(input);
}

fn skip_to_comma(input: ParseStream<'_>) {
    let _ = up_to_comma(input);
}

fn up_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut passed = TokenStream::new();
    while !(input.is_empty() || input.peek(Token![,])) {
        match input.parse::<TokenTree>() {
            Ok(token) => passed.extend([token]),
            Err(_) => break,
        }
    }
    passed
}
