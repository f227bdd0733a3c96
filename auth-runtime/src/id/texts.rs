//! The texts of one identity, in one buffer: a token holds dozens of short ones, and an allocation for each would cost
//! more than reading them.

use std::ops::Range;

use once_cell::sync::OnceCell;

/// Texts, one after another.
#[derive(Default)]
pub(crate) struct Texts {
    /// A copy of the payload that they were read from, where there is one; then what stands nowhere in it as it is meant,
    /// as a string with escapes does.
    all: String,
    /// Where the payload itself lies while it is read, and how long it is.
    payload: (usize, usize),
    listed: Vec<Span>,
}

/// Where one of the [`Texts`] stands; it means nothing to others.
// Half as large as `usize` would make it: a token is no longer than 64 KiB, and an identity has dozens.
#[derive(Clone, Copy, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// Some of the [`Texts`], in order.
#[derive(Default)]
pub(crate) struct List {
    span: Span,
    /// For those who ask for strings; no guard does.
    strings: OnceCell<Box<[String]>>,
}

/// So many roles and permissions have room from the start.
const LISTED: usize = 16;

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
    /// Copies a payload, so that what is then read from it need not be copied part by part.
    pub(crate) fn begin(&mut self, payload: &str) {
        self.all.push_str(payload);
        self.listed.reserve(LISTED);
        self.payload = (payload.as_ptr().addr(), payload.len());
    }

    /// The payload has been read: whatever lies there from now on is something else.
    pub(crate) fn end(&mut self) {
        self.payload = (0, 0);
    }

    pub(super) fn bytes(&self) -> usize {
        self.all.capacity() + self.listed.capacity() * size_of::<Span>()
    }

    pub(crate) fn push(&mut self, text: &str) -> Span {
        let (origin, len) = self.payload;
        let start = text.as_ptr().addr().checked_sub(origin);
        let start = start.filter(|start| start.checked_add(text.len()).is_some_and(|end| end <= len));
        let start = start.unwrap_or_else(|| {
            let end = self.all.len();
            self.all.push_str(text);
            end
        });
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

    /// A list of none yet; until it is complete, no other may grow.
    pub(crate) fn begin_list(&self) -> List {
        List { span: Span::new(self.listed.len(), 0), strings: OnceCell::new() }
    }

    pub(crate) fn extend(&mut self, list: &mut List, span: Span) {
        self.listed.push(span);
        list.span.end = place(self.listed.len());
    }

    /// A list of what is in both.
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

    pub(crate) fn strings<'a>(&self, list: &'a List) -> &'a [String] {
        list.strings.get_or_init(|| self.items(list).map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn what_stands_in_the_payload_is_not_copied_again() {
        let payload = String::from(r#"{"a":"one","b":"t\u0077o"}"#);
        let mut texts = Texts::default();
        texts.begin(&payload);
        let whole = texts.push(&payload);
        let one = texts.push(payload.get(6..9).unwrap_or_default());
        let bytes = texts.all.len();
        let two = texts.push("two");
        assert_eq!((bytes, texts.all.len()), (payload.len(), payload.len() + 3));
        let list = texts.list(["x", payload.get(6..7).unwrap_or_default()]);
        assert_eq!((texts.get(whole), texts.get(one), texts.get(two)), (payload.as_str(), "one", "two"));
        assert_eq!(texts.items(&list).collect::<Vec<_>>(), ["x", "o"]);
        // From the end on, where a text lies says nothing.
        texts.end();
        let bytes = texts.all.len();
        let again = texts.push(payload.get(6..9).unwrap_or_default());
        assert_eq!((texts.get(again), texts.all.len()), ("one", bytes + 3));
        let nothing = texts.push("");
        assert_eq!(texts.get(nothing), "");
    }
}
