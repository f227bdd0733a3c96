//! `cargo run -- token`: one token, alone, on standard output.

use std::time::Duration;

use crate::Failure;
use crate::demo::{Membership, User};
use crate::issuer::OwnIssuer;
use crate::settings::Settings;

const USAGE: &str = "token --user NAME [--org ORG --role ROLE] [--permission NAME].. [--expires 15m]";

pub(crate) fn print(settings: &Settings, options: &[String]) -> Result<(), Failure> {
    let wanted = Wanted::from_options(options).map_err(|fault| format!("{fault}\nusage: {USAGE}"))?;
    let token = OwnIssuer::load_or_create(settings)?.sign(&wanted.user, wanted.expires_in)?;
    println!("{token}");
    Ok(())
}

struct Wanted {
    user: User,
    expires_in: Duration,
}

impl Wanted {
    fn from_options(options: &[String]) -> Result<Self, String> {
        let (mut user, mut org, mut role, mut expires_in) = (None, None, None, Duration::from_hours(1));
        let mut permissions = Vec::new();
        let mut rest = options.iter();
        while let Some(option) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("`{option}` needs a value"))?;
            match option.as_str() {
                "--user" => user = Some(User::named(value)),
                "--org" => org = Some(value),
                "--role" => role = Some(value),
                "--permission" => permissions.push(value.clone()),
                "--expires" => {
                    expires_in =
                        duration(value).ok_or_else(|| format!("--expires: `{value}` is not a time, such as `15m`"))?
                }
                _ => return Err(format!("unknown option `{option}`")),
            }
        }
        let mut user = user.ok_or("`--user` is missing")?;
        match (org, role) {
            (Some(org), role) => {
                let mut membership = Membership::of_role(org, role.map_or("Member", String::as_str));
                membership.permissions.append(&mut permissions);
                user.memberships = vec![membership];
            }
            (None, Some(_)) => return Err("`--role` is a role in an organisation: name it with `--org`".to_owned()),
            (None, None) => {
                for membership in &mut user.memberships {
                    membership.permissions.extend(permissions.iter().cloned());
                }
            }
        }
        Ok(Self { user, expires_in })
    }
}

/// `90`, `90s`, `15m`, `2h` or `1d`.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.get(number.len()..)?),
        None => (text, "s"),
    };
    let seconds = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 1,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}
