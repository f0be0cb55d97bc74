//! What changes while Nerva runs: the configuration, themes, the desktop's colour scheme.

use futures::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use super::Options;
use super::driver::Driver;
use super::inner::Inner;
use super::session::AbortOnDrop;
use crate::config::{Config, Problem};
use crate::model::{Fault, FaultKind, Look, Severity};
use crate::platform::log;
use crate::platform::scheme::{self, Appearance};
use crate::providers::Client;
use crate::theme::Last;

/// Follows everything that can change.
pub(super) fn spawn(options: &Options, inner: mpsc::Sender<Inner>) -> Vec<AbortOnDrop> {
    vec![
        follow(crate::config::watch(options.paths.config_file.clone()), inner.clone(), |()| Inner::ConfigChanged),
        follow(crate::theme::watch(options.paths.themes_dir.clone()), inner.clone(), |()| Inner::ThemesChanged),
        follow(scheme::watch(), inner, Inner::Appearance),
    ]
}

fn follow<T: Send + 'static>(
    changes: impl Stream<Item = T> + Send + 'static,
    inner: mpsc::Sender<Inner>,
    report: impl Fn(T) -> Inner + Send + 'static,
) -> AbortOnDrop {
    AbortOnDrop(tokio::spawn(async move {
        let mut changes = std::pin::pin!(changes);
        while let Some(change) = changes.next().await {
            if inner.send(report(change)).await.is_err() {
                return;
            }
        }
    }))
}

/// Resolves the theme; faults say what of it could not be taken, and what is shown instead.
pub(super) fn look(config: &Config, appearance: Appearance, options: &Options, last: &mut Last) -> (Look, Vec<Fault>) {
    let (look, problems) = crate::theme::resolve(
        &config.theme,
        &config.overlay,
        appearance.scheme,
        appearance.reduced_motion,
        options.translucent,
        &options.paths.themes_dir,
        last,
    );
    (look, problems.into_iter().map(Fault::from).collect())
}

/// The client as it is configured; where that can't be, one that asks this machine only, and the fault.
pub(super) fn client(config: &Config) -> Result<(Client, Option<Fault>), Fault> {
    match Client::new(&config.network, config.model.local_only) {
        Ok(client) => Ok((client, None)),
        Err(fault) => Ok((Client::cut_off(&config.network, fault.clone())?, Some(fault))),
    }
}

impl Driver {
    /// Takes what is right of the changed file; what is wrong keeps its last good value and is shown.
    pub(super) fn reload_config(&mut self) {
        let loaded = crate::config::load_keeping(&self.options.paths.config_file, Some(&self.config));
        self.notices.clear(FaultKind::Config);
        self.wrong_icon_theme = None;
        self.wrong_look.clear();
        let mistaken = loaded.problems.iter().any(Problem::is_about_tools);
        self.knows_never |= !loaded.problems.iter().any(Problem::is_about_never);
        for problem in loaded.problems {
            self.notices.raise(Severity::Warning, problem.into());
        }
        let before = std::mem::replace(&mut self.config, loaded.config);
        let now = &self.config;
        if *now != before {
            tracing::info!("the configuration has changed");
        }
        let elsewhere = now.network != before.network
            || now.model.local_only != before.model.local_only
            || self.client.is_cut_off();
        if elsewhere {
            match client(now) {
                Ok((client, fault)) => {
                    self.client = client;
                    fault.into_iter().for_each(|fault| self.notices.raise(Severity::Error, fault));
                }
                Err(fault) => self.notices.raise(Severity::Error, fault),
            }
        }
        self.equip(mistaken);
        self.survey();
        if self.config.history != before.history {
            self.prune_history();
        }
        if self.config.tray != before.tray {
            self.show_tray();
        }
        if self.config.capture.keep_minutes != before.capture.keep_minutes {
            self.forget();
        }
        if self.config.capture.screenshots != before.capture.screenshots && self.screenshots.is_some() {
            drop(self.watch_screenshots(true));
        }
        if self.config.log != before.log {
            log::set_level(&self.config.log.level);
        }
        self.launcher.configure(&self.config.launcher, &self.config.theme.icon_theme);
        self.say_icon_theme();
        if self.config.providers != before.providers || elsewhere {
            self.refresh_models();
        }
        self.relook();
    }

    /// Resolves the theme again.
    pub(super) fn relook(&mut self) {
        let (look, wrong) = look(&self.config, self.appearance, &self.options, &mut self.last_look);
        if wrong != self.wrong_look {
            for before in std::mem::replace(&mut self.wrong_look, wrong) {
                self.notices.withdraw(&before.title);
            }
            for fault in &self.wrong_look {
                self.notices.raise(Severity::Warning, fault.clone());
            }
        }
        if *self.view.look != look {
            self.view.look = look.into();
        }
        self.publish();
    }
}
