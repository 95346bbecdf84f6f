//! New and removed scenario files are seen: the files themselves are embedded by `include_dir`.

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
}
