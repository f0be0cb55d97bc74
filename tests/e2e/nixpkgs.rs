//! A real Nix with a store of its own, in whose nixpkgs there is one package: it is found, fetched once a person allows that,
//! and runs in the sandbox.

use serde_json::json;

use crate::support::desktop::Plan;
use crate::support::history::results;
use crate::support::scripted::{Scripted, Turn};

/// A package whose program writes into the folder that it works in, and says whether it knows a desktop.
const FLAKE: &str = r#"{
  outputs = _: let
    of = system: {
      hail = derivation {
        name = "hail-1.2"; inherit system; builder = "/bin/sh";
        args = [ "-c" "export PATH=/bin:/usr/bin; mkdir -p $out/bin; printf '%s\n' '#!/bin/sh' 'echo hail $1 > said; cat said; test -n \"$WAYLAND_DISPLAY\" || echo shut in' > $out/bin/hail; chmod +x $out/bin/hail" ];
      } // { version = "1.2"; meta.description = "Says hail"; };
    };
  in { legacyPackages = { x86_64-linux = of "x86_64-linux"; aarch64-linux = of "aarch64-linux"; }; };
}"#;

#[test]
fn a_package_is_found_and_run_once_that_is_allowed() {
    let model = Scripted::saying([
        Turn::Call("nix_search", json!({"within": "packages", "text": "hail"})),
        Turn::Call("nix_search", json!({"within": "packages", "text": "c++ none"})),
        Turn::Call("nix_run", json!({"package": "hail", "words": ["hail", "there"]})),
        Turn::Call("nix_run", json!({"package": "hail", "words": ["sh"]})),
        Turn::Call("nix_run", json!({"package": "missing", "words": ["hail"]})),
        Turn::Say("all done".into()),
    ]);
    let config = format!("{}[agent]\nenabled = true\nroots = [\"~/notes\"]\n", model.config());
    let plan = Plan::new("nixpkgs", &config);
    let at = |name: &str| plan.folder().join(name).display().to_string();
    for folder in ["nixpkgs", "home/notes"] {
        std::fs::create_dir_all(at(folder)).expect("a folder");
    }
    std::fs::write(at("nixpkgs/flake.nix"), FLAKE).expect("a flake");
    let flakes =
        json!([{"from": {"type": "indirect", "id": "nixpkgs"}, "to": {"type": "path", "path": at("nixpkgs")}}]);
    std::fs::write(at("registry.json"), json!({"version": 2, "flakes": flakes}).to_string()).expect("a registry");
    let settings =
        format!("flake-registry = {}\nsandbox = false\nbuild-users-group =\nsubstitute = false\n", at("registry.json"));
    let desktop = plan.env("NIX_CONFIG", &settings).start();
    // What Nix makes is seen by nervad alone, and gone with it.
    let own = "mount -t tmpfs none /nix && exec setpriv --ambient-caps=-all --inh-caps=-all nervad";
    desktop.spawn("nervad", &["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", own]);
    desktop.until("nervad to answer", |desktop| desktop.status()["pid"].is_u64());
    desktop.begin("say hail");
    let cards = ["search nixpkgs"; 2].into_iter().chain(["fetch a program and run it"; 3]);
    desktop.allow_each(cards.map(str::to_owned));
    desktop.finished();
    let results = results(&desktop);
    let [found, nothing, ran, wrong, missing] = results.as_slice() else { panic!("{results:#?}") };
    assert!(found.contains("hail (1.2): Says hail"), "{found}");
    assert!(nothing.contains("nothing has all of these words"), "{nothing}");
    assert!(ran.contains("hail there") && ran.contains("shut in"), "{ran}");
    assert_eq!(std::fs::read_to_string(desktop.home().join("notes/said")).expect("what it wrote"), "hail there\n");
    assert!(wrong.contains("the package has no program sh"), "{wrong}");
    assert!(missing.contains("nix says no"), "{missing}");
    desktop.audit();
}
