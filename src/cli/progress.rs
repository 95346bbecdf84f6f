//! What a run is doing: a bar a cloud where someone looks, plain lines where not.

use super::console::Console;
use crate::recording::Outcome;
use crate::run::{Counts, Event};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// Without a terminal, a cloud says at most so often where it stands.
const EVERY: Duration = Duration::from_secs(15);

pub struct Progress {
    console: Console,
    bars: MultiProgress,
    clouds: BTreeMap<String, Cloud>,
    /// Lines that were said.
    set_aside: BTreeSet<String>,
}

struct Cloud {
    bar: ProgressBar,
    running: Vec<String>,
    said: Instant,
}

impl Progress {
    pub fn new(console: Console) -> Self {
        Self {
            console,
            bars: MultiProgress::new(),
            clouds: BTreeMap::new(),
            set_aside: BTreeSet::new(),
        }
    }

    /// Until nobody says anything any more.
    pub async fn follow(mut self, mut events: UnboundedReceiver<Event>) {
        while let Some(event) = events.recv().await {
            self.show(event);
        }
        for cloud in self.clouds.values() {
            cloud.bar.finish_and_clear();
        }
    }

    fn show(&mut self, event: Event) {
        match event {
            Event::Opened { cloud } => self.say(&format!("{cloud}: logged in")),
            Event::Failed { cloud, why } => self.say(&format!("error: {cloud}: {why}")),
            Event::Planned(plan) => {
                for side in &plan.sides {
                    self.say(&format!(
                        "{}: {} executions planned",
                        side.name,
                        side.jobs.len()
                    ));
                    self.add(&side.name, side.jobs.len() as u64);
                }
            }
            Event::Started(execution) => {
                if let Some(cloud) = self.clouds.get_mut(&execution.cloud) {
                    cloud.running.push(execution.scenario);
                    cloud.bar.set_message(cloud.running.join(" "));
                }
            }
            Event::Ended {
                execution,
                outcome,
                seconds,
            } => {
                if let Outcome::SetAside(why) = &outcome {
                    let line = format!(
                        "{}: {} set aside: {why}",
                        execution.cloud, execution.scenario
                    );
                    // of a service that fails each time, once is enough
                    if self.set_aside.insert(line.clone()) {
                        self.say(&line);
                    }
                }
                self.ended(
                    &execution.cloud,
                    &execution.scenario,
                    execution.counts,
                    seconds,
                );
            }
            // what is left is told at the end, with its reasons
            Event::Fixture { .. } | Event::LeftBehind { .. } => {}
            Event::Finished { cloud, counts } => {
                if let Some(shown) = self.clouds.get(&cloud) {
                    shown.bar.finish_and_clear();
                }
                self.say(&format!(
                    "{cloud}: {} executions done, {} set aside",
                    counts.done, counts.set_aside
                ));
            }
        }
    }

    fn add(&mut self, name: &str, total: u64) {
        let bar = if self.console.live {
            self.bars.add(ProgressBar::new(total))
        } else {
            ProgressBar::hidden()
        };
        let template = "{prefix} {bar:24} {pos}/{len} {elapsed} {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▌ "));
        }
        bar.set_length(total);
        bar.set_prefix(name.to_owned());
        self.clouds.insert(
            name.to_owned(),
            Cloud {
                bar,
                running: Vec::new(),
                said: Instant::now(),
            },
        );
    }

    fn ended(&mut self, name: &str, scenario: &str, counts: Counts, seconds: f64) {
        let Some(cloud) = self.clouds.get_mut(name) else {
            return;
        };
        if let Some(index) = cloud.running.iter().position(|running| running == scenario) {
            cloud.running.swap_remove(index);
        }
        let total = counts.waiting as u64 + u64::from(counts.running) + u64::from(counts.done);
        cloud.bar.set_length(total);
        cloud.bar.set_position(u64::from(counts.done));
        cloud.bar.set_message(cloud.running.join(" "));
        if !self.console.live && cloud.said.elapsed() > EVERY {
            cloud.said = Instant::now();
            let line = format!(
                "{name}: {}/{total}, last {scenario} in {seconds:.1} s",
                counts.done
            );
            self.console.err(&line);
        }
    }

    fn say(&self, line: &str) {
        if self.console.live {
            let _ = self.bars.println(line);
        } else {
            self.console.err(line);
        }
    }
}
