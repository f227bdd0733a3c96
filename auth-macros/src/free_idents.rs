//! The names that an expression uses but does not define.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprPath, ExprWhile, Item, Local, Macro, Pat, Stmt,
};

use crate::syntax::{bindings, same};

/// A name in an expression that the expression does not define.
pub(crate) struct FreeIdent {
    pub(crate) ident: Ident,
    pub(crate) position: Position,
}

/// Whether the name could be a function instead of a variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Position {
    /// Borrowed, compared, or before a dot: not a function.
    Operand,
    /// An argument of a function, a field, or the whole expression: rarely a function.
    Passed,
    /// A called name, an argument of a method (`is_some_and(is_open)`), or a word in a macro: often a function.
    Any,
}

/// The free names of an expression, from left to right.
pub(crate) fn of(expression: &Expr) -> Vec<FreeIdent> {
    let mut finder = Finder { found: Vec::new(), bound: Vec::new(), position: Position::Passed };
    finder.visit_expr(expression);
    finder.found
}

struct Finder {
    found: Vec<FreeIdent>,
    /// The names that the expression defines at the current position. The end of a scope truncates the list.
    bound: Vec<Ident>,
    /// The position of the expression that is visited next.
    position: Position,
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
        if !self.bound.iter().any(|bound| same(bound, ident)) {
            self.found.push(FreeIdent { ident: ident.clone(), position });
        }
    }

    /// The names that a macro may use; its grammar is unknown. With too many names, a guard only extracts an unused
    /// argument. With too few, the code would not compile.
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
                        self.find(ident, Position::Any);
                    }
                }
                TokenTree::Literal(literal) => {
                    for name in captured(&literal.to_string()) {
                        self.find(&Ident::new(&name, token.span()), Position::Any);
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
                self.position = Position::Any;
                self.visit_expr(&call.func);
                call.args.iter().for_each(|arg| self.visit_expr(arg));
            }
            Expr::MethodCall(call) => {
                self.position = Position::Operand;
                self.visit_expr(&call.receiver);
                for arg in &call.args {
                    self.position = Position::Any;
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
            Expr::Await(_) | Expr::Cast(_) | Expr::Field(_) | Expr::Reference(_) | Expr::Try(_) | Expr::Unary(_) => {
                self.position = Position::Operand;
                visit::visit_expr(self, expr);
            }
            Expr::Verbatim(tokens) => self.in_macro(tokens.clone()),
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
        self.visit_expr(&condition.expr);
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
            self.visit_expr(&init.expr);
            if let Some((_, otherwise)) = &init.diverge {
                self.visit_expr(otherwise);
            }
        }
        self.bind(&local.pat);
    }

    /// Items inside the expression cannot see variables.
    fn visit_item(&mut self, _: &Item) {}

    fn visit_macro(&mut self, called: &Macro) {
        self.in_macro(called.tokens.clone());
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
mod tests {
    use super::of;

    #[test]
    fn free_names_of_expressions_are_found() {
        for (expression, expected) in [
            ("owns(&db, &user, id).await", "owns db user id"),
            ("user.id() == post.author", "user post"),
            ("users::find(id)", "id"),
            ("Filter { user, org: id }", "user id"),
            ("(0..limit).contains(&n)", "limit n"),
            ("0 .. limit", "limit"),
            ("'user: loop { break 'user x }", "x"),
            ("matches!(user.kind, Kind::Admin if id > 1)", "user Kind Admin if id"),
            ("user != other", "user other"),
            ("r#type == 1", "r#type"),
            ("matches!(a..b, x::y { z: c })", "a b x y z c"),
            ("log!(\"{user} {id:?} {{not}} {0}\")", "user id not"),
            ("say(\"{user}\")", "say"),
            ("f::<T>(a as u8)", "a"),
            ("posts.iter().any(|doc| doc.owner == id)", "posts id"),
            ("list.iter().fold(0, |sum, n| sum + n * factor) > limit", "list factor limit"),
            ("{ let n = n + 1; n > limit }", "n limit"),
            ("{ let (a, mut b) = pair; b += a; b == c }", "pair c"),
            ("{ let Some(n) = n else { return no(m) }; n > 1 }", "n no m"),
            ("if let Some(n) = a && n > b { n > c } else { n > d }", "a b c n d"),
            ("match a { Some(n) if n > b => n > c, _ => n > d }", "a b c n d"),
            ("{ for n in a { if n > b { return true; } } n }", "a b n"),
            ("{ while let Some(n) = a.pop() { n(b) } n }", "a b n"),
            ("{ fn helper(n: u8) -> bool { n > other } const LIMIT: u8 = 1; helper(id) && id < LIMIT }", "id id"),
            ("async move { |(a, B { c, .. })| a + c + d }.await", "d"),
            ("a.0[i]?", "a i"),
            ("self.x", "self"),
        ] {
            let expr = syn::parse_str(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
            let found: Vec<String> = of(&expr).iter().map(|free| free.ident.to_string()).collect();
            assert_eq!(found.join(" "), expected, "{expression}");
        }
    }

    #[test]
    fn a_function_is_not_an_operand() {
        use super::Position::{Any, Operand, Passed};
        for (expression, expected) in [
            ("a.is_some() && !b && (c) == &d", vec![Operand; 4]),
            ("a.b && c? && d.await && e as u8 > 1", vec![Operand; 4]),
            ("x.is_some_and(f)", vec![Operand, Any]),
            ("f(x, (y))", vec![Any, Passed, Passed]),
            ("S { x, y: z }", vec![Passed; 2]),
            ("m!(x)", vec![Any]),
            ("x", vec![Passed]),
        ] {
            let expr = syn::parse_str(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
            let found: Vec<_> = of(&expr).iter().map(|free| free.position).collect();
            assert_eq!(found, expected, "{expression}");
        }
    }
}
