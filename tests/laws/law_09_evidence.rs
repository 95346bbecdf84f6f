//! Every difference stands on exchanges that are in the recordings.

use crate::data;

#[test]
fn every_difference_names_an_exchange_of_its_step_on_both_sides() {
    let recordings = [data::open("lab-zed.rec"), data::open("lab-new.rec")];
    let result = data::compared(&recordings);
    let all = result.pairs[0]
        .differences
        .iter()
        .chain(&result.pairs[0].unconfirmed);
    let mut seen = 0;
    for difference in all {
        for (recording, evidence) in recordings
            .iter()
            .zip([&difference.evidence.0, &difference.evidence.1])
        {
            let executions = recording.executions(&difference.scenario).unwrap();
            let execution = executions
                .iter()
                .find(|e| e.round == evidence.round && e.repeat == evidence.repeat)
                .unwrap_or_else(|| panic!("no execution for {difference:?}"));
            let exchange = &execution.exchanges[evidence.exchange.unwrap()];
            assert_eq!(exchange.step, difference.step);
            assert_eq!(exchange.rows, difference.rows);
        }
        seen += 1;
    }
    assert!(seen > 0);
}
