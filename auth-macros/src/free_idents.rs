//! The names that an expression uses but does not define.

mod certain;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprLit, ExprPath, ExprUnary, ExprWhile, Item, Lit,
    Local, Macro, Member, Pat, Stmt, Token, UnOp,
};

use crate::syntax::{bindings, same};
use certain::{has_cfg, items, takes_apart};

/// A name in an expression that the expression does not define.
pub(crate) struct FreeIdent {
    pub(crate) ident: Ident,
    pub(crate) position: Position,
    /// The fields that the expression reads: `id` in `params.id.is_empty()`.
    pub(crate) fields: Vec<Member>,
    /// Whether only a part of that is read, and which one is unknown.
    pub(crate) is_partial: bool,
}

/// Whether the name could be a function instead of a variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Position {
    /// Borrowed, compared, or before a dot: not a function.
    Operand,
    /// An argument of a function, a field, or the whole expression: rarely a function.
    Passed,
    /// A called name, or an argument of a method (`is_some_and(is_open)`): often a function.
    Function,
    /// A word in a macro: it can be anything.
    Word,
}

/// The free names of an expression, from left to right.
pub(crate) fn of(expression: &Expr) -> Vec<FreeIdent> {
    find(expression, false)
}

/// The free names that an expression certainly reads. A macro can do anything with its words, so these do not count,
/// except in the macros of std whose arguments are expressions. A part of an expression under a `cfg` may be missing in
/// a build, so such an expression certainly reads nothing.
pub(crate) fn read_by(expression: &Expr) -> Vec<FreeIdent> {
    if has_cfg(expression.to_token_stream()) { Vec::new() } else { find(expression, true) }
}

fn find(expression: &Expr, is_certain: bool) -> Vec<FreeIdent> {
    let mut finder = Finder { found: Vec::new(), bound: Vec::new(), position: Position::Passed, is_certain };
    finder.visit_expr(expression);
    finder.found
}

/// Macros of std, how many of their arguments are expressions that are always evaluated, and the position of the argument
/// whose text captures names.
const EXPRESSIONS: [(&str, usize, Option<usize>); 11] = [
    ("assert", 1, None),
    ("assert_eq", 2, None),
    ("assert_ne", 2, None),
    ("dbg", usize::MAX, None),
    ("eprintln", usize::MAX, Some(0)),
    ("format", usize::MAX, Some(0)),
    ("format_args", usize::MAX, Some(0)),
    ("println", usize::MAX, Some(0)),
    ("vec", usize::MAX, None),
    ("write", usize::MAX, Some(1)),
    ("writeln", usize::MAX, Some(1)),
];

struct Finder {
    found: Vec<FreeIdent>,
    /// The names that the expression defines at the current position. The end of a scope truncates the list.
    bound: Vec<Ident>,
    /// The position of the expression that is visited next.
    position: Position,
    /// Whether to find only names that are certainly read.
    is_certain: bool,
}

impl Finder {
    fn in_scope(&mut self, visit: impl FnOnce(&mut Self)) {
        let outside = self.bound.len();
        visit(self);
        self.bound.truncate(outside);
    }

    /// Defines the names of a pattern. Its own guard may use them.
    fn bind(&mut self, pat: &Pat) {
        self.bound.extend(bindings(pat).into_iter().cloned());
        self.visit_pat(pat);
    }

    fn find(&mut self, ident: &Ident, position: Position) {
        self.find_fields(ident, position, Vec::new());
    }

    fn find_fields(&mut self, ident: &Ident, position: Position, fields: Vec<Member>) {
        if !self.bound.iter().any(|bound| same(bound, ident)) {
            self.found.push(FreeIdent { ident: ident.clone(), position, fields, is_partial: false });
        }
    }

    /// Visits the expressions in a macro of std, as if they were written without the macro.
    fn in_known_macro(&mut self, called: &Macro) {
        let name = called.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if name == "matches" {
            let parsed = called.parse_body_with(|input: ParseStream<'_>| {
                let subject: Expr = input.parse()?;
                input.parse::<Token![,]>()?;
                let pat = Pat::parse_multi_with_leading_vert(input)?;
                let guard =
                    if input.parse::<Option<Token![if]>>()?.is_some() { Some(input.parse::<Expr>()?) } else { None };
                input.parse::<Option<Token![,]>>()?;
                Ok((subject, pat, guard))
            });
            if let Ok((subject, pat, guard)) = parsed {
                self.visit_subject(&subject, &[&pat]);
                self.in_scope(|this| {
                    this.bind(&pat);
                    if let Some(guard) = &guard {
                        this.visit_expr(guard);
                    }
                });
            }
        } else if let Some((_, count, text)) = EXPRESSIONS.iter().find(|(known, ..)| *known == name)
            && let Ok(arguments) = called.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
        {
            let mut named = Vec::new();
            for argument in arguments.iter().skip(text.map_or(usize::MAX, |text| text + 1)) {
                if let Expr::Assign(assign) = argument
                    && let Expr::Path(name) = &*assign.left
                {
                    named.extend(name.path.get_ident().map(ToString::to_string));
                }
            }
            for (index, argument) in arguments.iter().take(*count).enumerate() {
                match argument {
                    Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) if Some(index) == *text => {
                        // A named argument is not a captured name.
                        for name in captured(&literal.value().replace("{{", "")).filter(|name| !named.contains(name)) {
                            self.find(&Ident::new(&name, literal.span()), Position::Word);
                        }
                    }
                    argument => self.visit_expr(argument),
                }
            }
        }
    }

    /// Visits a value that is matched. A pattern may take one part of it and not another.
    fn visit_subject(&mut self, subject: &Expr, pats: &[&Pat]) {
        if !self.is_certain || !pats.iter().any(|pat| takes_apart(pat)) {
            return self.visit_expr(subject);
        }
        match subject {
            Expr::Tuple(tuple) => {
                for (index, item) in tuple.elems.iter().enumerate() {
                    // A pattern that is no tuple of this length may take anything.
                    let inner = |pat| items(pat, tuple.elems.len()).and_then(|items| items.get(index).copied());
                    let inner: Vec<&Pat> = pats.iter().map(|pat| inner(pat).unwrap_or(pat)).collect();
                    self.visit_subject(item, &inner);
                }
            }
            subject if fields_of(subject).is_some() => self.find_partial(subject),
            subject => self.visit_expr(subject),
        }
    }

    /// Finds the name at the start of a chain of fields of which some part is read.
    fn find_partial(&mut self, chain: &Expr) {
        let before = self.found.len();
        self.visit_expr(chain);
        self.found.iter_mut().skip(before).for_each(|free| free.is_partial = true);
    }

    /// The names that a macro may use. Its grammar is unknown, so this finds too many names rather than too few. With
    /// too many, a guard extracts an unused argument. With too few, the code does not compile.
    fn in_macro(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let before = |steps| index.checked_sub(steps).and_then(|at| tokens.get(at));
            match token {
                TokenTree::Group(group) => self.in_macro(group.stream()),
                TokenTree::Ident(ident) => {
                    // `.field`, not the end of a range.
                    let member = is_punct(before(1), '.') && !is_punct(before(2), '.');
                    if !member {
                        self.find(ident, Position::Word);
                    }
                }
                TokenTree::Literal(literal) => {
                    for name in captured(&literal.to_string()) {
                        self.find(&Ident::new(&name, token.span()), Position::Word);
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl Visit<'_> for Finder {
    fn visit_expr(&mut self, expr: &Expr) {
        let position = std::mem::replace(&mut self.position, Position::Passed);
        match expr {
            Expr::Path(ExprPath { qself: None, path, .. }) => {
                // A path with several segments, or with type arguments, refers to an item.
                if let Some(ident) = path.get_ident() {
                    self.find(ident, position);
                }
            }
            Expr::Call(call) => {
                self.position = Position::Function;
                self.visit_expr(&call.func);
                call.args.iter().for_each(|arg| self.visit_expr(arg));
            }
            Expr::MethodCall(call) => {
                self.position = Position::Operand;
                self.visit_expr(&call.receiver);
                for arg in &call.args {
                    self.position = Position::Function;
                    self.visit_expr(arg);
                }
            }
            Expr::Group(group) => {
                self.position = position;
                self.visit_expr(&group.expr);
            }
            Expr::Paren(paren) => {
                self.position = position;
                self.visit_expr(&paren.expr);
            }
            Expr::Binary(binary) => {
                for side in [&binary.left, &binary.right] {
                    self.position = Position::Operand;
                    self.visit_expr(side);
                }
            }
            Expr::Field(_) => {
                if let Some((ident, fields)) = fields_of(expr) {
                    self.find_fields(ident, Position::Operand, fields);
                } else {
                    self.position = Position::Operand;
                    visit::visit_expr(self, expr);
                }
            }
            // What is assigned to is not read.
            Expr::Assign(assign) if self.is_certain => match &*assign.left {
                left if fields_of(left).is_some() => self.visit_expr(&assign.right),
                Expr::Index(index) => [&index.index, &assign.right].into_iter().for_each(|read| self.visit_expr(read)),
                _ if fields_of(&assign.right).is_some() => self.find_partial(&assign.right),
                _ => self.visit_expr(&assign.right),
            },
            Expr::Index(index) if self.is_certain && fields_of(&index.expr).is_some() => {
                self.find_partial(&index.expr);
                self.visit_expr(&index.index);
            }
            Expr::Match(matched) => {
                let pats: Vec<&Pat> = matched.arms.iter().map(|arm| &arm.pat).collect();
                self.visit_subject(&matched.expr, &pats);
                matched.arms.iter().for_each(|arm| self.visit_arm(arm));
            }
            Expr::Await(_) | Expr::Cast(_) | Expr::Reference(_) | Expr::Try(_) | Expr::Unary(_) => {
                self.position = Position::Operand;
                visit::visit_expr(self, expr);
            }
            Expr::Verbatim(tokens) if !self.is_certain => self.in_macro(tokens.clone()),
            expr => visit::visit_expr(self, expr),
        }
    }

    fn visit_expr_closure(&mut self, closure: &ExprClosure) {
        self.in_scope(|this| {
            closure.inputs.iter().for_each(|pat| this.bind(pat));
            this.visit_expr(&closure.body);
        });
    }

    fn visit_expr_let(&mut self, condition: &ExprLet) {
        self.visit_subject(&condition.expr, &[&condition.pat]);
        self.bind(&condition.pat);
    }

    fn visit_expr_if(&mut self, branch: &ExprIf) {
        self.in_scope(|this| {
            this.visit_expr(&branch.cond);
            this.visit_block(&branch.then_branch);
        });
        if let Some((_, otherwise)) = &branch.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, repeated: &ExprWhile) {
        self.in_scope(|this| {
            this.visit_expr(&repeated.cond);
            this.visit_block(&repeated.body);
        });
    }

    fn visit_expr_for_loop(&mut self, repeated: &ExprForLoop) {
        self.visit_expr(&repeated.expr);
        self.in_scope(|this| {
            this.bind(&repeated.pat);
            this.visit_block(&repeated.body);
        });
    }

    fn visit_arm(&mut self, arm: &Arm) {
        self.in_scope(|this| {
            this.bind(&arm.pat);
            this.visit_expr(&arm.body);
        });
    }

    fn visit_block(&mut self, block: &Block) {
        self.in_scope(|this| {
            // Items are in scope in the whole block.
            this.bound.extend(block.stmts.iter().filter_map(declared).cloned());
            visit::visit_block(this, block);
        });
    }

    fn visit_local(&mut self, local: &Local) {
        if let Some(init) = &local.init {
            self.visit_subject(&init.expr, &[&local.pat]);
            if let Some((_, otherwise)) = &init.diverge {
                self.visit_expr(otherwise);
            }
        }
        self.bind(&local.pat);
    }

    /// Items inside the expression cannot see variables.
    fn visit_item(&mut self, _: &Item) {}

    fn visit_macro(&mut self, called: &Macro) {
        if self.is_certain {
            self.in_known_macro(called);
        } else {
            self.in_macro(called.tokens.clone());
        }
    }
}

/// The name before the first dot of a chain of fields, and the fields.
fn fields_of(expr: &Expr) -> Option<(&Ident, Vec<Member>)> {
    match expr {
        Expr::Path(ExprPath { qself: None, path, .. }) => Some((path.get_ident()?, Vec::new())),
        Expr::Field(field) => {
            let (ident, mut fields) = fields_of(&field.base)?;
            fields.push(field.member.clone());
            Some((ident, fields))
        }
        Expr::Group(group) => fields_of(&group.expr),
        Expr::Paren(paren) => fields_of(&paren.expr),
        Expr::Reference(reference) => fields_of(&reference.expr),
        Expr::Unary(ExprUnary { op: UnOp::Deref(_), expr, .. }) => fields_of(expr),
        _ => None,
    }
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// The value that an item declares.
fn declared(stmt: &Stmt) -> Option<&Ident> {
    match stmt {
        Stmt::Item(Item::Const(item)) => Some(&item.ident),
        Stmt::Item(Item::Fn(item)) => Some(&item.sig.ident),
        Stmt::Item(Item::Static(item)) => Some(&item.ident),
        Stmt::Item(Item::Struct(item)) => Some(&item.ident),
        _ => None,
    }
}

/// The names in a format string: `"{user} {id:?}"`.
fn captured(literal: &str) -> impl Iterator<Item = String> {
    literal.split('{').skip(1).filter_map(|part| {
        let end = part.find(['}', ':'])?;
        let name = part.get(..end)?.trim_end();
        syn::parse_str::<Ident>(name).is_ok().then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests;
