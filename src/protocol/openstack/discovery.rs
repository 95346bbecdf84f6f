//! What is known of a cloud before any scenario runs. Asks only; makes nothing.

use super::asking::Asker;
use super::bindings::bind;
use super::offers::ask_offers;
use super::probes::ask_capabilities;
use super::quotas::ask_quotas;
use super::session::Session;
use super::versions::ask_versions;
use crate::profile::Profile;
use crate::recording::Discovery;
use serde_json::Value;

/// Asks a cloud about itself, as `main`. What it doesn't answer is a gap with a reason, never an error.
pub async fn discover(session: &Session, profile: &Profile) -> Discovery {
    let asker = Asker { session };
    let mut services = session.services();
    let found = services.clone();
    let mut gaps = Vec::new();
    let ((), extensions, (quotas, quota_gaps), offers, capabilities) = tokio::join!(
        ask_versions(asker, &mut services, &mut gaps),
        ask_extensions(asker),
        ask_quotas(asker),
        ask_offers(asker),
        ask_capabilities(asker, &found),
    );
    let (offered, offer_gaps) = offers.names();
    gaps.extend(quota_gaps);
    gaps.extend(offer_gaps);
    let extensions = extensions.unwrap_or_else(|why| {
        gaps.push(format!("network extensions: {why}"));
        Vec::new()
    });
    let mut discovery = Discovery {
        services,
        unusable: session.unusable_services(),
        other_services: session.other_services(),
        extensions,
        users: session
            .users()
            .map(|(role, user)| (role.to_owned(), user.clone()))
            .collect(),
        quotas,
        offers: offered,
        capabilities,
        gaps,
        ..Discovery::default()
    };
    for (name, bound) in bind(asker, &offers, profile).await {
        match bound {
            Ok(binding) => drop(discovery.bindings.insert(name, binding)),
            Err(why) => drop(discovery.unbound.insert(name, why)),
        }
    }
    discovery
}

/// Aliases, sorted.
async fn ask_extensions(asker: Asker<'_>) -> Result<Vec<String>, String> {
    let extensions = asker.list("network", "/extensions", "extensions").await?;
    let alias = |extension: &Value| extension.get("alias")?.as_str().map(str::to_owned);
    let mut aliases: Vec<String> = extensions.iter().filter_map(alias).collect();
    aliases.sort();
    aliases.dedup();
    Ok(aliases)
}
