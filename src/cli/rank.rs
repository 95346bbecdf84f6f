//! `interop rank`.

use super::args::RankArguments;
use super::clouds;
use super::console::Console;
use super::diff::{self, typed};
use super::failure::Failure;
use super::known;
use super::noise;
use super::outputs::style;
use super::reading::{self, Choices};
use super::shown::show;
use super::surroundings;
use crate::judge::{DEFAULT_WEIGHTS, End, Impact, Weights, exit_code};
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
    let as_of = known::as_of(arguments.as_of.as_deref())?;
    let choices = Choices {
        waivers: known::waivers(&arguments.waivers, &as_of, &environment)?,
        baseline: None,
        as_of,
        fail_on: Impact::Breaks,
        untested: vec![],
    };
    let mut sides = clouds::sides(&arguments.clouds, &environment, console.colour)?;
    let noise = noise::found(
        &typed(&arguments.clouds, &sides),
        &arguments.noise,
        &environment,
    )?;
    let names = diff::names(&mut sides);
    let (recordings, ends) = diff::observed(
        &sides,
        &names,
        &arguments.select,
        &arguments.run,
        (&noise, &arguments.noise),
        (&environment, console),
    )
    .await?;
    let first = recordings.first().map(|r| r.header().cloud.name.as_str());
    if recordings.len() < 2 || first != names.first().map(String::as_str) {
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
