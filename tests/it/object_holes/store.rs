//! The data of the application: documents and notes of organizations, and drafts of users.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;

#[derive(Clone, Debug)]
pub struct Doc {
    pub id: &'static str,
    pub org: &'static str,
    /// Another document, which a client has named.
    pub template: &'static str,
    pub title: String,
}

#[derive(Clone, Debug)]
pub struct Note {
    pub id: &'static str,
    pub doc: &'static str,
    pub org: &'static str,
}

#[derive(Clone, Debug)]
pub struct Draft {
    pub id: &'static str,
    pub org: &'static str,
    pub owner: &'static str,
}

#[derive(Debug, Default)]
pub struct Data {
    pub docs: Vec<Doc>,
    pub notes: Vec<Note>,
    pub drafts: Vec<Draft>,
}

#[derive(Clone, Debug)]
pub struct Store(pub Arc<Mutex<Data>>);

/// What a handler answers.
pub type Answer = Result<String, StatusCode>;

pub fn found<T: std::fmt::Debug>(object: Option<T>) -> Answer {
    object.map(|object| format!("{object:?}")).ok_or(StatusCode::NOT_FOUND)
}

impl Store {
    pub fn new() -> Self {
        let doc = |id, org, template| Doc { id, org, template, title: format!("title of {id}") };
        let docs = vec![doc("d-1", "acme", "d-3"), doc("d-2", "acme", "d-1"), doc("d-3", "globex", "d-3")];
        let note = |id, doc, org| Note { id, doc, org };
        let notes = vec![note("n-1", "d-1", "acme"), note("n-2", "d-2", "acme"), note("n-3", "d-3", "globex")];
        let draft = |id, org, owner| Draft { id, org, owner };
        let drafts = vec![draft("r-1", "acme", "ada"), draft("r-2", "acme", "eve"), draft("r-3", "globex", "bob")];
        Self(Arc::new(Mutex::new(Data { docs, notes, drafts })))
    }

    pub fn doc(&self, id: &str) -> Option<Doc> {
        self.0.lock().unwrap().docs.iter().find(|doc| doc.id == id).cloned()
    }

    pub fn doc_in(&self, org: &str, id: &str) -> Option<Doc> {
        self.doc(id).filter(|doc| doc.org == org)
    }

    pub fn docs(&self) -> Vec<Doc> {
        self.0.lock().unwrap().docs.clone()
    }

    pub fn note_in(&self, org: &str, id: &str) -> Option<Note> {
        self.0.lock().unwrap().notes.iter().find(|note| note.id == id && note.org == org).cloned()
    }

    pub fn draft_in(&self, org: &str, id: &str) -> Option<Draft> {
        self.0.lock().unwrap().drafts.iter().find(|draft| draft.id == id && draft.org == org).cloned()
    }

    /// Renames the document if it is in this organization; in any, without one.
    pub fn rename(&self, org: Option<&str>, id: &str, title: String) -> Answer {
        let mut data = self.0.lock().unwrap();
        let mut docs = data.docs.iter_mut();
        let doc = docs.find(|doc| doc.id == id && org.is_none_or(|org| doc.org == org)).ok_or(StatusCode::NOT_FOUND)?;
        doc.title = title;
        Ok(format!("{doc:?}"))
    }

    pub fn remove_draft(&self, id: &str) {
        self.0.lock().unwrap().drafts.retain(|draft| draft.id != id);
    }

    pub fn move_doc(&self, id: &str, org: &'static str) {
        let mut data = self.0.lock().unwrap();
        data.docs.iter_mut().filter(|doc| doc.id == id).for_each(|doc| doc.org = org);
    }
}
