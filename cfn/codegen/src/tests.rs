//! The generated code against the data as a whole.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use crate::data::{self, Services};
use crate::emit;
use crate::family::{ALWAYS, family_of};
use crate::kind::Kinds;
use crate::plan::Module;

static SERVICES: LazyLock<Services> =
    LazyLock::new(|| data::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../data")).expect("the data is readable"));

static FILES: LazyLock<emit::Files> = LazyLock::new(|| emit::files(&SERVICES).expect("the data is generated from"));

/// Counts the uses of a macro in the files of the services.
fn uses(macro_name: &str) -> usize {
    FILES.values().map(|text| text.lines().filter(|line| line.starts_with(macro_name)).count()).sum()
}

#[test]
fn each_type_of_the_data_is_generated() {
    let resources = SERVICES.values().flatten().count();
    let structures: usize = SERVICES.values().flatten().map(|resource| resource.structures.len()).sum();
    // Of the 9,877 nested types of the specification, 358 occur in read-only attributes alone.
    assert_eq!((SERVICES.len(), resources, structures), (311, 1828, 9519));
    assert_eq!(uses("resource_type! {"), resources);
    assert_eq!(uses("property_type! {"), structures);
    assert_eq!(uses("choices! {"), 3333);
    assert_eq!(Kinds::of(&SERVICES).expect("the corrections fit").len(), 240);
}

#[test]
fn each_property_has_a_setter_or_an_argument() {
    let kinds = Kinds::of(&SERVICES).expect("the corrections fit");
    for resource in SERVICES.values().flatten() {
        let module = Module::of(resource, &kinds);
        assert_eq!(module.setters.len(), resource.properties.len(), "{}", resource.cloudformation_type);
        let owners = module.structures.iter().map(|structure| &structure.setters).chain([&module.setters]);
        for setters in owners {
            let names: BTreeSet<&String> = setters.iter().map(|setter| &setter.name).collect();
            assert_eq!(names.len(), setters.len(), "{}", resource.cloudformation_type);
        }
        for (structure, data) in module.structures.iter().zip(&resource.structures) {
            assert_eq!(structure.setters.len(), data.properties.len(), "{}", structure.name);
        }
    }
}

#[test]
fn each_service_is_in_a_family() {
    for service in SERVICES.keys() {
        assert_eq!(family_of(service).is_none(), service == ALWAYS, "{service}");
    }
}

#[test]
fn generating_twice_gives_the_same() {
    assert!(*FILES == emit::files(&SERVICES).expect("the data is generated from"));
}

#[test]
fn each_file_ends_in_one_newline_and_has_no_trailing_blanks() {
    for (path, text) in &*FILES {
        assert!(text.ends_with("}\n") || text.ends_with(";\n"), "{}", path.display());
        assert!(text.lines().all(|line| line.trim_end() == line), "{}", path.display());
    }
}
