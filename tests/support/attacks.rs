//! The attacks on agents that AgentDojo publishes, read from its package at run time; nothing of its text is in this tree.

use std::process::{Command, Stdio};

use serde::Deserialize;

use super::servers;

/// What an attack says; `{goal}` and `{tools}` stand for what it is after.
#[derive(Debug, Clone, Deserialize)]
pub struct Attack {
    pub name: String,
    pub text: String,
}

/// What somebody is after.
#[derive(Debug, Clone, Deserialize)]
pub struct Goal {
    pub suite: String,
    pub text: String,
    pub tools: String,
}

/// All of them.
#[derive(Debug, Deserialize)]
pub struct Published {
    pub attacks: Vec<Attack>,
    pub goals: Vec<Goal>,
}

impl Published {
    /// Fetches the package where it is not there yet. Panics where it can't be had.
    pub fn read() -> Self {
        let setup = Command::new(servers::scripts().join("setup")).arg("attacks").status();
        assert!(
            setup.is_ok_and(|setup| setup.success()),
            "the package of AgentDojo can't be had, so its attacks are not tested; see above, then run tests/rig/llm/setup attacks"
        );
        let mut reader = Command::new("python3");
        reader.arg(servers::scripts().join("attacks.py")).arg(servers::rig().join("attacks"));
        let read = reader.stderr(Stdio::inherit()).output().expect("python3 starts");
        assert!(read.status.success(), "attacks.py failed; its own words are above");
        serde_json::from_slice(&read.stdout).expect("attacks and goals")
    }
}

impl Attack {
    /// Whether it is after something; else it wants the model to stop.
    pub fn wants(&self) -> bool {
        self.text.contains("{goal}")
    }

    /// Its whole text for this goal.
    pub fn told(&self, goal: &Goal) -> String {
        self.text.replace("{goal}", &goal.text).replace("{tools}", &goal.tools)
    }
}
