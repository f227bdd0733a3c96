//! Prints tokens as a person would write them, for the texts that the runtime shows.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::PatType;

/// An argument as written: `Path(org_id): Path<String>`.
pub(crate) fn of_argument(arg: &PatType) -> String {
    format!("{}: {}", of(arg.pat.to_token_stream()), of_type(arg.ty.to_token_stream()))
}

/// One line of source for a type; every `<` opens a bracket.
pub(crate) fn of_type(tokens: TokenStream) -> String {
    let mut printer = Printer { types: true, ..Printer::default() };
    printer.stream(tokens);
    printer.out
}

/// One line of source for `tokens`.
pub(crate) fn of(tokens: TokenStream) -> String {
    let mut printer = Printer::default();
    printer.stream(tokens);
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
    last: Last,
    /// Whether `::<` is open, and at which depth.
    turbofish: usize,
    types: bool,
    /// Inside the bars of a closure.
    closure: bool,
    list: List,
}

/// The text between two delimiters.
#[derive(Default)]
struct List {
    commas: usize,
    /// The number of open `<` at its start.
    level: usize,
}

/// What was printed last, for the spacing.
#[derive(Clone, Copy, Default, PartialEq)]
enum Last {
    /// Nothing, or an opening delimiter or prefix operator: no space follows.
    #[default]
    Open,
    /// A name, a literal or a closing delimiter.
    Operand,
    /// A keyword: like a name, but no call and no binary operator follows it.
    Keyword,
    /// An operator between spaces, or a comma.
    Operator,
    /// A character of an operator that is not complete.
    Joint,
}

impl Printer {
    fn stream(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.group(group.delimiter(), group.stream()),
                TokenTree::Ident(ident) => self.word(&ident.to_string()),
                TokenTree::Literal(literal) => self.operand(&literal.to_string()),
                TokenTree::Punct(punct) => {
                    // `a != b` contains an operator, `matches!(..)` is a macro name with `!`.
                    let marks_macro = punct.as_char() == '!'
                        && self.last == Last::Operand
                        && matches!(tokens.peek(), Some(TokenTree::Group(_)));
                    if marks_macro {
                        self.out.push('!');
                    } else {
                        self.punct(punct.as_char(), punct.spacing());
                    }
                }
            }
        }
    }

    fn group(&mut self, delimiter: Delimiter, inside: TokenStream) {
        let (open, close) = match delimiter {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Brace => ("{ ", " }"),
            // An expression that a user's `macro_rules!` passes binds as if in parentheses.
            Delimiter::None if joins(&inside) => ("(", ")"),
            Delimiter::None => ("", ""),
        };
        let calls = self.last == Last::Operand && delimiter != Delimiter::Brace;
        if !calls {
            self.gap();
        }
        self.out.push_str(open);
        self.last = Last::Open;
        let outer = std::mem::replace(&mut self.list, List { commas: 0, level: self.turbofish });
        self.stream(inside);
        let commas = std::mem::replace(&mut self.list, outer).commas;
        // A trailing comma is removed, except in a tuple with one element.
        if calls || commas > 1 || delimiter != Delimiter::Parenthesis {
            self.drop_comma();
        }
        if delimiter == Delimiter::Brace && self.out.ends_with("{ ") {
            self.out.truncate(self.out.len() - 1);
            self.out.push('}');
        } else {
            self.out.push_str(close);
        }
        self.last = Last::Operand;
    }

    fn word(&mut self, word: &str) {
        self.gap();
        self.out.push_str(word);
        self.last = match word {
            "as" | "async" | "break" | "const" | "else" | "for" | "if" | "in" | "let" | "loop" | "match" | "move"
            | "mut" | "ref" | "return" | "unsafe" | "while" => Last::Keyword,
            _ => Last::Operand,
        };
    }

    fn operand(&mut self, text: &str) {
        self.gap();
        self.out.push_str(text);
        self.last = Last::Operand;
    }

    fn punct(&mut self, character: char, spacing: Spacing) {
        let after_operand = self.last == Last::Operand;
        match character {
            ',' | ';' => {
                self.list.commas += usize::from(self.turbofish == self.list.level);
                self.out.push(character);
                self.last = Last::Operator;
            }
            '?' => self.out.push('?'),
            '.' | ':' => self.tight(character, spacing),
            '\'' => {
                self.gap();
                self.out.push('\'');
                self.last = Last::Open;
            }
            '<' if self.types || self.turbofish > 0 || self.out.ends_with("::") => {
                self.turbofish += 1;
                self.out.push('<');
                self.last = Last::Open;
            }
            '>' if self.turbofish > 0 => {
                self.turbofish -= 1;
                self.drop_comma();
                self.out.push('>');
                self.last = Last::Operand;
            }
            // The bars around a closure's arguments, not `a | b`.
            '|' if self.closure => {
                self.out.push('|');
                self.closure = false;
                self.last = Last::Operator;
            }
            '|' if !after_operand && spacing == Spacing::Alone && self.last != Last::Joint => {
                self.gap();
                self.out.push('|');
                self.closure = true;
                self.last = Last::Open;
            }
            _ => {
                self.gap();
                self.out.push(character);
                self.last = match spacing {
                    Spacing::Joint => Last::Joint,
                    Spacing::Alone if after_operand || self.completes_binary() => Last::Operator,
                    Spacing::Alone => Last::Open,
                };
            }
        }
    }

    /// `.`, `..`, `:` and `::` have no spaces around them, except that a space follows a single `:`.
    fn tight(&mut self, character: char, spacing: Spacing) {
        if matches!(self.last, Last::Operator | Last::Keyword) {
            self.gap();
        }
        self.out.push(character);
        self.last = match character {
            ':' if spacing == Spacing::Alone && !self.out.ends_with("::") => Last::Operator,
            _ => Last::Open,
        };
    }

    /// Whether the operator that just ended has two characters, so that it is a binary operator.
    fn completes_binary(&self) -> bool {
        let mut ending = self.out.chars().rev();
        ending.next();
        ending.next().is_some_and(|before| "=<>&|!+-*/%^".contains(before))
    }

    fn drop_comma(&mut self) {
        if self.out.ends_with(',') {
            self.out.pop();
        }
    }

    fn gap(&mut self) {
        let wanted = matches!(self.last, Last::Operand | Last::Keyword | Last::Operator);
        if wanted {
            self.out.push(' ');
        }
    }
}

/// Whether the tokens contain `&&` or `||` between operands.
fn joins(tokens: &TokenStream) -> bool {
    let is_operator = |token: TokenTree| matches!(token, TokenTree::Punct(punct) if "&|".contains(punct.as_char()));
    tokens.clone().into_iter().skip(1).any(is_operator)
}

#[cfg(test)]
mod tests {
    use syn::FnArg;

    use super::{of, of_argument, of_type};
    use crate::expand::tests::tokens;

    #[test]
    fn the_text_of_arguments_does_not_depend_on_their_layout() {
        for (layouts, expected) in [
            (
                &["Path(org_id):Path<String>", "Path (\n org_id,\n) : Path < String , >"][..],
                "Path(org_id): Path<String>",
            ),
            (
                &[
                    "Path((org_id, _)): Path<(String, Vec<u8>)>",
                    "Path((\n org_id,\n _,\n)): Path<(\n String,\n Vec<u8>,\n)>",
                ],
                "Path((org_id, _)): Path<(String, Vec<u8>)>",
            ),
            (&["Path((only,)): Path<(HashMap<u8, u8>,)>"], "Path((only,)): Path<(HashMap<u8, u8>,)>"),
            (
                &["Query(Q { org_id, .. }): Query<Q>", "Query(Q{org_id,..}):Query<Q>"],
                "Query(Q { org_id, .. }): Query<Q>",
            ),
            (&["Path(Ids { org: mut id, ref doc, }): Path<Ids>"], "Path(Ids { org: mut id, ref doc }): Path<Ids>"),
            (&["mut r#type: Extension<Arc<dyn Find + Send>>"], "mut r#type: Extension<Arc<dyn Find + Send>>"),
        ] {
            for layout in layouts {
                let FnArg::Typed(arg) = syn::parse2(tokens(layout)).expect(layout) else { unreachable!() };
                assert_eq!(of_argument(&arg), expected, "{layout}");
            }
        }
    }

    #[test]
    fn printed_types_are_unchanged() {
        for text in ["Json<String>", "Path<(String, Vec<u8>)>", "<R as Repo>::Id", "a::B<'static, [u8; 4]>"] {
            assert_eq!(of_type(tokens(text)), text);
        }
    }

    #[test]
    fn printed_source_is_unchanged() {
        for text in [
            r#"role >= "Admin", from = org_id"#,
            r#"!permission("suspended") && (scope("a") || !email_verified)"#,
            "from = params.org_id, check = owns_post(&db, &user, id).await",
            "check = db.get::<Post>(id).await?.owner == user.id()",
            "check = { let n = 1; n < limit }",
            "check = matches!(kind, Kind::A | Kind::B)",
            "check = a != b && !c && -x <= *y",
            "check = list.iter().any(|x| x == &id)",
            "check = if a { b } else { c }",
            "check = move_it(async move { a.await }).await",
            "crate = ::auth, check = x as u32 == y[0]",
            "check = (0..9).contains(&n)",
            "check = Foo { a: 1, b }.ok()",
            "check = {}",
        ] {
            assert_eq!(of(tokens(text)), text);
        }
    }
}
