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
            // An expression from a user's `macro_rules!` is one unit, as if in parentheses.
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
mod tests;
