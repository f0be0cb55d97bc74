//! The files for Nix: what the modules make of settings, that Nerva itself takes it, and that what is wrong is named.
//!
//! They are evaluated by Debian's Nix with a stand-in for the `lib` of nixpkgs (`tests/nix/lib.nix`); the outcome is kept
//! in `tests/nix/golden`, and `NERVA_BLESS=1` writes it anew, as it does the reference in docs/NIXOS.md. With
//! `NERVA_NIX_LIB=/path/to/nixpkgs/lib` that `lib` takes the place of the stand-in; the outcome is the same.

// Helpers fail by panicking with what they waited for, as tests do.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Evaluates an expression, with nothing written anywhere.
fn evaluated(expression: &str) -> Result<Value, String> {
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--store", "dummy://", "--expr", expression])
        .current_dir(root())
        .output()
        .expect("nix-instantiate is not installed; `scripts/lib/packages nix` installs it");
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn harness(attribute: &str) -> Result<Value, String> {
    let lib = std::env::var("NERVA_NIX_LIB").map(|path| format!("lib = import {path};")).unwrap_or_default();
    evaluated(&format!("(import ./tests/nix/eval.nix {{ {lib} }}).{attribute}"))
}

/// What looks into the types themselves, which only the stand-in lets it do.
fn stand_in(attribute: &str) -> Value {
    evaluated(&format!("(import ./tests/nix/eval.nix {{ }}).{attribute}")).unwrap()
}

/// Compares with what is kept, or keeps it.
fn kept(file: &str, fresh: &str) {
    let path = root().join(file);
    if std::env::var_os("NERVA_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, fresh).unwrap();
    }
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((number, (old, fresh))) = old.lines().zip(fresh.lines()).enumerate().find(|(_, (old, new))| old != new)
    {
        panic!("{file}:{}: is\n{old}\nand ought to be\n{fresh}\nNERVA_BLESS=1 writes it anew", number + 1);
    }
    assert_eq!(old.lines().count(), fresh.lines().count(), "{file} has another length; NERVA_BLESS=1 writes it anew");
}

/// A program that has to be there.
fn run(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}; `scripts/lib/packages nix` installs what is missing"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn nerva(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nerva"));
    command.env("NERVA_CONFIG", folder.join("config.toml")).env("HOME", folder);
    command
}

/// Makes what a builder would make.
fn build(contents: &Value, folder: &Path, name: &str) -> PathBuf {
    let out = folder.join(name);
    if let Some(toml) = contents.get("toml") {
        std::fs::write(&out, toml::Table::try_from(toml).unwrap().to_string()).unwrap();
    } else if let Some(text) = contents["text"].as_str() {
        std::fs::write(&out, text).unwrap();
    } else if let Some(script) = contents["script"].as_str() {
        let place = folder.join(format!("{name}.build"));
        std::fs::create_dir(&place).unwrap();
        let programs = Path::new(env!("CARGO_BIN_EXE_nerva")).parent().unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-euc", script]).current_dir(&place).env("PATH", path).env("out", &out);
        for (variable, value) in contents["environment"].as_object().unwrap() {
            let items = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            let words: Vec<String> = items
                .iter()
                .enumerate()
                .map(|(index, item)| match item.as_str() {
                    Some(word) => word.to_owned(),
                    None => build(item, &place, &format!("{variable}{index}")).display().to_string(),
                })
                .collect();
            command.env(variable, words.join(" "));
        }
        let output = run(&mut command);
        assert!(output.status.success(), "{name}: {}", said(&output));
    }
    out
}

/// Writes what a case puts beside the settings, and lets Nerva judge settings and themes.
fn judged(case: &str, outcome: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("themes")).unwrap();
    let Some(files) = outcome["config"].as_object() else { return };
    for (path, contents) in files {
        let path = path.strip_prefix("nerva/").expect("a file of Nerva's");
        let file = build(contents, folder, path);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.parse::<toml::Table>().is_ok(), "{case}: {path} is no TOML: {text}");
    }
    for theme in std::fs::read_dir(folder.join("themes")).unwrap() {
        let theme = theme.unwrap().path();
        if theme.extension().is_none_or(|kind| kind != "toml") {
            continue;
        }
        let output = run(nerva(folder).args(["theme", "check"]).arg(&theme));
        let said = said(&output);
        // A theme may leave colours to Nerva's own.
        let fine = said.lines().all(|line| line.contains("is right") || line.contains("missing; the default"));
        assert!(fine, "{case}: {said}");
    }
    if folder.join("config.toml").exists() {
        let output = run(nerva(folder).args(["config", "check"]).arg(folder.join("config.toml")));
        assert!(output.status.success() && said(&output).contains("is right"), "{case}: {}", said(&output));
    }
}

/// Every file for Nix in the repository.
fn files() -> Vec<PathBuf> {
    let listed = run(Command::new("find")
        .args([".", "-path", "./target", "-prune", "-o", "-name", "*.nix", "-print"])
        .current_dir(root()));
    let files: Vec<PathBuf> = said(&listed).lines().map(PathBuf::from).collect();
    assert!(files.len() > 10, "{files:?}");
    files
}

/// A program that `scripts/lib/judges` installs.
fn judge(program: &str) -> Command {
    let mut command = Command::new(root().join("target/tools/bin").join(program));
    command.current_dir(root());
    command
}

#[test]
fn every_file_parses_is_formatted_and_has_nothing_unused() {
    for file in files() {
        let parsed = run(Command::new("nix-instantiate").arg("--parse").arg(&file).current_dir(root()));
        assert!(parsed.status.success(), "{}", said(&parsed));
    }
    for command in [judge("nixfmt").arg("--check"), judge("deadnix").arg("--fail")] {
        let judged = run(command.args(files()));
        assert!(judged.status.success(), "{}", said(&judged));
    }
}

#[test]
fn the_modules_make_of_each_case_what_is_kept() {
    let outcome = harness("outcome").unwrap();
    kept("tests/nix/golden/outcome.json", &(serde_json::to_string_pretty(&outcome).unwrap() + "\n"));
}

#[test]
fn nerva_takes_every_setting_and_theme_that_the_modules_write() {
    let outcome = harness("outcome.home").unwrap();
    for (case, outcome) in outcome.as_object().unwrap() {
        judged(case, outcome);
    }
    let written = outcome["everything"]["config"]["nerva/config.toml"]["environment"]["settings"]["toml"].clone();
    assert_eq!(written["theme"]["light"], "ember", "the case is the one that was meant");
}

#[test]
fn what_is_wrong_is_refused_and_the_option_is_named() {
    let wrong = harness("wrong").unwrap();
    let wrong = wrong.as_object().unwrap();
    assert!(wrong.keys().filter(|case| case.starts_with("secret")).count() > 25, "attempts at the store");
    for (case, option) in wrong {
        let refused = harness(&format!("refused.{case}"));
        let why = refused.expect_err(&format!("{case} was taken"));
        let option = option.as_str().unwrap();
        assert!(why.contains(option), "{case}: the error does not name {option}: {why}");
        assert!(!why.contains("infinite recursion"), "{case}: {why}");
    }
}

#[test]
fn no_option_writes_a_key_or_a_file_that_would_be_copied() {
    let takers = |value: &str| stand_in(&format!("takers {value}"));
    let words = takers("\"hello\"");
    assert!(words.as_array().unwrap().len() > 70, "the attempts reach the options: {words}");
    for value in ["\"hf_abcdefghijklmnopqrstuv\"", "\"AKIAABCDEFGHIJKLMNOP\"", "./tests/nix/cases.nix"] {
        assert_eq!(takers(value), serde_json::json!([]), "{value}");
    }
}

/// A unit as text, from Home Manager's sections or from the options of NixOS.
fn unit(unit: &Value) -> String {
    let mut text = String::new();
    let mut section = |name: &str, entries: &Value| {
        let _ = writeln!(text, "[{name}]");
        for (key, value) in entries.as_object().into_iter().flatten() {
            for value in value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]) {
                let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                let _ = writeln!(text, "{key}={value}");
            }
        }
    };
    if unit.get("Service").is_some() {
        for name in ["Unit", "Service", "Install"] {
            section(name, &unit[name]);
        }
    } else {
        let mut first = unit["unitConfig"].clone();
        for (option, key) in [
            ("description", "Description"),
            ("documentation", "Documentation"),
            ("after", "After"),
            ("partOf", "PartOf"),
        ] {
            first[key] = unit[option].clone();
        }
        section("Unit", &first);
        section("Service", &unit["serviceConfig"]);
        section("Install", &serde_json::json!({ "WantedBy": unit["wantedBy"] }));
    }
    text
}

/// The keys of `[Service]`, with what is the same said the same.
fn service(text: &str) -> Vec<String> {
    let inside = text.split("[Service]").nth(1).unwrap().split("\n[").next().unwrap();
    let lines = inside.lines().filter(|line| line.contains('=') && !line.starts_with('#'));
    let mut lines: Vec<String> = lines
        .filter(|line| !line.starts_with("ExecStart="))
        .map(|line| line.replace("=yes", "=true").replace("=no", "=false"))
        .collect();
    lines.sort();
    lines
}

#[test]
fn the_units_are_those_of_other_packages_and_systemd_takes_them() {
    let outcome = harness("outcome").unwrap();
    let packaged = std::fs::read_to_string(root().join("assets/nervad.service")).unwrap();
    for (home, case) in [("home", "defaults"), ("home", "everything"), ("nixos", "defaults"), ("nixos", "everything")] {
        let text = unit(&outcome[home][case]["units"]["nervad"]);
        if case == "defaults" {
            assert_eq!(service(&text), service(&packaged), "{home}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nervad.service");
        let program = "/nix/store/00000000000000000000000000000000-nerva/bin/nervad";
        std::fs::write(&file, text.replace(program, env!("CARGO_BIN_EXE_nervad"))).unwrap();
        let verify = run(Command::new("systemd-analyze")
            .args(["--user", "verify", "--man=no"])
            .arg(&file)
            .env("XDG_RUNTIME_DIR", folder.path()));
        assert!(
            verify.status.success() && !said(&verify).contains("nervad.service"),
            "{home}: {}\n{text}",
            said(&verify)
        );
    }
}

#[test]
fn the_desktop_files_for_plasma_are_valid() {
    let outcome = harness("outcome.home.keys-kde.data").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for (path, contents) in outcome.as_object().unwrap() {
        let Some(name) = path.strip_prefix("applications/") else { continue };
        let file = build(contents, folder.path(), name);
        let valid = run(Command::new("desktop-file-validate").arg(&file));
        assert!(valid.status.success(), "{path}: {}", said(&valid));
        seen += 1;
    }
    assert_eq!(seen, 4);
    let valid = run(Command::new("desktop-file-validate").arg(root().join("assets/org.nerva.Nerva.desktop")));
    assert!(valid.status.success(), "{}", said(&valid));
}

#[test]
fn the_lock_is_that_of_the_flake() {
    let inputs = evaluated("(import ./flake.nix).inputs").unwrap();
    let lock: Value = serde_json::from_str(&std::fs::read_to_string(root().join("flake.lock")).unwrap()).unwrap();
    let nodes = lock["nodes"].as_object().unwrap();
    assert_eq!(lock["version"], 7);
    assert_eq!(nodes.len(), inputs.as_object().unwrap().len() + 1, "one node for each input, and the root");
    for (name, input) in inputs.as_object().unwrap() {
        assert_eq!(lock["nodes"]["root"]["inputs"][name], *name);
        let node = &nodes[name];
        let original = &node["original"];
        let mut url = format!("github:{}/{}", original["owner"].as_str().unwrap(), original["repo"].as_str().unwrap());
        if let Some(branch) = original["ref"].as_str() {
            url = format!("{url}/{branch}");
        }
        assert_eq!(input["url"], url);
        for (inner, follows) in input["inputs"].as_object().into_iter().flatten() {
            assert_eq!(node["inputs"][inner], serde_json::json!([follows["follows"]]), "{name}");
        }
        let locked = &node["locked"];
        assert_eq!(locked["rev"].as_str().unwrap().len(), 40, "{name}");
        assert!(locked["narHash"].as_str().unwrap().starts_with("sha256-"), "{name}");
        assert!(locked["lastModified"].as_u64().unwrap() > 1_600_000_000, "{name}");
    }
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert!(!lock.contains("git+"), "a dependency from git needs a hash in nix/package.nix");
}

#[test]
fn what_nerva_does_not_read_yet_is_not_in_its_settings() {
    let schema: Value = serde_json::from_str(&nerva::config::schema_json()).unwrap();
    for section in ["watchers", "agents"] {
        let known = schema["properties"].get(section).is_some();
        assert!(
            !known,
            "Nerva knows [{section}] now: put it into the settings instead of {section}.toml, in homeModules"
        );
    }
}

#[test]
fn an_agent_sees_its_folder_and_nothing_else_of_the_home() {
    let outcome = harness("outcome.home.everything.programs").unwrap();
    let script = outcome["nerva-agent-claude"]["script"].as_str().unwrap();
    let home = tempfile::Builder::new().prefix("nerva-home-").tempdir_in("/var/tmp").unwrap();
    let project = home.path().join("project");
    for folder in ["project", ".ssh", ".claude"] {
        std::fs::create_dir(home.path().join(folder)).unwrap();
    }
    std::fs::write(home.path().join(".ssh/id"), "secret").unwrap();
    let asked =
        "ls -A ~; echo x >made; echo x >~/.claude/made; echo \"key $ANTHROPIC_API_KEY\"; env | grep -c ^OTHER= || true";
    let script = script.replace("/run/current-system/sw/bin/claude --acp", "bash -c \"$ASKED\"");
    let script = script.replace("ANTHROPIC_API_KEY; do", "ANTHROPIC_API_KEY ASKED; do");
    let start = |folder: &Path| {
        run(Command::new("bash")
            .args(["-euc", &script])
            .current_dir(folder)
            .env("HOME", home.path())
            .env("ASKED", asked)
            .env("OTHER", "not for agents")
            .env("ANTHROPIC_API_KEY", "passed"))
    };
    let output = start(&project);
    let words = said(&output);
    assert!(output.status.success(), "{words}");
    assert_eq!(words.lines().collect::<Vec<_>>(), [".claude", "project", "key passed", "0"]);
    assert!(project.join("made").exists() && home.path().join(".claude/made").exists());
    let output = start(home.path());
    assert!(!output.status.success() && said(&output).contains("in the folder of a project"), "{}", said(&output));
}

/// What is above it in docs/NIXOS.md is written by hand, what is below by the test.
const MARK: &str = "<!-- Below is written by `NERVA_BLESS=1 cargo test --test nix`. -->\n";

/// The blocks of a kind in a page, each with the words of the comment before it.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    for part in page.split("```nix\n").skip(1).zip(page.split("```nix\n")) {
        let (block, before) = part;
        let note = before.trim_end().lines().last().unwrap_or_default().to_owned();
        blocks.push((note, block.split("\n```").next().unwrap().to_owned()));
    }
    blocks
}

#[test]
fn the_configurations_in_the_docs_are_right() {
    let page = std::fs::read_to_string(root().join("docs/NIXOS.md")).unwrap();
    let (written, _) = page.split_once(MARK).expect("the mark in docs/NIXOS.md");
    let mut evaluated_blocks = 0;
    for (note, block) in blocks(written) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("block.nix");
        std::fs::write(&file, &block).unwrap();
        let parsed = run(Command::new("nix-instantiate").arg("--parse").arg(&file).env("NIX_REMOTE", "dummy://"));
        assert!(parsed.status.success(), "{}\n{block}", said(&parsed));
        for (kind, of) in [("<!-- home -->", "ofHome"), ("<!-- nixos -->", "ofNixos")] {
            if note == kind {
                let expression = format!("(import ./tests/nix/eval.nix {{ }}).{of} (\n{block}\n)");
                let outcome = evaluated(&expression).unwrap_or_else(|error| panic!("{block}\n{error}"));
                assert!(outcome.get("failed").is_none(), "{block}\n{}", outcome["failed"]);
                judged(&block, &outcome);
                evaluated_blocks += 1;
            }
        }
    }
    assert!(evaluated_blocks >= 8, "only {evaluated_blocks} are marked");
}

/// Nix for people, of a value in JSON.
fn literal(value: &Value, indent: usize) -> String {
    let pad = "  ".repeat(indent + 1);
    match value {
        Value::Array(items) if items.is_empty() => "[ ]".into(),
        Value::Array(items) => {
            format!("[ {} ]", items.iter().map(|item| literal(item, indent)).collect::<Vec<_>>().join(" "))
        }
        Value::Object(fields) if fields.is_empty() => "{ }".into(),
        Value::Object(fields) => {
            let lines = fields.iter().map(|(key, value)| format!("{pad}{key} = {};\n", literal(value, indent + 1)));
            format!("{{\n{}{}}}", lines.collect::<String>(), "  ".repeat(indent))
        }
        other => other.to_string(),
    }
}

fn shown(value: &Value) -> String {
    match (value["literalExpression"].as_str(), value["literalMD"].as_str()) {
        (Some(code), _) => format!("\n\n  ```nix\n{}\n  ```", indented(code.trim_end())),
        (None, Some(words)) => format!(" {words}"),
        (None, None) => {
            let code = literal(&value["value"], 0);
            if code.contains('\n') { format!("\n\n  ```nix\n{}\n  ```", indented(&code)) } else { format!(" `{code}`") }
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Markdown of an option's words, without the marks of NixOS.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    ["{option}", "{file}", "{command}", "{env}"].iter().fold(text, |text, mark| text.replace(mark, ""))
}

#[test]
fn the_reference_of_options_is_that_of_the_modules() {
    let reference = stand_in("reference");
    let mut text = String::new();
    for (title, list) in [("Home Manager", "home"), ("NixOS", "nixos")] {
        let _ = writeln!(text, "\n### {title}\n");
        let mut options: Vec<&Value> = reference[list].as_array().unwrap().iter().collect();
        options.sort_by_key(|option| option["name"].as_str().unwrap());
        for option in options {
            let _ = writeln!(
                text,
                "#### `{}`\n\n{}\n",
                option["name"].as_str().unwrap(),
                plain(option["description"].as_str().unwrap())
            );
            let _ = writeln!(text, "- Type: {}", option["type"].as_str().unwrap());
            for (word, key) in [("Default", "default"), ("Example", "example")] {
                let unset = option[key]["value"].is_null() && option[key].get("value").is_some();
                if option.get(key).is_some() && !(unset && key == "default") {
                    let _ = writeln!(text, "- {word}:{}", shown(&option[key]));
                }
            }
            let _ = writeln!(text);
        }
    }
    let page = std::fs::read_to_string(root().join("docs/NIXOS.md")).unwrap();
    let (before, _) = page.split_once(MARK).expect("the mark in docs/NIXOS.md");
    kept("docs/NIXOS.md", &format!("{before}{MARK}{}\n", text.trim_end()));
}
