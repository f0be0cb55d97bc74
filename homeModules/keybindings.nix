# The keys, for each compositor that is enabled; nothing is touched for the others.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) types;
  top = config.programs.nerva;
  cfg = top.keybindings;
  secrets = import ../nix/secrets.nix { inherit lib; };

  program = name: if top.package == null then name else lib.getExe' top.package name;
  # Each is the words of a command.
  actions = {
    toggle = {
      words = [ (program "nerva-ui") ];
      preset = "Super+space";
      text = "open and close the overlay";
    };
    region = {
      words = [
        (program "nerva-ui")
        "--capture"
        "region"
      ];
      preset = "Super+Shift+S";
      text = "pick a region of the screen and ask about it";
    };
    screen = {
      words = [
        (program "nerva-ui")
        "--capture"
        "screen"
      ];
      preset = null;
      text = "ask about the screen";
    };
    window = {
      words = [
        (program "nerva-ui")
        "--capture"
        "window"
      ];
      preset = null;
      text = "ask about the window";
    };
    newChat = {
      words = [
        (program "nerva")
        "new"
      ];
      preset = null;
      text = "begin a new conversation";
    };
    stop = {
      words = [
        (program "nerva")
        "stop"
      ];
      preset = null;
      text = "stop the answer";
    };
    halt = {
      words = [
        (program "nerva")
        "halt"
      ];
      preset = "Super+Escape";
      text = "end everything that streams or acts, until it is resumed";
    };
  };

  modifiers = [
    "Super"
    "Ctrl"
    "Alt"
    "Shift"
  ];
  chord = secrets.without (types.strMatching "((Super|Ctrl|Alt|Shift)[+])*[A-Za-z0-9_]+") // {
    description = "keys such as `Super+Shift+S`: Super, Ctrl, Alt, Shift and one key by its XKB name, joined by `+`";
  };
  # What is pressed together, apart.
  parts = keys: lib.splitString "+" keys;
  held = keys: lib.init (parts keys);
  key = keys: lib.last (parts keys);
  joined =
    separator: names: keys:
    lib.concatStringsSep separator (map (modifier: names.${modifier}) (held keys));
  same = lib.genAttrs modifiers (modifier: modifier);

  bound = lib.filterAttrs (_: action: action.keys != null) (
    lib.mapAttrs (name: action: action // { keys = cfg.${name}; }) actions
  );
  each = form: lib.mapAttrsToList (_: form) bound;
  merged = form: lib.listToAttrs (each form);
  line = action: lib.escapeShellArgs action.words;

  # hyprland.conf: `SUPER SHIFT, S, exec, …`.
  hyprlang =
    action:
    let
      names = {
        Super = "SUPER";
        Ctrl = "CTRL";
        Alt = "ALT";
        Shift = "SHIFT";
      };
    in
    "${joined " " names action.keys}, ${key action.keys}, exec, ${line action}";

  # hyprland.lua: `hl.bind("SUPER + SHIFT + S", hl.dsp.exec_cmd("…"))`.
  hyprlua = action: {
    _args = [
      (lib.concatStringsSep " + " (map lib.toUpper (held action.keys) ++ [ (key action.keys) ]))
      (lib.generators.mkLuaInline "hl.dsp.exec_cmd(${builtins.toJSON (line action)})")
    ];
  };

  # sway and river name the modifiers of XKB, and letters by their small form.
  xkb = {
    Super = "Mod4";
    Ctrl = "Ctrl";
    Alt = "Mod1";
    Shift = "Shift";
  };
  small = name: if lib.stringLength name == 1 then lib.toLower name else name;
  sway =
    flags: action:
    let
      pressed = lib.concatStringsSep "+" (
        map (modifier: xkb.${modifier}) (held action.keys) ++ [ (small (key action.keys)) ]
      );
    in
    "bindsym ${flags} ${pressed} exec ${line action}\n";
  # Lines of their own: a definition of `config.keybindings` would take the place of all of sway's presets.
  swayLines =
    let
      set = config.wayland.windowManager.sway.config or null;
      flags = "--no-warn" + lib.optionalString (set != null && set.bindkeysToCode or false) " --to-code";
    in
    lib.concatStrings (each (sway flags));

  river =
    action:
    let
      names = same // {
        Ctrl = "Control";
      };
      pressed = joined "+" names action.keys;
    in
    lib.nameValuePair "${if pressed == "" then "None" else pressed} ${key action.keys}" (
      "spawn ${lib.escapeShellArg (line action)}"
    );

  niri = action: lib.nameValuePair action.keys { spawn = action.words; };

  # Plasma names keys as Qt does, with a capital.
  qt =
    keys:
    let
      name = key keys;
      capital = lib.toUpper (lib.substring 0 1 name) + lib.substring 1 (-1) name;
      names = same // {
        Super = "Meta";
      };
    in
    lib.concatStringsSep "+" (map (modifier: names.${modifier}) (held keys) ++ [ capital ]);

  # A word of an Exec key: quoted, and `%` doubled.
  execWord =
    word:
    "\"${
      lib.replaceStrings [ "\\" "\"" "`" "$" "%" ] [ "\\\\\\\\" "\\\\\"" "\\\\`" "\\\\$" "%%" ] word
    }\"";
  desktopFile = name: action: {
    name = "applications/org.nerva.Nerva.${name}.desktop";
    value.text = ''
      [Desktop Entry]
      Type=Application
      Name=Nerva: ${action.text}
      Icon=org.nerva.Nerva
      Exec=${lib.concatMapStringsSep " " execWord action.words}
      NoDisplay=true
      StartupNotify=false
      X-KDE-GlobalAccel-CommandShortcut=true
      X-KDE-Shortcuts=${qt action.keys}
    '';
  };

  managers = options.wayland.windowManager or { };
  isOn = name: managers ? ${name} && config.wayland.windowManager.${name}.enable;
  hasPlasma = options.programs ? plasma;
  switch =
    name: shown: preset: text:
    lib.mkOption {
      type = types.bool;
      default = preset;
      defaultText = lib.literalExpression shown;
      description = "Whether the keys are bound in ${name}. ${text}";
    };
  windowManager =
    name: shown: text:
    switch shown "config.wayland.windowManager.${name}.enable" (isOn name) text;
  # What another module does not have can't be set.
  forManager =
    name: definition:
    lib.optionalAttrs (managers ? ${name}) (
      lib.mkIf (cfg.enable && cfg.${name}.enable && isOn name) {
        wayland.windowManager.${name} = definition;
      }
    );
in
{
  options.programs.nerva.keybindings = {
    enable = lib.mkOption {
      type = types.bool;
      default = true;
      description = "Whether keys are bound in the compositors that Home Manager configures.";
    };

    hyprland.enable =
      windowManager "hyprland" "Hyprland"
        "Whichever of its languages `wayland.windowManager.hyprland.configType` chooses.";
    sway.enable =
      windowManager "sway" "sway"
        "They are lines of `wayland.windowManager.sway.extraConfig`, which leave sway's other keys as they are.";
    niri.enable = windowManager "niri" "niri" "Through Home Manager's own module.";
    river.enable = windowManager "river" "river" "That is river-classic, in its mode `normal`.";
    kde.enable =
      switch "KDE Plasma" "config.programs.plasma.enable or false"
        (hasPlasma && config.programs.plasma.enable)
        "Through plasma-manager where it is among the modules and enabled, else by desktop files that Plasma reads at login.";
  }
  // lib.mapAttrs (
    _: action:
    lib.mkOption {
      type = types.nullOr chord;
      default = action.preset;
      example = "Super+Shift+N";
      description = "The keys that ${action.text}; `null` binds none.";
    }
  ) actions;

  config = lib.mkIf top.enable (
    lib.mkMerge [
      {
        assertions = [
          (
            let
              keys = map lib.toLower (each (action: action.keys));
            in
            {
              assertion = lib.length (lib.unique keys) == lib.length keys;
              message = "programs.nerva.keybindings: the same keys are bound to two actions.";
            }
          )
        ];
      }
      (forManager "hyprland" {
        settings.bind = each (
          if config.wayland.windowManager.hyprland.configType or "hyprlang" == "lua" then
            hyprlua
          else
            hyprlang
        );
      })
      (forManager "sway" { extraConfig = swayLines; })
      (forManager "niri" { settings.binds = merged niri; })
      (forManager "river" { settings.map.normal = merged river; })
      (lib.mkIf (cfg.enable && cfg.kde.enable && !(hasPlasma && config.programs.plasma.enable)) {
        xdg.dataFile = lib.mapAttrs' desktopFile bound;
      })
      (lib.optionalAttrs hasPlasma (
        lib.mkIf (cfg.enable && cfg.kde.enable) {
          programs.plasma.hotkeys.commands = lib.mapAttrs' (
            name: action:
            lib.nameValuePair "nerva-${name}" {
              name = "Nerva: ${action.text}";
              key = qt action.keys;
              command = line action;
            }
          ) bound;
        }
      ))
    ]
  );
}
