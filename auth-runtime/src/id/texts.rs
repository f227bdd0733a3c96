//! The texts of one subject, in one buffer. A token has dozens of short texts, and allocating each would cost more than
//! reading it.

use std::ops::Range;

use once_cell::sync::OnceCell;

/// Texts, stored one after another.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    all: String,
    listed: Vec<Span>,
}

/// The position of a text in its [`Texts`]. Meaningless in any other `Texts`.
// `u32` halves the size: a token is at most 64 KiB long, and a subject has dozens of spans.
#[derive(Clone, Copy, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// An ordered list of texts from one [`Texts`].
#[derive(Default)]
pub(crate) struct List {
    span: Span,
    /// Made when a handler asks for strings. Guards never do.
    strings: OnceCell<Box<[String]>>,
}

/// A clone creates its own strings when a handler asks for them.
impl Clone for List {
    fn clone(&self) -> Self {
        Self { span: self.span, strings: OnceCell::new() }
    }
}

/// The initial capacity for roles, scopes and permissions.
const LISTED: usize = 16;

/// The approximate overhead of an allocator for each block. Names are short, so it matters.
const BLOCK: usize = 16;

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Span {
    fn new(start: usize, len: usize) -> Self {
        Self { start: place(start), end: place(start.saturating_add(len)) }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Texts {
    /// Reserves room for the texts of a payload of this length. A text is at most as long as its JSON form, so the
    /// buffer is allocated once.
    pub(crate) fn reserve(&mut self, payload_bytes: usize) {
        self.all.reserve_exact(payload_bytes);
        self.listed.reserve(LISTED);
    }

    /// The memory that the texts take. Each listed text counts twice, because handlers can ask for it as a string.
    pub(super) fn bytes(&self) -> usize {
        let strings = self.listed.iter().map(|span| size_of::<String>() + BLOCK + span.range().len());
        self.all.capacity() + self.listed.capacity() * size_of::<Span>() + strings.sum::<usize>()
    }

    pub(crate) fn push(&mut self, text: &str) -> Span {
        let start = self.all.len();
        self.all.push_str(text);
        Span::new(start, text.len())
    }

    pub(crate) fn list<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> List {
        let mut list = self.begin_list();
        for text in texts {
            let span = self.push(text);
            self.extend(&mut list, span);
        }
        list
    }

    /// Starts an empty list. No other list may grow until this one is complete.
    pub(crate) fn begin_list(&self) -> List {
        List { span: Span::new(self.listed.len(), 0), strings: OnceCell::new() }
    }

    pub(crate) fn extend(&mut self, list: &mut List, span: Span) {
        self.listed.push(span);
        list.span.end = place(self.listed.len());
    }

    /// A list of the entries of both lists.
    pub(crate) fn join(&mut self, one: &List, other: &List) -> List {
        let mut joined = self.begin_list();
        for list in [one, other] {
            for position in list.span.range() {
                if let Some(span) = self.listed.get(position).copied() {
                    self.extend(&mut joined, span);
                }
            }
        }
        joined
    }

    pub(crate) fn get(&self, span: Span) -> &str {
        self.all.get(span.range()).unwrap_or_default()
    }

    pub(crate) fn maybe(&self, span: Option<Span>) -> Option<&str> {
        span.map(|span| self.get(span))
    }

    pub(crate) fn items(&self, list: &List) -> impl Iterator<Item = &str> {
        let spans = self.listed.get(list.span.range()).unwrap_or_default();
        spans.iter().map(|span| self.get(*span))
    }

    pub(crate) fn spans(&self, list: &List) -> impl Iterator<Item = Span> {
        self.listed.get(list.span.range()).unwrap_or_default().iter().copied()
    }

    pub(crate) fn strings<'a>(&self, list: &'a List) -> &'a [String] {
        list.strings.get_or_init(|| self.items(list).map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, LISTED, Span, Texts};

    #[test]
    fn texts_and_lists_are_read_from_a_buffer_that_is_allocated_once() {
        let mut texts = Texts::default();
        texts.reserve(9);
        let capacity = texts.all.capacity();
        let (one, nothing) = (texts.push("one"), texts.push(""));
        let list = texts.list(["two", "", "ö"]);
        let empty = texts.list([]);
        assert_eq!(
            (texts.get(one), texts.get(nothing), texts.maybe(Some(one)), texts.maybe(None)),
            ("one", "", Some("one"), None)
        );
        assert_eq!(texts.items(&list).collect::<Vec<_>>(), ["two", "", "ö"]);
        assert_eq!((texts.strings(&list), texts.strings(&empty).len()), (&["two", "", "ö"].map(str::to_owned)[..], 0));
        assert_eq!(texts.all.capacity(), capacity);
        let strings = 3 * (size_of::<String>() + BLOCK) + "twoö".len();
        assert_eq!(texts.bytes(), capacity + LISTED * size_of::<Span>() + strings);
    }
}
