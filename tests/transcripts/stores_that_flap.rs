//! `--repeat auto`: what three repeats would call a difference is run again, alone, until it is seen to flap.

use crate::program::Desk;
use crate::store::{Store, Wrong};

#[test]
fn what_is_in_doubt_is_run_again_and_nothing_else() {
    let (steady, flapping) = (Store::with(Wrong::Nothing), Store::with(Wrong::Flaps));
    let mut desk = Desk::new();
    desk.profile_of_store("private", &steady);
    desk.profile_of_store("public", &flapping);
    let both =
        "diff private.toml public.toml --scenarios SUITE -s s3/bucket/short -s s3/multipart/short";
    let told = desk.run(&format!("{both} -n auto --out out"));
    assert_eq!(told.code, 0, "{}", told.text);
    assert_eq!((steady.buckets(), flapping.buckets()), (vec![], vec![]));
    insta::assert_snapshot!(told.text);
}

#[test]
fn three_repeats_that_nobody_confirms_say_that_they_tell_nothing() {
    let (steady, flapping) = (Store::with(Wrong::Nothing), Store::with(Wrong::Flaps));
    let mut desk = Desk::new();
    desk.profile_of_store("private", &steady);
    desk.profile_of_store("public", &flapping);
    let one = "diff private.toml public.toml --scenarios SUITE -s s3/bucket/short";
    let told = desk.run(&format!("{one} -n 3 --no-confirm --summary --out out"));
    assert_eq!(told.code, 0, "{}", told.text);
    assert!(told.text.contains("unconfirmed"), "{}", told.text);
}
