//! Requests of known callers for objects that are not theirs.

mod choice;
mod outcome;
mod parties;
mod target;

use std::collections::BTreeSet;

use axum::Router;
use tower::ServiceExt as _;

use super::report::{DenialReport, MatrixError, WrongObject};
use super::requests::{Requests, method_of};
use super::settings::DenialMatrix;
use crate::routing::GuardedRouter;
use crate::testing::TestIssuer;
use choice::Choice;
use outcome::Outcome;
use parties::{Party, parties};
use target::{Take, Target};

/// Sends the requests for objects, and reports the results.
pub(super) async fn run(
    settings: &DenialMatrix,
    routes: &GuardedRouter,
    served: &Router,
    issuer: &TestIssuer,
    report: &mut DenialReport,
) -> Result<(), MatrixError> {
    let table = routes.table();
    let fixtures = &settings.fixtures;
    fixtures.check(table.rows()).map_err(MatrixError::Fixtures)?;
    report.has_fixtures = !fixtures.is_empty();
    let parties = match routes.verifier().filter(|_| report.has_fixtures) {
        Some(verifier) => parties(fixtures, verifier, issuer).await.map_err(MatrixError::Fixtures)?,
        None => Vec::new(),
    };
    let targets = table.rows().iter().filter(|row| !row.is_public()).map(|row| Target::new(row, settings)).collect();
    let mut run = Run { settings, routes, served, parties, report, wrong: Vec::new() };
    run.all(targets).await?;
    let wrong = run.wrong;
    if wrong.is_empty() { Ok(()) } else { Err(MatrixError::Objects(wrong)) }
}

struct Run<'a> {
    settings: &'a DenialMatrix,
    routes: &'a GuardedRouter,
    served: &'a Router,
    parties: Vec<Party<'a>>,
    report: &'a mut DenialReport,
    wrong: Vec<WrongObject>,
}

/// The results of the requests to one route, for one part that takes an object.
#[derive(Default)]
struct Shown {
    is_tried: bool,
    is_wrong: bool,
    /// A request was refused because of the object.
    is_refused: bool,
    /// Why other requests were refused before the object mattered.
    reasons: BTreeSet<String>,
}

/// The kind of a method: reads, creates or changes, or deletes.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Harm {
    None,
    Changes,
    Deletes,
}

impl Harm {
    fn of(method: Option<&str>) -> Self {
        match method {
            Some("GET" | "HEAD" | "OPTIONS" | "TRACE") => Self::None,
            Some("DELETE") => Self::Deletes,
            _ => Self::Changes,
        }
    }
}

impl Run<'_> {
    /// Requests that can delete the objects of other requests come last.
    async fn all(&mut self, targets: Vec<Target<'_>>) -> Result<(), MatrixError> {
        for target in &targets {
            for name in &target.unnamed {
                self.report.not_shown.push(format!("{}: {name}: no object is given", target.route()));
            }
        }
        let mut targets: Vec<_> = targets
            .into_iter()
            .filter(|target| !target.takes.is_empty())
            .map(|target| (Harm::of(method_of(self.routes, target.row)), target))
            .collect();
        targets.sort_by_key(|(harm, _)| *harm);
        let mut shown = Vec::new();
        for (harm, target) in &targets {
            let own = if *harm == Harm::None { Some(self.own(target).await?) } else { None };
            shown.push((own, self.foreign(target, *harm).await?));
        }
        for ((harm, target), (own, places)) in targets.iter().zip(shown) {
            let own = match own {
                None if self.settings.fixtures.sends_admitted && *harm != Harm::None => Some(self.own(target).await?),
                own => own,
            };
            for (take, shown) in target.takes.iter().zip(places) {
                self.enter(target, take, &shown, own.as_ref());
            }
        }
        Ok(())
    }

    /// Adds the results for one part to the report.
    fn enter(&mut self, target: &Target<'_>, take: &Take<'_>, shown: &Shown, own: Option<&Result<(), String>>) {
        let place = format!("{}: {}", target.route(), take.name);
        let why = match own {
            _ if shown.is_wrong => return,
            _ if !shown.is_tried => "all objects belong to all callers".to_owned(),
            _ if !shown.is_refused => {
                let reasons: Vec<_> = shown.reasons.iter().map(String::as_str).collect();
                format!("no request got as far as the object: {}", reasons.join(", "))
            }
            Some(Err(why)) => why.clone(),
            None | Some(Ok(())) => return self.report.objects.push(place),
        };
        self.report.not_shown.push(format!("{place}: {why}"));
    }

    /// Whether a caller can get their own objects; if not, why.
    async fn own(&mut self, target: &Target<'_>) -> Result<Result<(), String>, MatrixError> {
        let mut why = "no caller has an object of each name".to_owned();
        let mut is_admitted = false;
        for index in 0..self.parties.len() {
            let Some(party) = self.parties.get(index).filter(|party| target.is_open_to(party)) else { continue };
            let words = party.words();
            for org in target.orgs_of(party) {
                for choice in choice::own(target, party, org, &self.settings.fixtures.objects) {
                    let asked = self.send(target, party, org, &choice).await?;
                    let Some((outcome, uri)) = asked.into_iter().max() else { continue };
                    match outcome {
                        Outcome::Admitted(_) => is_admitted = true,
                        Outcome::NotTheirs(status) => {
                            why = format!(
                                "{words} asked for an object of their own at {uri}, and the answer was {status}"
                            );
                        }
                        Outcome::Refused(reason) | Outcome::Undecided(reason) => {
                            why = format!("{words} asked for an object of their own at {uri}: {reason}");
                        }
                    }
                }
            }
        }
        Ok(if is_admitted { Ok(()) } else { Err(why) })
    }

    /// Sends each request to a route that must be refused because of an object.
    async fn foreign(&mut self, target: &Target<'_>, harm: Harm) -> Result<Vec<Shown>, MatrixError> {
        let mut places: Vec<_> = target.takes.iter().map(|_| Shown::default()).collect();
        let mut wrong = Vec::new();
        let mut sent = 0;
        for party in self.parties.iter().filter(|party| target.is_open_to(party)) {
            for org in target.orgs_of(party) {
                for choice in choice::foreign(target, party, org, &self.settings.fixtures.objects) {
                    let watch = self.settings.fixtures.watch.as_ref().filter(|_| harm != Harm::None);
                    let before = match watch {
                        Some(watch) => Some(watch.read().await),
                        None => None,
                    };
                    let answers = self.send(target, party, org, &choice).await?;
                    sent += 1;
                    let after = match watch {
                        Some(watch) => Some(watch.read().await),
                        None => None,
                    };
                    let Some((outcome, uri)) = answers.into_iter().max() else { continue };
                    let Some(shown) = places.get_mut(choice.tried) else { continue };
                    shown.is_tried = true;
                    let answer = match outcome {
                        Outcome::Admitted(status) => answer_of(status),
                        Outcome::NotTheirs(status) if before != after => {
                            format!("{status}, but the data that `watch` reads has changed")
                        }
                        Outcome::NotTheirs(_) => {
                            shown.is_refused = true;
                            continue;
                        }
                        Outcome::Refused(reason) | Outcome::Undecided(reason) => {
                            shown.reasons.insert(reason);
                            continue;
                        }
                    };
                    shown.is_wrong = true;
                    wrong.push(WrongObject {
                        row: target.row.clone(),
                        request: format!("{} {uri}", method_of(self.routes, target.row).unwrap_or("GET")),
                        caller: party.words(),
                        object: object_of(target, &choice),
                        answer,
                    });
                }
            }
        }
        self.report.object_requests += sent;
        self.wrong.append(&mut wrong);
        Ok(places)
    }

    /// The responses to a request, for each possible path, with that path.
    async fn send(
        &self,
        target: &Target<'_>,
        party: &Party<'_>,
        org: Option<&str>,
        choice: &Choice<'_>,
    ) -> Result<Vec<(Outcome, String)>, MatrixError> {
        let content = target.content(&choice.objects, org, self.settings);
        let Some(requests) = Requests::new(self.routes, target.row, &content) else { return Ok(Vec::new()) };
        let mut answers = Vec::new();
        for candidate in requests.candidates() {
            let uri = candidate.uri().to_owned();
            let request = candidate
                .request(party.token)
                .map_err(|error| MatrixError::Request { uri: uri.clone(), error: error.to_string() })?;
            let response = match self.served.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            answers.push((Outcome::of(&response), uri));
        }
        Ok(answers)
    }
}

fn answer_of(status: u16) -> String {
    let hint = match status {
        400 | 411 | 413 | 415 | 422 => {
            ": the guard admitted it, but the handler did not accept the body or the values. If the handler decides \
             about the object, set a body that it accepts with `body`"
        }
        500.. => ": the guard admitted it, but the handler failed",
        _ => "",
    };
    format!("{status}{hint}")
}

/// The object that belongs to someone else, and the part of the request with its id.
fn object_of(target: &Target<'_>, choice: &Choice<'_>) -> String {
    let (Some(take), Some(object)) = (target.takes.get(choice.tried), choice.objects.get(choice.tried)) else {
        return String::new();
    };
    format!("{object}, in the {} as {:?}", take.part, take.name)
}
