//! Which methods of a path stay public below a router that requires a policy.

use std::sync::Arc;

use http::Method;

use super::mounted::MethodEntry;

/// The methods whose handlers have `despite_router`.
#[derive(Clone, Default)]
pub(super) struct Exempt {
    methods: Arc<[&'static str]>,
    /// The methods that have their own handler without `despite_router`.
    others: Arc<[&'static str]>,
}

impl Exempt {
    pub(super) fn of(handled: &[MethodEntry]) -> Self {
        let (exempt, others): (Vec<&MethodEntry>, Vec<&MethodEntry>) =
            handled.iter().partition(|handled| handled.is_exempt());
        let names = |entries: Vec<&MethodEntry>| entries.iter().map(|entry| entry.method).collect();
        Self { methods: names(exempt), others: names(others) }
    }

    /// Whether the router lets requests of this method pass without its own policies. HEAD uses the handler of GET if
    /// it has none, and a method without a handler uses the handler of `*`.
    pub(super) fn covers(&self, method: &Method) -> bool {
        let answer = |name: &str| match (self.methods.contains(&name), self.others.contains(&name)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        if self.methods.is_empty() {
            return false;
        }
        let by_get = || if *method == Method::HEAD { answer("GET") } else { None };
        answer(method.as_str()).or_else(by_get).or_else(|| answer("*")).unwrap_or(false)
    }
}
