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

  # Every option is given `value`, as it is and as what stands in it; which ones write it?
  takers =
    value:
    let
      word = if builtins.isString value then value else "cases.nix";
      name = if builtins.isString value then value else "b";
      put =
        path: inner:
        if path == [ ] then
          inner
        else
          let
            first = lib.head path;
            rest = put (lib.tail path) inner;
          in
          if first == "*" then
            [ rest ]
          else
            {
              ${if first == "<name>" then "a" else first} = rest;
            };
      kind =
        path:
        let
          below = lib.removePrefix "programs.nerva.watchers.<name>.on." path;
        in
        if below == path then "battery" else lib.head (builtins.split "[.]" below);
      # What an option of a submodule needs beside it.
      beside =
        path:
        let
          under = prefix: lib.hasPrefix "programs.nerva.${prefix}" path;
        in
        if lib.hasPrefix "services." path then
          { services.nerva.enable = lib.mkDefault true; }
        else
          {
            programs.nerva = {
              enable = lib.mkDefault true;
              keybindings.kde.enable = lib.mkDefault true;
              settings.providers = lib.optionalAttrs (under "settings.providers") {
                a.wire = lib.mkDefault "ollama";
              };
              agents = lib.optionalAttrs (under "agents") { a.command = lib.mkDefault [ "x" ]; };
              watchers = lib.optionalAttrs (under "watchers") {
                a = {
                  ask = lib.mkDefault "x";
                  on.${kind path} =
                    lib.mapAttrs (_: lib.mkDefault)
                      {
                        battery.below = 5;
                        disk.above = 5;
                        file.path = "/a";
                        journal.match = "x";
                        schedule.calendar = "daily";
                        unit.name = "a.service";
                      }
                      .${kind path} or { };
                };
              };
            };
            wayland.windowManager = lib.genAttrs [ "hyprland" "sway" "niri" "river" ] (_: {
              enable = true;
            });
          };
      written =
        of: path: inner:
        let
          outcome = of {
            imports = [
              (put (lib.filter builtins.isString (builtins.split "[.]" path)) inner)
              (beside path)
            ];
          };
          text = builtins.toJSON outcome;
          tried = builtins.tryEval (!(outcome ? failed) && builtins.length (builtins.split word text) > 1);
        in
        tried.success && tried.value;
      takes =
        of: path:
        lib.filter (written of path) [
          value
          [ value ]
          { a = value; }
          { ${name} = "x"; }
          { ${name} = { }; }
        ] != [ ];
      names = map (option: option.name);
      all = (import ./eval.nix { }).reference;
    in
    lib.filter (takes ofHome) (names all.home) ++ lib.filter (takes ofNixos) (names all.nixos);
in
{
  inherit
    takers
    ofHome
    ofNixos
    outcome
    refused
    reference
    ;
  wrong = lib.mapAttrs (_: case: case.option) cases.wrong;
}
