//! The texts of one identity, one after another in one buffer: a token holds dozens of short ones, and an allocation
//! for each would cost more than reading them.

use once_cell::sync::OnceCell;

/// Texts, one after another.
#[derive(Default)]
pub(crate) struct Texts {
    all: String,
    listed: Vec<Span>,
}

/// Where one of the [`Texts`] stands; it means nothing to others.
#[derive(Clone, Copy, Default)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

/// Some of the [`Texts`], in order.
#[derive(Default)]
pub(crate) struct List {
    span: Span,
    /// For those who ask for strings; no guard does.
    strings: OnceCell<Box<[String]>>,
}

impl Texts {
    /// Makes room, so that reading a payload of this many bytes seldom has to.
    pub(crate) fn reserve(&mut self, payload_bytes: usize) {
        // About half of a payload are names and marks.
        self.all.reserve(payload_bytes / 2);
    }

    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() + self.listed.capacity() * size_of::<Span>()
    }

    pub(crate) fn push(&mut self, text: &str) -> Span {
        let start = self.all.len();
        self.all.push_str(text);
        Span { start, end: self.all.len() }
    }

    pub(crate) fn list<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> List {
        let mut list = self.begin_list();
        for text in texts {
            let span = self.push(text);
            self.extend(&mut list, span);
        }
        list
    }

    /// A list of none yet; until it is complete, no other may grow.
    pub(crate) fn begin_list(&self) -> List {
        let at = self.listed.len();
        List { span: Span { start: at, end: at }, strings: OnceCell::new() }
    }

    pub(crate) fn extend(&mut self, list: &mut List, span: Span) {
        self.listed.push(span);
        list.span.end = self.listed.len();
    }

    pub(crate) fn get(&self, span: Span) -> &str {
        self.all.get(span.start..span.end).unwrap_or_default()
    }

    pub(crate) fn maybe(&self, span: Option<Span>) -> Option<&str> {
        span.map(|span| self.get(span))
    }

    pub(crate) fn items(&self, list: &List) -> impl Iterator<Item = &str> {
        let spans = self.listed.get(list.span.start..list.span.end).unwrap_or_default();
        spans.iter().map(|span| self.get(*span))
    }

    pub(crate) fn strings<'a>(&self, list: &'a List) -> &'a [String] {
        list.strings.get_or_init(|| self.items(list).map(str::to_owned).collect())
    }
}
