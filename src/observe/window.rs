//! Reads after a write → for how long they were stale.

use super::execution::answer_parts;
use super::scope::ReadScope;
use crate::recording::{Exchange, Execution, Role};
use crate::scenario::ReadStep;

/// What the reads of one kind saw after one write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub reads: u32,
    pub stale: u32,
    /// From the end of the write to when the last stale read was sent, in microseconds; 0 where none was stale.
    pub last_stale_us: u64,
}

/// `reads` are those of one step, in the order sent.
pub fn observe(
    act: &ReadStep,
    step: &str,
    reads: &[(usize, &Exchange)],
    execution: &Execution,
    scope: &ReadScope<'_>,
) -> Window {
    let written = written(step, reads, execution);
    let mut window = Window::default();
    for (_, exchange) in reads {
        window.reads += 1;
        let fresh = exchange
            .answer
            .as_ref()
            .is_ok_and(|answer| act.fresh.holds(&answer_parts(answer), &scope.names()));
        if !fresh {
            window.stale += 1;
            window.last_stale_us = exchange.timing.at_us.saturating_sub(written);
        }
    }
    window
}

/// When the write ended: the last exchange before the first read that is no read of the same probe.
fn written(step: &str, reads: &[(usize, &Exchange)], execution: &Execution) -> u64 {
    let Some((first, _)) = reads.first() else {
        return 0;
    };
    let siblings = step.rsplit_once('.').map_or("", |(probe, _)| probe);
    let before = execution.exchanges[..*first].iter().rev().find(|exchange| {
        let of_probe = exchange
            .step
            .strip_prefix(siblings)
            .is_some_and(|rest| rest.starts_with('.'));
        exchange.role == Role::Observed && !of_probe
    });
    before.map_or(0, |exchange| {
        exchange.timing.at_us + exchange.timing.done_us
    })
}
