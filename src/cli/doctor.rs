//! `interop doctor`: what works and what doesn't, before anything is run. Makes nothing.

use super::args::CloudArguments;
use super::clouds;
use super::console::Console;
use super::failure::Failure;
use super::surroundings;
use crate::judge::exit_code;
use crate::profile::{Environment, Family, Profile};
use crate::protocol::Session;
use crate::recording::{Capability, Discovery};
use crate::transport::{Wire, WireConfig};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

pub async fn run(arguments: &CloudArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let mut ends = Vec::new();
    for argument in &arguments.clouds {
        match examine(argument, &environment, console).await {
            Ok(text) => console.out(&text),
            Err(failure) => {
                let message = failure.message.trim_start_matches("error: ");
                console.out(&format!(
                    "{argument}\n  ✗ {}",
                    message.replace('\n', "\n    ")
                ));
                ends.push(failure.end);
            }
        }
    }
    Ok(exit_code(ends))
}

/// What works of one cloud, in lines.
pub async fn examine(
    argument: &str,
    environment: &Environment,
    console: Console,
) -> Result<String, Failure> {
    let profile = clouds::profile(argument, environment, console.colour)?;
    let secrets = clouds::secrets(&profile, environment)?;
    let wire = Wire::new(WireConfig {
        in_flight: profile.limits.in_flight,
        per_second: profile.limits.per_second,
        ca_file: profile.ca_file.clone(),
        started: Instant::now(),
    })
    .map_err(|error| Failure::wrong(error.to_string()))?;
    let begun = Instant::now();
    let session = Session::open(&profile, &secrets, Arc::new(wire), Arc::new(|_| ()))
        .await
        .map_err(|error| Failure::unobserved(error.to_string()))?;
    let login = begun.elapsed();
    let discovery = session.discover(&profile).await;
    let mut text = shown(&profile, &session, &discovery);
    let _ = write!(
        text,
        "\n  login {:.1} s, discovery {:.1} s",
        login.as_secs_f64(),
        begun.elapsed().saturating_sub(login).as_secs_f64()
    );
    Ok(text)
}

fn shown(profile: &Profile, session: &Session, found: &Discovery) -> String {
    let mut text = String::new();
    let target = session.target();
    if profile.untested {
        text.push_str("UNTESTED: this profile was never run against its cloud\n");
    }
    let _ = writeln!(
        text,
        "{}\n  ✓ {} answers, region {}",
        profile.name, target.endpoint, target.region
    );
    let keystone = profile.family == Family::Openstack;
    for (role, user) in &found.users {
        if !keystone {
            let (owner, account) = (user.user_id.as_str(), user.project_id.as_str());
            let told = match (owner, account) {
                ("", "") => "let in, and not named".to_owned(),
                ("", account) => format!("of account {account}"),
                (owner, account) if owner == account => owner.to_owned(),
                (owner, account) => format!("{owner} of account {account}"),
            };
            let _ = writeln!(text, "  ✓ {role} is {told}");
            continue;
        }
        let _ = writeln!(
            text,
            "  ✓ {role} is {} in project {}, roles {}",
            user.user_name,
            user.project_name,
            user.roles.join(", ")
        );
    }
    for role in ["alt", "expendable"] {
        if !found.users.contains_key(role) {
            let _ = writeln!(
                text,
                "  – no user {role}: scenarios that need one are not run"
            );
        }
    }
    for (name, service) in &found.services {
        let versions = match &service.microversion {
            Some((low, high)) => format!(", microversions {low} to {high}"),
            None => String::new(),
        };
        let _ = writeln!(text, "  ✓ {name} at {}{versions}", service.endpoint);
    }
    for (name, why) in &found.unusable {
        let _ = writeln!(text, "  ✗ {name}: {why}");
    }
    if !found.other_services.is_empty() {
        let _ = writeln!(
            text,
            "  – also in the catalog, not looked at: {}",
            found.other_services.join(", ")
        );
    }
    if keystone {
        let _ = writeln!(text, "  ✓ {} network extensions", found.extensions.len());
    }
    for (name, binding) in &found.bindings {
        let _ = writeln!(text, "  ✓ {name} is {} ({})", binding.name, binding.chosen);
    }
    for (name, why) in &found.unbound {
        let _ = writeln!(text, "  ✗ {name}: {why}");
    }
    let absent: Vec<&str> = found
        .capabilities
        .iter()
        .filter(|(_, capability)| matches!(capability, Capability::Absent(_)))
        .filter_map(|(name, _)| name.strip_prefix("service."))
        .collect();
    if !absent.is_empty() {
        let _ = writeln!(text, "  – not in the catalog: {}", absent.join(", "));
    }
    for (name, capability) in &found.capabilities {
        let service = name.split('.').next().unwrap_or(name);
        match capability {
            // what a service would offer that is not there is no news
            _ if absent.contains(&service) || service == "service" => {}
            Capability::Present => {}
            Capability::Absent(why) => {
                let _ = writeln!(text, "  – {name} is absent: {why}");
            }
            Capability::Unknown(why) => {
                let _ = writeln!(text, "  ? {name}: {why}");
            }
        }
    }
    for (service, quotas) in &found.quotas {
        let shown: Vec<String> = quotas
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let _ = writeln!(text, "  quota of {service}: {}", shown.join(", "));
    }
    for gap in &found.gaps {
        let _ = writeln!(text, "  ? {gap}");
    }
    for note in &profile.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    text
}
