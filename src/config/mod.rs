//! The configuration: schema, layered load, per-field errors, watch.

mod agent;
mod load;
mod notes;
mod paths;
mod problem;
mod publish;
pub mod schema;
mod values;
mod watch;
mod way;

use std::path::Path;

pub use agent::{Agent, AgentMode, PluginRights};
pub use load::{Loaded, line_of_key, load, load_keeping, parse};
pub use notes::Notes;
pub use paths::Paths;
pub use problem::{Problem, line_of, nearest};
pub use publish::schema_json;
pub use schema::{Config, Key, Mode, Price, Provider, Renderer, Wire};
pub use watch::watch;
pub use way::{Dangling, dangling};

use crate::model::{Fault, FaultKind};

/// The commented default file; all of it is commented out but the section headers.
pub const DEFAULT_FILE: &str = include_str!("../../assets/config.toml");

/// Writes the commented default file, with its folders; never over one that is there.
pub fn write_default(path: &Path) -> Result<(), Fault> {
    let fault = |error: std::io::Error| {
        Fault::new(
            FaultKind::Storage,
            format!("{} can't be written", path.display()),
            format!("{error}. Check who may write in its folder, or set NERVA_CONFIG to another file."),
        )
    };
    if let Some(link) = dangling(path) {
        return Err(Fault::new(
            FaultKind::Config,
            format!("{} can't be written", path.display()),
            format!("{link}. Put there what belongs there, or remove the link."),
        ));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    let mut file = std::fs::File::create_new(path).map_err(fault)?;
    std::io::Write::write_all(&mut file, DEFAULT_FILE.as_bytes()).map_err(fault)
}
