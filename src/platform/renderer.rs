//! Which renderer draws the overlay, and the environment that iced and wgpu read for it.

use std::os::unix::process::CommandExt as _;
use std::path::Path;

use crate::config::Renderer;
use crate::model::{Availability, Backend};

/// Decides between GPU and software. `ICED_BACKEND` (`wgpu,tiny-skia` or `tiny-skia`) wins over the configuration.
///
/// A software Vulkan driver is slower than the software renderer and takes ten times its memory, so `auto` asks for a
/// render node of the kernel.
pub fn choose(configured: Renderer) -> Renderer {
    decide(configured, std::env::var("ICED_BACKEND").ok().as_deref(), has_render_node(Path::new("/dev/dri")))
}

fn decide(configured: Renderer, backend: Option<&str>, render_node: bool) -> Renderer {
    match (backend, configured) {
        (Some("wgpu" | "wgpu,tiny-skia"), _) => Renderer::Gpu,
        (Some("tiny-skia"), _) => Renderer::Software,
        (_, Renderer::Gpu) => Renderer::Gpu,
        (_, Renderer::Software) => Renderer::Software,
        (_, Renderer::Auto) if render_node => Renderer::Gpu,
        (_, Renderer::Auto) => Renderer::Software,
    }
}

fn has_render_node(folder: &Path) -> bool {
    std::fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD")))
}

/// Names the variables that nervad set for its own renderer, so that programs started by it don't inherit them.
pub const SET_FOR_US: &str = "NERVA_RENDERER_VARIABLES";

/// Starts this program again with the environment that iced and wgpu read, when something of it is missing.
///
/// A program can't safely change its own environment. Returns only when nothing is missing, or when it failed.
pub fn ensure_environment(renderer: Renderer) -> std::io::Result<()> {
    let missing = environment(renderer);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let error = std::process::Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(SET_FOR_US, names.join(","))
        .envs(missing)
        .exec();
    Err(error)
}

/// The variables that iced and wgpu have to find, for those that the user has not set.
///
/// wgpu would otherwise wake the discrete GPU and load every driver there is.
fn environment(renderer: Renderer) -> Vec<(&'static str, &'static str)> {
    let wanted: &[(&str, &str)] = match renderer {
        Renderer::Software => &[("ICED_BACKEND", "tiny-skia")],
        // Software stands behind the GPU: a driver that offers no adapter must not end the process. A driver for
        // Vulkan that offers none is common enough to keep OpenGL as well.
        Renderer::Gpu | Renderer::Auto => {
            &[("ICED_BACKEND", "wgpu,tiny-skia"), ("WGPU_BACKEND", "vulkan,gl"), ("WGPU_POWER_PREF", "low")]
        }
    };
    wanted.iter().copied().filter(|(name, _)| std::env::var_os(name).is_none()).collect()
}

fn has_vulkan_driver() -> bool {
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/run/opengl-driver/share/vulkan/icd.d"]
        .iter()
        .any(|folder| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()))
}

/// Both renderers, for `nerva doctor`.
pub fn backends() -> [Backend; 2] {
    let gpu = if has_render_node(Path::new("/dev/dri")) {
        Availability::usable(if has_vulkan_driver() { "render node, Vulkan" } else { "render node, OpenGL" })
    } else {
        Availability::unusable("there is no render node in /dev/dri", "nothing to do: the software renderer is used")
    };
    [
        Backend { need: "drawing".into(), name: "GPU (wgpu)".into(), availability: gpu },
        Backend {
            need: "drawing".into(),
            name: "software (tiny-skia)".into(),
            availability: Availability::usable("always there"),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_then_the_configuration_then_what_is_there() {
        for (configured, backend, node, expected) in [
            (Renderer::Auto, None, true, Renderer::Gpu),
            (Renderer::Auto, None, false, Renderer::Software),
            (Renderer::Gpu, None, false, Renderer::Gpu),
            (Renderer::Software, None, true, Renderer::Software),
            (Renderer::Software, Some("wgpu"), false, Renderer::Gpu),
            (Renderer::Gpu, Some("tiny-skia"), true, Renderer::Software),
            (Renderer::Auto, Some("nonsense"), true, Renderer::Gpu),
        ] {
            assert_eq!(decide(configured, backend, node), expected, "{configured:?} {backend:?} {node}");
        }
    }

    #[test]
    fn a_render_node_is_recognised_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_render_node(folder.path()));
        std::fs::write(folder.path().join("card0"), "").unwrap();
        assert!(!has_render_node(folder.path()));
        std::fs::write(folder.path().join("renderD128"), "").unwrap();
        assert!(has_render_node(folder.path()));
    }
}
