# What the modules make of each case. `nix-instantiate --eval --strict --json tests/nix/eval.nix -A outcome`.
#
# With `--arg lib 'import PATH-TO-NIXPKGS/lib'` the real `lib` takes the place of the stand-in.
{
  lib ? import ./lib.nix,
}:
let
  withHome = lib // {
    hm.assertions = (import ./lib.nix).hm.assertions;
  };
  pkgs = import ./pkgs.nix;
  cases = import ./cases.nix { inherit lib; };

  evaluate =
    modules:
    lib.evalModules {
      inherit modules;
      specialArgs = {
        lib = withHome;
        inherit pkgs;
      };
    };
  home =
    case:
    evaluate [
      (import ./home.nix { inherit lib; })
      ../../homeModules
      case
    ];
  nixos =
    case:
    evaluate [
      (import ./nixos.nix { inherit lib; })
      ../../nixosModules
      case
    ];

  failed = config: map (one: one.message) (lib.filter (one: !one.assertion) config.assertions);

  named = package: package.name or package;
  file =
    entry:
    if entry.text != null then
      { inherit (entry) text; }
    else
      entry.source.contents or { link = entry.source; };
  files = lib.mapAttrs (_: file);
  used = lib.filterAttrs (_: value: value != { } && value != [ ] && value != false);

  ofHome =
    case:
    let
      inherit (home case) config;
      managers = config.wayland.windowManager;
      made = lib.filter (package: package ? contents) config.home.packages;
    in
    used {
      failed = failed config;
      packages = map named config.home.packages;
      programs = lib.listToAttrs (
        map (
          package: lib.nameValuePair package.name (package.contents // { inherit (package) inputs; })
        ) made
      );
      config = files config.xdg.configFile;
      data = files config.xdg.dataFile;
      units = config.systemd.user.services;
      hyprland = managers.hyprland.settings;
      sway = lib.optionalAttrs managers.sway.enable {
        keys = managers.sway.config.keybindings or null;
        lines = lib.filter (line: line != "") (lib.splitString "\n" managers.sway.extraConfig);
      };
      niri = managers.niri.settings;
      river = managers.river.settings;
      plasma = config.programs.plasma.hotkeys.commands or { };
    };

  ofNixos =
    case:
    let
      inherit (nixos case) config;
    in
    used {
      failed = failed config;
      inherit (config) warnings;
      packages = map named config.environment.systemPackages;
      bus = map named config.services.dbus.packages;
      unitsOf = map named config.systemd.packages;
      pipewire = config.services.pipewire.enable;
      uinput = config.hardware.uinput.enable;
      groups = config.users.groups;
      units = config.systemd.user.services;
    };

  outcome = {
    home = lib.mapAttrs (_: ofHome) cases.home;
    nixos = lib.mapAttrs (_: ofNixos) cases.nixos;
  };

  # Everything a wrong case could write, so that nothing of it escapes being looked at.
  refused = lib.mapAttrs (
    _: case:
    let
      config = if case ? home then (home case.home).config else (nixos case.nixos).config;
      all =
        if case ? home then
          {
            config = files config.xdg.configFile;
            data = files config.xdg.dataFile;
            units = config.systemd.user.services;
            packages = map (package: package.contents or (named package)) config.home.packages;
          }
        else
          {
            units = config.systemd.user.services;
          };
    in
    if failed config != [ ] then throw (lib.concatStringsSep "\n" (failed config)) else all
  ) cases.wrong;

  reference =
    let
      of = modules: namespace: lib.filter (option: lib.hasPrefix namespace option.name) modules;
      list = evaluated: (import ./lib.nix).optionList [ ] evaluated.options;
    in
    {
      home = of (list (home { })) "programs.nerva";
      nixos = of (list (nixos { })) "services.nerva";
    };
in
{
  inherit
    ofHome
    ofNixos
    outcome
    refused
    reference
    ;
  wrong = lib.mapAttrs (_: case: case.option) cases.wrong;
}
