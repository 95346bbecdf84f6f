//! `interop rank`.

use super::args::RankArguments;
use super::console::Console;
use super::diff;
use super::failure::Failure;
use super::known;
use super::outputs::style;
use super::reading;
use super::shown::show;
use super::sides::Sides;
use super::surroundings;
use crate::judge::{DEFAULT_WEIGHTS, End, Weights, exit_code};
use crate::profile::Environment;
use crate::report;

pub async fn run(arguments: &RankArguments, console: Console) -> Result<u8, Failure> {
    let environment = surroundings::environment();
    let weights = weights(arguments, &environment)?;
    if arguments.print_weights {
        // as they are written, with what they mean
        let text = match &arguments.weights {
            Some(path) => known::text(path, &environment)?,
            None => DEFAULT_WEIGHTS.to_owned(),
        };
        console.out(&text);
        return Ok(0);
    }
    let choices = known::choices(&arguments.accept, &environment)?;
    let observe = &arguments.observe;
    let sides = Sides::of(&arguments.clouds, &observe.noise, &environment, console)?;
    let (recordings, ran) = diff::observed(&sides, observe, &environment, console).await?;
    let ends = ran.ends();
    let first = recordings.first().map(|r| r.header().cloud.name.as_str());
    if recordings.len() < 2 || first != sides.names.first().map(String::as_str) {
        console.err("nothing to rank: here and one candidate at least must be observed");
        return Ok(exit_code(ends.into_iter().chain([End::Unobserved])));
    }
    let ranking = reading::ranking(&recordings, &choices, &weights)
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    let most = if arguments.show.full {
        usize::MAX
    } else {
        report::REASONS
    };
    let text = report::ranking(&ranking, style(console), most);
    show(&ranking, text, &arguments.show, console)?;
    // none of them could be told from the others
    let unranked = ranking.candidates.iter().all(|c| c.rank.is_none());
    Ok(exit_code(
        ends.into_iter().chain(unranked.then_some(End::Unobserved)),
    ))
}

fn weights(arguments: &RankArguments, environment: &Environment) -> Result<Weights, Failure> {
    let default = Weights::embedded().map_err(|error| Failure::internal(error.to_string()))?;
    let Some(path) = &arguments.weights else {
        return Ok(default);
    };
    let text = known::text(path, environment)?;
    default
        .with(&path.display().to_string(), &text)
        .map_err(|error| Failure::wrong(format!("error: {error}")))
}
