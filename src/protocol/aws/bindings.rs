//! Bindings: the image and the instance type that scenarios name without knowing the cloud.

use super::query::Query;
use super::session::Session;
use crate::profile::{BindTo, Profile};
use crate::recording::Binding;
use serde_json::Value;
use std::collections::BTreeMap;

const IMAGE: &str = "image.small";
const TYPE: &str = "flavor.small";
/// What every service that calls itself EC2 had from the beginning.
const FIRST_TYPE: &str = "t2.micro";

/// By name: a binding, or why there is none.
pub(super) type Bound = BTreeMap<String, Result<Binding, String>>;

/// The profile's bindings, then those that it leaves to us.
pub(super) async fn bind(session: &Session, profile: &Profile) -> Bound {
    let mut bound = Bound::new();
    for (name, to) in &profile.bindings {
        let binding = match to {
            BindTo::Named(wanted) if name.starts_with("image.") => {
                named_image(session, wanted).await
            }
            BindTo::Named(wanted) if name.starts_with("flavor.") => {
                Ok(named_type(session, wanted).await)
            }
            // anything else (a zone, say) is its own value
            BindTo::Named(wanted) => Ok(plain(wanted, Value::Null, "profile".to_owned())),
            BindTo::Upload => Err("an image can't be uploaded to EC2: name one".to_owned()),
        };
        bound.insert(name.clone(), binding);
    }
    if !bound.contains_key(IMAGE) {
        let images = Query::new("DescribeImages")
            .with("Filter.1.Name", "state")
            .with("Filter.1.Value.1", "available")
            .items(session, "imagesSet")
            .await;
        let image = images.and_then(|images| smallest_image(&images));
        bound.insert(IMAGE.to_owned(), image);
    }
    if !bound.contains_key(TYPE) {
        let image = bound.get(IMAGE).and_then(|image| image.as_ref().ok());
        let document = image.map_or(Value::Null, |image| image.document.clone());
        let types = Query::new("DescribeInstanceTypes");
        let chosen = match types.items(session, "instanceTypeSet").await {
            Ok(types) => smallest_type(&types, &document),
            Err(why) => Ok(plain(
                FIRST_TYPE,
                Value::Null,
                format!("the usual one: {why}"),
            )),
        };
        bound.insert(TYPE.to_owned(), chosen);
    }
    bound
}

fn plain(id: &str, document: Value, chosen: String) -> Binding {
    Binding {
        id: id.to_owned(),
        name: id.to_owned(),
        document,
        chosen,
    }
}

/// By id, else by name.
async fn named_image(session: &Session, wanted: &str) -> Result<Binding, String> {
    let by_id = Query::new("DescribeImages").with("ImageId.1", wanted);
    let by_name = Query::new("DescribeImages")
        .with("Filter.1.Name", "name")
        .with("Filter.1.Value.1", wanted);
    let mut why = String::new();
    for query in [by_id, by_name] {
        match query.items(session, "imagesSet").await {
            Ok(images) => {
                let is_it = |image: &&Value| {
                    text(image, "imageId") == wanted || text(image, "name") == wanted
                };
                let found: Vec<&Value> = images.iter().filter(is_it).collect();
                match found.as_slice() {
                    [] => {}
                    [image] => return Ok(of_image(image, "profile".to_owned())),
                    many => return Err(format!("{} images are called `{wanted}`", many.len())),
                }
            }
            Err(error) => why = format!(" ({error})"),
        }
    }
    Err(format!(
        "the profile says `{wanted}`, and no image has this id or name{why}"
    ))
}

/// Whether the service lists it or not, the owner says that it is there.
async fn named_type(session: &Session, wanted: &str) -> Binding {
    let query = Query::new("DescribeInstanceTypes").with("InstanceType.1", wanted);
    let types = query.items(session, "instanceTypeSet").await;
    let document = types.ok().and_then(|types| {
        let mut types = types.into_iter();
        types.find(|one| text(one, "instanceType") == wanted)
    });
    plain(wanted, document.unwrap_or_default(), "profile".to_owned())
}

fn text<'d>(document: &'d Value, member: &str) -> &'d str {
    document
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn of_image(image: &Value, chosen: String) -> Binding {
    let id = text(image, "imageId");
    let name = Some(text(image, "name")).filter(|name| !name.is_empty());
    Binding {
        id: id.to_owned(),
        name: name.unwrap_or(id).to_owned(),
        document: image.clone(),
        chosen,
    }
}

/// GiB of the disks that a machine of this image starts with.
fn disk(image: &Value) -> u64 {
    let disks = image
        .pointer("/blockDeviceMapping/item")
        .and_then(Value::as_array);
    let sizes = disks.into_iter().flatten().filter_map(|disk| {
        disk.pointer("/ebs/volumeSize")?
            .as_str()?
            .parse::<u64>()
            .ok()
    });
    sizes.sum()
}

/// The smallest one that a machine starts from and that is no Windows: by disk, then by name.
fn smallest_image(images: &[Value]) -> Result<Binding, String> {
    let fits = |image: &&Value| {
        let kind = text(image, "imageType");
        let state = text(image, "imageState");
        let windows = text(image, "platform").eq_ignore_ascii_case("windows")
            || text(image, "name").to_lowercase().contains("windows");
        (state.is_empty() || state == "available")
            && (kind.is_empty() || kind == "machine")
            && !windows
            && !text(image, "imageId").is_empty()
    };
    let mut fitting: Vec<&Value> = images.iter().filter(fits).collect();
    fitting.sort_by_key(|image| {
        let other = !matches!(text(image, "architecture"), "" | "x86_64");
        let (name, id) = (text(image, "name"), text(image, "imageId"));
        (other, disk(image), name.to_owned(), id.to_owned())
    });
    let image = fitting.first().ok_or("it lists no image that fits")?;
    let chosen = format!(
        "discovery: the smallest disk of {} images, then by name",
        fitting.len()
    );
    Ok(of_image(image, chosen))
}

/// The one with the least memory that runs the image.
fn smallest_type(types: &[Value], image: &Value) -> Result<Binding, String> {
    let strings = |one: &Value, pointer: &str| -> Vec<String> {
        let items = one.pointer(pointer).and_then(Value::as_array);
        let texts = items.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let runs = |one: &&Value| {
        let can = |pointer: &str, wanted: &str| {
            let offered = strings(one, pointer);
            wanted.is_empty() || offered.is_empty() || offered.iter().any(|o| o == wanted)
        };
        !text(one, "instanceType").is_empty()
            && can(
                "/processorInfo/supportedArchitectures/item",
                text(image, "architecture"),
            )
            && can(
                "/supportedVirtualizationTypes/item",
                text(image, "virtualizationType"),
            )
    };
    let number = |one: &Value, pointer: &str| {
        let text = one.pointer(pointer).and_then(Value::as_str);
        text.and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(u64::MAX)
    };
    let mut fitting: Vec<&Value> = types.iter().filter(runs).collect();
    fitting.sort_by_key(|one| {
        let memory = number(one, "/memoryInfo/sizeInMiB");
        let cpus = number(one, "/vCpuInfo/defaultVCpus");
        (memory, cpus, text(one, "instanceType").to_owned())
    });
    let one = fitting
        .first()
        .ok_or_else(|| format!("none of {} instance types runs the image", types.len()))?;
    let chosen = format!(
        "discovery: the least memory of {} that run the image",
        fitting.len()
    );
    Ok(plain(text(one, "instanceType"), (*one).clone(), chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn image(id: &str, name: &str, architecture: &str, size: &str) -> Value {
        json!({ "imageId": id, "name": name, "architecture": architecture, "imageState": "available",
            "imageType": "machine", "virtualizationType": "hvm",
            "blockDeviceMapping": { "item": [{ "ebs": { "volumeSize": size } }] } })
    }

    #[test]
    fn the_small_image_is_the_one_with_the_smallest_disk_that_most_machines_run() {
        let images = [
            image("ami-1", "big", "x86_64", "30"),
            image("ami-2", "arm", "arm64", "1"),
            image("ami-3", "b", "x86_64", "8"),
            image("ami-4", "a", "x86_64", "8"),
            image("ami-5", "Windows_Server", "x86_64", "1"),
        ];
        let chosen = smallest_image(&images).unwrap();
        assert_eq!((chosen.id.as_str(), chosen.name.as_str()), ("ami-4", "a"));
        let mut turned = images.clone();
        turned.reverse();
        assert_eq!(smallest_image(&turned).unwrap(), chosen);
        assert!(smallest_image(&[]).is_err());
    }

    #[test]
    fn the_small_type_has_the_least_memory_and_runs_the_image() {
        let one = |name: &str, memory: &str, architecture: &str| {
            json!({ "instanceType": name, "memoryInfo": { "sizeInMiB": memory },
                "processorInfo": { "supportedArchitectures": { "item": [architecture] } } })
        };
        let types = [
            one("t9.large", "8192", "x86_64"),
            one("t4g.nano", "512", "arm64"),
            one("t3.nano", "512", "x86_64"),
            one("t2.nano", "512", "x86_64"),
        ];
        let image = image("ami-1", "a", "x86_64", "8");
        assert_eq!(smallest_type(&types, &image).unwrap().id, "t2.nano");
        assert_eq!(smallest_type(&types, &Value::Null).unwrap().id, "t2.nano");
        assert!(smallest_type(&types[1..2], &image).is_err());
    }
}
