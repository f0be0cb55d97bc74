# What `nix flake check` proves beyond the format.
{
  pkgs,
  packages,
  nixpkgs,
  home-manager,
  self,
}:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) system;
  cases = import ../tests/nix/cases.nix { inherit lib; };
  harness = import ../tests/nix/eval.nix { inherit lib; };

  # A check that is over when it has been evaluated; `truths` says by name what has to hold.
  evaluated =
    name: truths: drv:
    let
      wrong = lib.attrNames (lib.filterAttrs (_: truth: !truth) truths);
    in
    if wrong == [ ] then
      # Everything of it is evaluated, and nothing of it has to be built for this.
      pkgs.writeText "nerva-${name}" (builtins.unsafeDiscardStringContext drv.drvPath)
    else
      throw "nerva-${name}: does not hold: ${lib.concatStringsSep ", " wrong}";

  nixosSystem =
    modules:
    nixpkgs.lib.nixosSystem {
      modules = [
        self.nixosModules.default
        {
          nixpkgs.hostPlatform = system;
          boot.loader.grub.enable = false;
          fileSystems."/".device = "/dev/disk/by-label/root";
          fileSystems."/".fsType = "ext4";
          system.stateVersion = lib.trivial.release;
          # What others wrote is not what is checked, and takes long.
          documentation.enable = false;
        }
      ]
      ++ modules;
    };
  home =
    modules:
    home-manager.lib.homeManagerConfiguration {
      inherit pkgs;
      modules = [
        self.homeModules.default
        {
          home = {
            username = "alice";
            homeDirectory = "/home/alice";
            stateVersion = lib.trivial.release;
          };
          manual.manpages.enable = false;
        }
      ]
      ++ modules;
    };

  clippy = packages.nerva.overrideAttrs (old: {
    pname = "nerva-clippy";
    nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.clippy ];
    buildPhase = "cargo clippy --offline --locked --all-targets -- -D warnings";
    installPhase = "mkdir $out";
    postInstall = "";
    postFixup = "";
  });
in
{
  inherit (packages) nerva nervad nerva-ui;
  inherit clippy;

  # The cases of the repository's own test, with the `lib` of nixpkgs.
  modules =
    let
      golden = builtins.fromJSON (builtins.readFile ../tests/nix/golden/outcome.json);
      accepted = lib.attrNames (
        lib.filterAttrs (_: case: (builtins.tryEval (builtins.deepSeq case true)).success) harness.refused
      );
    in
    evaluated "modules" {
      "the outcome is the one that is kept" = builtins.toJSON harness.outcome == builtins.toJSON golden;
      "everything wrong is refused, not ${toString accepted}" = accepted == [ ];
    } pkgs.hello;

  nixos =
    let
      inherit (nixosSystem [ { services.nerva.enable = true; } ]) config;
      unit = config.systemd.user.services.nervad;
    in
    evaluated "nixos" {
      "the unit starts the package" = lib.hasSuffix "/bin/nervad" unit.serviceConfig.ExecStart;
      "the PATH of the session is kept" = !(unit.environment ? PATH);
      "the bus knows the package" = lib.elem config.services.nerva.package config.services.dbus.packages;
      "uinput is there for nobody yet" = config.users.groups.uinput.members == [ ];
      "no portal is chosen" = config.xdg.portal.extraPortals == [ ];
    } config.system.build.toplevel;

  nixos-everything =
    let
      inherit
        (nixosSystem [
          (removeAttrs cases.nixos.everything [ "xdg" ])
          { services.nerva.ui.extraPackages = lib.mkForce [ pkgs.hello ]; }
        ])
        config
        ;
    in
    evaluated "nixos-everything" {
      "the key is a credential" =
        config.systemd.user.services.nervad.serviceConfig.LoadCredential == [
          "nerva-anthropic:/run/secrets/anthropic"
        ];
      "alice is in the group" = config.users.groups.uinput.members == [ "alice" ];
    } config.system.build.toplevel;

  home =
    let
      inherit (home [ cases.home.defaults ]) config;
    in
    evaluated "home" {
      "nothing is written where nothing is set" = !(config.xdg.configFile ? "nerva/config.toml");
      "the service is wanted by the session" =
        config.systemd.user.services.nervad.Install.WantedBy == [ config.wayland.systemd.target ];
    } config.home.activationPackage;

  home-everything =
    let
      inherit
        (home [
          cases.home.everything
          cases.home.keys-river
          cases.home.keys-sway
          cases.home.keys-niri
          cases.home.keys-lua
        ])
        config
        ;
      managers = config.wayland.windowManager;
    in
    evaluated "home-everything" {
      "sway opens the overlay" = lib.hasInfix "Mod4+space exec" managers.sway.extraConfig;
      "sway's own keys are there" = managers.sway.config.keybindings ? "Mod1+Return";
      "Hyprland opens the overlay" =
        lib.hasInfix "hl.dsp.exec_cmd"
          config.xdg.configFile."hypr/hyprland.lua".text;
      "niri opens the overlay" = managers.niri.settings.binds ? "Super+space";
      "river opens the overlay" = managers.river.settings.map.normal ? "Super space";
    } config.home.activationPackage;

  home-hyprlang =
    let
      inherit (home [ cases.home.keys-hyprlang ]) config;
    in
    evaluated "home-hyprlang" {
      "Hyprland opens the overlay" =
        lib.hasInfix "bind=SUPER, space, exec"
          config.xdg.configFile."hypr/hyprland.conf".text;
    } config.home.activationPackage;

  vm = import ./vm-test.nix { inherit pkgs self home-manager; };
}
