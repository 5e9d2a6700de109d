//! The container that puts files and directories in place before the others start.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::config_file::{ConfigFile, Contents, Owner, WritableDirectory};
use super::container_definition::{ContainerCondition, ContainerDefinition};
use super::container_image::ContainerImage;
use super::linux::Capability;
use super::volume::{MountPoint, Volume};
use crate::iam::{Grant, PolicyStatement};
use crate::scope::Scope;
use crate::size::Size;

/// The name of the container.
const NAME: &str = "prepare-files";

/// Where that container has the volumes that the others have elsewhere.
const ROOT: &str = "/prepared";

/// A shell and the few programs that the script needs, 2 MB.
const SHELL_IMAGE: &str = "public.ecr.aws/docker/library/busybox:1.37.0";

/// The same with a client for S3, for tasks with assets.
const S3_IMAGE: &str = "public.ecr.aws/aws-cli/aws-cli:2.36.42";

/// Directories in which an image keeps what it cannot do without. A volume there would hide it.
const NOT_TO_HIDE: [&str; 20] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/opt",
    "/proc",
    "/root",
    "/sbin",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/sbin",
    "/var",
];

/// What giving files away takes, and nothing else of what root can do.
const ALL_BUT_CHOWN: [Capability; 13] = [
    Capability::AuditWrite,
    Capability::DacOverride,
    Capability::Fowner,
    Capability::Fsetid,
    Capability::Kill,
    Capability::Mknod,
    Capability::NetBindService,
    Capability::NetRaw,
    Capability::Setfcap,
    Capability::Setgid,
    Capability::Setpcap,
    Capability::Setuid,
    Capability::SysChroot,
];

/// What the containers' files and directories come to.
#[derive(Debug, Default)]
pub(super) struct Preparation {
    /// The container that runs first, if there is anything to do.
    pub(super) container: Option<ContainerDefinition>,
    /// The name of the container whose log it shares, which is the first that it does something for.
    pub(super) logs_with: String,
    /// The volumes between it and the others.
    pub(super) volumes: Vec<Volume>,
    /// What the task role needs to fetch the assets.
    pub(super) grant: Grant,
}

/// Takes the files and directories out of the containers, gives the containers volumes for them, and returns what is
/// needed beside. What is wrong is reported in the scope of the task definition.
pub(super) fn prepare(
    containers: &mut [ContainerDefinition],
    volumes: &[Volume],
    image: Option<ContainerImage>,
    scope: &mut Scope<'_>,
) -> Preparation {
    let mut result = Preparation::default();
    let mut script = Script::new();
    let mut taken: BTreeSet<String> = volumes.iter().map(|volume| volume.name().to_owned()).collect();
    for container in containers {
        let mut files = std::mem::take(&mut container.files);
        let mut directories = std::mem::take(&mut container.directories);
        if files.is_empty() && directories.is_empty() {
            continue;
        }
        check(container, &mut files, &mut directories, scope);
        let user = numeric_user(container.user.as_deref());
        let mut places = places(&container.name, &files, &directories, &mut taken);
        for directory in directories {
            let Some(place) = places.iter_mut().find(|place| place.path == directory.path) else { continue };
            let owner = directory.owner.or(user).unwrap_or(Owner::ROOT);
            // Fargate makes volumes just so.
            if (owner, directory.mode) != (Owner::ROOT, 0o755) {
                place.prepared = true;
                script.finish_directory(&format!("{ROOT}/{}", place.volume), directory.mode, owner);
            }
        }
        for file in files {
            let around = places.iter_mut().filter(|place| place.holds(&file.path));
            let Some(place) = around.max_by_key(|place| place.path.len()) else { continue };
            place.prepared = true;
            let target = format!("{ROOT}/{}{}", place.volume, &file.path[place.path.len()..]);
            script.put(&target, file.contents, scope, &mut result.grant);
            // What everyone may read can stay root's: nobody else can change it, not even through another mount.
            let reader = user.filter(|_| file.mode & 0o004 == 0);
            script.finish_file(&target, file.mode, file.owner.or(reader).unwrap_or(Owner::ROOT));
        }
        if places.iter().any(|place| place.prepared) {
            container.dependencies.push((NAME.to_owned(), ContainerCondition::Success));
            if result.logs_with.is_empty() {
                result.logs_with.clone_from(&container.name);
            }
        }
        for Place { path, volume, read_only, prepared } in places {
            if prepared {
                let path = format!("{ROOT}/{volume}");
                script.worker.mount_points.push(MountPoint { volume: volume.clone(), path, read_only: false });
            }
            result.volumes.push(Volume::ephemeral(volume.clone()));
            container.mount_points.push(MountPoint { volume, path, read_only });
        }
    }
    result.container = script.into_container(image);
    result
}

/// Reports what cannot be, and takes it out.
fn check(
    container: &ContainerDefinition,
    files: &mut Vec<ConfigFile>,
    directories: &mut Vec<WritableDirectory>,
    scope: &mut Scope<'_>,
) {
    let name = &container.name;
    let mut seen = BTreeSet::new();
    files.retain(|file| {
        let path = &file.path;
        let mut complaint = path_complaint(path);
        if complaint.is_none() && NOT_TO_HIDE.contains(&parent(path)) {
            complaint = Some(format!(
                "would hide what the image has in `{}`: put it into a directory of its own, such as `{}/{name}`",
                parent(path),
                parent(path).trim_end_matches('/')
            ));
        }
        if complaint.is_none() && !seen.insert(path.clone()) {
            complaint = Some("is there twice".to_owned());
        }
        if file.mode > 0o777 {
            complaint = Some(format!("has a mode of 0 to 0o777, got {:#o}", file.mode));
        }
        if let Some(complaint) = &complaint {
            scope.problem(format!("the file `{path}` of container `{name}` {complaint}"));
        }
        complaint.is_none()
    });
    let named_user = container.user.as_deref().filter(|user| numeric_user(Some(user)).is_none());
    directories.retain(|directory| {
        let path = &directory.path;
        let mut complaint = path_complaint(path);
        if complaint.is_none() && NOT_TO_HIDE.contains(&path.as_str()) {
            complaint = Some("would hide what the image has there: take one below it".to_owned());
        }
        if complaint.is_none() && !seen.insert(path.clone()) {
            complaint = Some("is there twice".to_owned());
        }
        if directory.mode > 0o1777 {
            complaint = Some(format!("has a mode of 0 to 0o1777, got {:#o}", directory.mode));
        }
        if let (Some(user), None) = (named_user, directory.owner) {
            complaint = Some(format!("needs an owner by number, since only the image knows who `{user}` is"));
        }
        if let Some(complaint) = &complaint {
            scope.problem(format!("the directory `{path}` of container `{name}` {complaint}"));
        }
        complaint.is_none()
    });
}

fn path_complaint(path: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/@+=,:".contains(&byte);
    let component = |component: &str| !component.is_empty() && component != "." && component != "..";
    let fits = path.len() <= 1_024
        && path.bytes().all(legal)
        && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(component));
    (!fits).then(|| {
        "is an absolute path of letters, digits and `._-@+=,:`, without `.`, `..` or a `/` at its end".to_owned()
    })
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// Returns who `uid` or `uid:gid` is. Docker takes group 0 where none is given.
fn numeric_user(user: Option<&str>) -> Option<Owner> {
    let (uid, gid) = user?.split_once(':').unwrap_or((user?, "0"));
    Some(Owner { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
}

/// A directory of one container that is a volume of its own.
#[derive(Debug)]
struct Place {
    path: String,
    volume: String,
    read_only: bool,
    /// Whether something must be done in it before the container starts.
    prepared: bool,
}

impl Place {
    fn holds(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// Returns the directories that have to be volumes, the outer before the inner ones.
fn places(
    container: &str,
    files: &[ConfigFile],
    directories: &[WritableDirectory],
    taken: &mut BTreeSet<String>,
) -> Vec<Place> {
    let writable: BTreeSet<&str> = directories.iter().map(|directory| directory.path.as_str()).collect();
    let mut paths = writable.clone();
    // In alphabetical order a directory comes before those in it.
    for directory in files.iter().map(|file| parent(&file.path)).collect::<BTreeSet<_>>() {
        let inside = |outer: &str| directory.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        if !paths.iter().any(|outer| inside(outer)) {
            paths.insert(directory);
        }
    }
    let mut places = Vec::new();
    for path in paths {
        let base: String = format!("{container}{path}")
            .chars()
            .map(|character| if character.is_ascii_alphanumeric() || character == '_' { character } else { '-' })
            .take(240)
            .collect();
        let mut volume = base.clone();
        let mut count = 1;
        while !taken.insert(volume.clone()) {
            count += 1;
            volume = format!("{base}-{count}");
        }
        places.push(Place { path: path.to_owned(), volume, read_only: !writable.contains(path), prepared: false });
    }
    places
}

/// The container that runs first and its script, while they are being put together.
#[derive(Debug)]
struct Script {
    worker: ContainerDefinition,
    make: String,
    finish_files: String,
    finish_directories: String,
    variables: usize,
    gives_away: bool,
    fetches: bool,
}

impl Script {
    fn new() -> Self {
        Self {
            worker: ContainerDefinition::new(NAME, ContainerImage::registry(SHELL_IMAGE)).essential(false),
            make: String::new(),
            finish_files: String::new(),
            finish_directories: String::new(),
            variables: 0,
            gives_away: false,
            fetches: false,
        }
    }

    /// Writes the contents to `target`. They come through the environment, where no shell looks into them.
    fn put(&mut self, target: &str, contents: Contents, scope: &mut Scope<'_>, grant: &mut Grant) {
        let make_parent = format!("mkdir -p '{}'", parent(target));
        let is_volume = parent(parent(target)) == ROOT;
        if !is_volume && !self.make.lines().any(|line| line == make_parent) {
            line(&mut self.make, format_args!("{make_parent}"));
        }
        self.write(target, ">", contents, scope, grant);
    }

    /// Writes the contents to `target` (`>`), or after what is there (`>>`).
    fn write(&mut self, target: &str, to: &str, contents: Contents, scope: &mut Scope<'_>, grant: &mut Grant) {
        if let Contents::Parts(parts) = contents {
            for (index, part) in parts.into_iter().enumerate() {
                self.write(target, if index == 0 { to } else { ">>" }, part, scope, grant);
            }
            return;
        }
        self.variables += 1;
        let variable = format!("FILE_{}", self.variables);
        match contents {
            Contents::Text(text) => {
                line(&mut self.make, format_args!("printf %s \"${{{variable}-}}\" {to} '{target}'"));
                self.worker.environment.push((variable, text));
            }
            Contents::Secret(secret) => {
                line(&mut self.make, format_args!("printf %s \"${{{variable}-}}\" {to} '{target}'"));
                self.worker.secrets.push((variable, secret));
            }
            Contents::Asset(asset) => {
                if asset.is_archive() {
                    scope.problem("a directory is published as an archive: give a file as the asset of a file");
                }
                let location = scope.asset(asset);
                let read = PolicyStatement::allow(["s3:GetObject"]).on(location.object_arn());
                *grant = std::mem::take(grant).and(read.into());
                let fetched = if to == ">" { format!("'{target}'") } else { format!("- {to} '{target}'") };
                line(&mut self.make, format_args!("aws s3 cp --only-show-errors \"${variable}\" {fetched}"));
                self.worker.environment.push((variable, location.s3_url()));
                self.fetches = true;
            }
            // Taken apart above.
            Contents::Parts(_) => {}
        }
    }

    fn finish_file(&mut self, target: &str, mode: u16, owner: Owner) {
        self.gives_away |= owner != Owner::ROOT;
        finish(&mut self.finish_files, target, mode, owner);
    }

    fn finish_directory(&mut self, target: &str, mode: u16, owner: Owner) {
        self.gives_away |= owner != Owner::ROOT;
        finish(&mut self.finish_directories, target, mode, owner);
    }

    fn into_container(self, image: Option<ContainerImage>) -> Option<ContainerDefinition> {
        let mut worker = self.worker;
        if worker.mount_points.is_empty() {
            return None;
        }
        worker.image =
            image.unwrap_or_else(|| ContainerImage::registry(if self.fetches { S3_IMAGE } else { SHELL_IMAGE }));
        // The AWS command line wants more than a shell does.
        worker.memory_limit = Some(Size::mebibytes(if self.fetches { 256 } else { 64 }));
        let dropped = if self.gives_away { &ALL_BUT_CHOWN[..] } else { &[Capability::All][..] };
        let script = format!("set -eu\numask 022\n{}{}{}", self.make, self.finish_files, self.finish_directories);
        let worker = worker.user("0").drop_capabilities(dropped.iter().copied());
        Some(worker.entry_point(["sh", "-c"]).command([script]))
    }
}

/// Gives what is at `target` its mode, and then its owner: afterwards root, without its powers, could do nothing to it.
/// That is also why directories come after the files in them.
fn finish(lines: &mut String, target: &str, mode: u16, owner: Owner) {
    line(lines, format_args!("chmod {mode:o} '{target}'"));
    if owner != Owner::ROOT {
        line(lines, format_args!("chown {}:{} '{target}'", owner.uid, owner.gid));
    }
}

fn line(lines: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(lines, "{text}");
}
