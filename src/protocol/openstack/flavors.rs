//! Flavors: which of them is the smallest that does, and which the next one up.

use serde_json::Value;

/// What choosing looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flavor<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// MiB
    pub ram: u64,
    /// GiB; 0: none of its own, a server boots from a volume.
    pub disk: u64,
    pub vcpus: u64,
    pub document: &'a Value,
}

/// What an image asks of a flavor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// MiB
    pub ram: u64,
    /// GiB
    pub disk: u64,
}

impl Needs {
    pub(super) fn of(image: &Value) -> Self {
        let number = |name: &str| image.get(name).and_then(Value::as_u64).unwrap_or(0);
        let size = number("virtual_size").max(number("size"));
        Self {
            ram: number("min_ram"),
            disk: number("min_disk").max(size.div_ceil(1 << 30)),
        }
    }
}

impl<'a> Flavor<'a> {
    /// `None`: disabled, or not a flavor's document.
    pub(super) fn read(document: &'a Value) -> Option<Self> {
        let number = |name: &str| document.get(name)?.as_u64();
        let text = |name: &str| document.get(name)?.as_str();
        let disabled = document.get("OS-FLV-DISABLED:disabled");
        if disabled.and_then(Value::as_bool) == Some(true) {
            return None;
        }
        Some(Self {
            id: text("id")?,
            // From microversion 2.47 on embedded flavors say `original_name`.
            name: text("name")?,
            ram: number("ram")?,
            disk: number("disk")?,
            vcpus: number("vcpus")?,
            document,
        })
    }

    fn order(&self) -> (u64, u64, u64, &str, &str) {
        (self.ram, self.disk, self.vcpus, self.name, self.id)
    }

    fn size(&self) -> String {
        format!(
            "{} MiB RAM, {} GiB disk, {} vCPU",
            self.ram, self.disk, self.vcpus
        )
    }
}

/// The smallest flavor that an image fits, and how it was chosen.
pub(super) fn smallest(documents: &[Value], needs: Needs) -> Result<(Flavor<'_>, String), String> {
    let flavors = documents.iter().filter_map(Flavor::read);
    let fits = |flavor: &Flavor| {
        flavor.ram >= needs.ram && (flavor.disk == 0 || flavor.disk >= needs.disk)
    };
    let mut fitting: Vec<Flavor> = flavors.filter(fits).collect();
    // By default nova lets only administrators boot an image on a flavor without a disk.
    fitting.sort_by(|a, b| (a.disk == 0, a.order()).cmp(&(b.disk == 0, b.order())));
    let count = fitting.len();
    let Some(flavor) = fitting.into_iter().next() else {
        return Err(format!(
            "none of {} flavors has {} MiB RAM and {} GiB disk, which image.small needs",
            documents.len(),
            needs.ram,
            needs.disk
        ));
    };
    let mut chosen = format!(
        "least RAM, then disk, then vCPUs of {count} flavors that image.small fits ({})",
        flavor.size()
    );
    if flavor.disk == 0 {
        chosen.push_str("; no flavor has a disk of its own");
    }
    Ok((flavor, chosen))
}

/// The next flavor that is smaller in nothing, so that a server can be resized to it.
pub(super) fn next_up<'a>(
    documents: &'a [Value],
    small: &Flavor,
) -> Result<(Flavor<'a>, String), String> {
    let flavors = documents.iter().filter_map(Flavor::read);
    let larger = |flavor: &Flavor| {
        let same = (flavor.ram, flavor.disk, flavor.vcpus) == (small.ram, small.disk, small.vcpus);
        let smaller = flavor.ram < small.ram
            || flavor.disk < small.disk
            || flavor.vcpus < small.vcpus
            || (flavor.disk > 0 && small.disk == 0);
        flavor.id != small.id && !same && !smaller
    };
    let flavor = flavors
        .filter(larger)
        .min_by(|a, b| a.order().cmp(&b.order()))
        .ok_or_else(|| {
            format!(
                "no flavor is larger than flavor.small ({}) and smaller in nothing",
                small.size()
            )
        })?;
    let chosen = format!("the next one up from flavor.small ({})", flavor.size());
    Ok((flavor, chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn flavor(id: &str, ram: u64, disk: u64, vcpus: u64) -> Value {
        json!({ "id": id, "name": id, "ram": ram, "disk": disk, "vcpus": vcpus })
    }

    #[test]
    fn the_smallest_that_fits_is_chosen_whatever_the_order() {
        let mut flavors = vec![
            flavor("big", 4096, 40, 2),
            flavor("diskless", 256, 0, 1),
            flavor("tiny", 512, 1, 1),
            flavor("two-cores", 2048, 20, 2),
            flavor("one-core", 2048, 20, 1),
        ];
        let mut disabled = flavor("disabled", 1, 1, 1);
        disabled["OS-FLV-DISABLED:disabled"] = json!(true);
        flavors.push(disabled);
        for _ in 0..flavors.len() {
            flavors.rotate_left(1);
            let id = |needs| smallest(&flavors, needs).unwrap().0.id;
            assert_eq!(id(Needs::default()), "tiny");
            assert_eq!(id(Needs { ram: 600, disk: 0 }), "one-core");
            assert_eq!(id(Needs { ram: 0, disk: 30 }), "big");
            let small = smallest(&flavors, Needs::default()).unwrap().0;
            let medium = next_up(&flavors, &small).unwrap().0;
            assert_eq!(medium.id, "one-core");
            assert_eq!(next_up(&flavors, &medium).unwrap().0.id, "two-cores");
        }
    }

    #[test]
    fn a_flavor_without_disk_is_the_last_resort_and_said_to_be_so() {
        let flavors = [flavor("a", 512, 0, 1), flavor("b", 1024, 0, 1)];
        let (small, chosen) = smallest(&flavors, Needs { ram: 0, disk: 5 }).unwrap();
        assert_eq!(small.id, "a");
        assert!(chosen.contains("no flavor has a disk"), "{chosen}");
        assert_eq!(next_up(&flavors, &small).unwrap().0.id, "b");
    }

    #[test]
    fn where_none_does_the_reason_is_said() {
        let flavors = [flavor("a", 512, 1, 1), json!(null), json!({ "id": 1 })];
        let why = smallest(&flavors, Needs { ram: 9999, disk: 2 }).unwrap_err();
        assert!(why.contains("9999 MiB"), "{why}");
        let small = Flavor::read(&flavors[0]).unwrap();
        assert!(
            next_up(&flavors, &small)
                .unwrap_err()
                .contains("no flavor is larger")
        );
    }

    #[test]
    fn an_image_needs_its_minimum_or_its_size() {
        let image =
            json!({ "min_ram": 64, "min_disk": 1, "size": 5, "virtual_size": (1_u64 << 31) + 1 });
        assert_eq!(Needs::of(&image), Needs { ram: 64, disk: 3 });
        assert_eq!(Needs::of(&json!({ "size": null })), Needs::default());
    }
}
