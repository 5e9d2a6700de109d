//! A real PostgreSQL server.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use data_processor::store::Key;
use rustix::process::{Pid, Signal, getuid, kill_process};
use tokio_postgres::SimpleQueryMessage;

use crate::scratch::Scratch;
use crate::tools;

/// A server with a database of its own, on a port of its own; stopped when it is dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    scratch: Scratch,
    port: u16,
    password: String,
    process: Option<Child>,
}

/// PostgreSQL refuses to run as root: `nobody` does.
const NOBODY: u32 = 65534;

impl Postgres {
    pub(crate) async fn start(case: &str) -> Option<Self> {
        let programs = tools::find_or_skip(case, "postgres/native/bin")?;
        let mut server = Self {
            programs,
            scratch: Scratch::new(case),
            port: tools::free_port(),
            password: Key::generate().to_string(),
            process: None,
        };
        let folder = server.scratch.path();
        let password = folder.join("password");
        fs::write(&password, &server.password).expect("the scratch folder is writable");
        if getuid().is_root() {
            chown(folder, Some(NOBODY), Some(NOBODY)).expect("root may do that");
            chown(&password, Some(NOBODY), Some(NOBODY)).expect("root may do that");
        }
        let made = server
            .command("initdb")
            .args(["--username=app", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .arg(format!("--pwfile={}", password.display()))
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.run().await;
        Some(server)
    }

    /// Gives a file to whom the server runs as, and to nobody else.
    pub(crate) fn give(&self, path: &Path) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is our file");
        if getuid().is_root() {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("root may do that");
        }
    }

    fn command(&self, program: &str) -> Command {
        let folder = self.scratch.path();
        let mut command = Command::new(self.programs.join(program));
        command.arg("-D").arg(folder.join("data")).current_dir(folder).env_clear().stdin(Stdio::null());
        if getuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// Starts the server where it does not run, and waits until it accepts connections.
    pub(crate) async fn run(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.scratch.path().join("log"))
            .expect("the scratch folder is writable");
        for _ in 0..200 {
            let ended = match &mut self.process {
                Some(process) => process.try_wait().expect("it is our child").is_some(),
                None => true,
            };
            if ended {
                // What is left of one that was killed may still hold the data for a moment.
                let process = self
                    .command("postgres")
                    .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-k", ""])
                    .stdout(Stdio::null())
                    .stderr(log.try_clone().expect("a file can be opened twice"))
                    .spawn()
                    .expect("postgres starts");
                self.process = Some(process);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            if fs::read_to_string(self.scratch.path().join("data/postmaster.pid"))
                .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
                && TcpStream::connect(("127.0.0.1", self.port)).is_ok()
            {
                return;
            }
        }
        panic!(
            "PostgreSQL does not start: {}",
            fs::read_to_string(self.scratch.path().join("log")).unwrap_or_default()
        );
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its URL, without the password.
    pub(crate) fn url(&self, parameters: &str) -> String {
        Self::url_at(self.port, parameters)
    }

    pub(crate) fn url_at(port: u16, parameters: &str) -> String {
        format!("postgres://app@127.0.0.1:{port}/postgres?{parameters}")
    }

    pub(crate) fn variables(&self) -> [(&'static str, String); 1] {
        [("PGPASSWORD", self.password.clone())]
    }

    /// Its folder, with the server's own in `data`.
    pub(crate) fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// Runs statements as the owner of everything.
    pub(crate) async fn execute(&self, statements: &str) {
        self.ask(statements).await;
    }

    /// Runs statements as the owner of everything and returns the first column of all rows.
    pub(crate) async fn ask(&self, statements: &str) -> Vec<String> {
        let (client, connection) = tokio_postgres::Config::new()
            .host("127.0.0.1")
            .port(self.port)
            .user("app")
            .dbname("postgres")
            .password(&self.password)
            .connect(tokio_postgres::NoTls)
            .await
            .expect("the server is there");
        let connection = tokio::spawn(connection);
        let answers = client.simple_query(statements).await.expect("the statements are valid");
        drop(client);
        connection.await.expect("no panic").expect("it ends in order");
        let first = |answer: &SimpleQueryMessage| match answer {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        answers.iter().filter_map(first).collect()
    }

    /// Sends a signal to the server and all its processes.
    pub(crate) fn signal(&self, signal: Signal) {
        let Some(process) = &self.process else { return };
        let server = i32::try_from(process.id()).expect("process ids are small");
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap_or_default();
        for id in std::iter::once(server).chain(children.split_whitespace().flat_map(str::parse)) {
            // One may have ended by itself.
            _ = kill_process(Pid::from_raw(id).expect("not zero"), signal);
        }
    }

    /// Ends the server at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        if let Some(mut process) = self.process.take() {
            _ = process.wait();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.signal(Signal::CONT);
        self.kill();
    }
}
