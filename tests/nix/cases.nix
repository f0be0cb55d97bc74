# Configurations: right ones, whose outcome is kept beside this file, and wrong ones, which must be refused by name.
{ lib }:
let
  nerva = settings: {
    programs.nerva = settings // {
      enable = true;
    };
  };
  keys = compositor: more: {
    programs.nerva.enable = true;
    wayland.windowManager.${compositor} = {
      enable = true;
    }
    // more;
  };
  scheme = {
    base00 = "2b303b";
    base01 = "343d46";
    base02 = "4f5b66";
    base03 = "65737e";
    base04 = "a7adba";
    base05 = "c0c5ce";
    base06 = "dfe1e8";
    base07 = "eff1f5";
    base08 = "bf616a";
    base09 = "d08770";
    base0A = "ebcb8b";
    base0B = "a3be8c";
    base0C = "96b5b4";
    base0D = "#8fa1b3";
    base0E = "b48ead";
    base0F = "ab7967";
  };
  stylix = {
    options.stylix = lib.mkOption {
      type = lib.types.anything;
      default = { };
    };
    options.lib = lib.mkOption {
      type = lib.types.anything;
      default = { };
    };
    config = {
      programs.nerva.enable = true;
      lib.stylix.colors = scheme // {
        base0D = "8fa1b3";
      };
      stylix = {
        enable = true;
        autoEnable = true;
        fonts.sansSerif.name = "Noto Sans";
        fonts.monospace.name = "Iosevka";
        opacity.popups = 0.3;
      };
    };
  };
  plasma = {
    options.programs.plasma = {
      enable = lib.mkOption {
        type = lib.types.bool;
        default = false;
      };
      hotkeys.commands = lib.mkOption {
        type = lib.types.anything;
        default = { };
      };
    };
    config.programs.plasma.enable = true;
    config.programs.nerva.enable = true;
  };
  # What the program does when nothing is said, said.
  presets =
    let
      schema = builtins.fromJSON (builtins.readFile ../../assets/config.schema.json);
      resolve =
        node: if node ? "$ref" then schema."$defs".${lib.removePrefix "#/$defs/" node."$ref"} else node;
      preset = node: node.default or null;
    in
    lib.mapAttrs (
      _: section:
      lib.filterAttrs (_: value: value != null) (
        lib.mapAttrs (_: preset) ((resolve section).properties or { })
      )
    ) schema.properties;
  watcher = on: {
    inherit on;
    ask = "What is to be done?";
  };
in
{
  home = {
    off = { };
    defaults = nerva { };
    everything = nerva {
      settings = {
        model = {
          default = "home/qwen3";
          fallback = [ "anthropic/claude-sonnet-4-6" ];
          local_only = true;
          max_tokens = 2048;
        };
        providers.home = {
          wire = "openai-chat";
          url = "http://192.168.1.5:8080/v1";
          label = "At home";
          key.file = "/run/secrets/home";
          models = [ "qwen3" ];
          headers.X-Title = "Nerva";
          prices.qwen3 = {
            input = 0;
            output = 0.5;
          };
        };
        providers.local = {
          wire = "ollama";
          key.none = true;
        };
        network.retries = 3;
        launcher.terminal = [ "foot" ];
        overlay.width = 800;
        capture.never = [ "*bank*" ];
        history.keep_days = 90;
        tray.enabled = false;
        log.level = "debug";
      };
      theme = {
        mode = "dark";
        dark = "catppuccin-mocha";
        light = "ember";
        font = "Noto Sans";
        monoFont = "Iosevka";
        fontSize = 16;
        radius = -1;
        opacity = 0.9;
        iconTheme = "Papirus";
        width = 900;
        maxHeight = 700;
        position = 0.25;
        rows = 10;
        animations = false;
      };
      themes.ember = {
        name = "Ember";
        scheme = "light";
        colors.accent = "#9a3412";
        metrics.radius = 6;
      };
      apiKeyFiles = {
        anthropic = "/run/secrets/anthropic";
        gemini = "~/.config/nerva/keys/gemini";
        openai = "\${XDG_RUNTIME_DIR}/agenix/openai 100%";
      };
      notes.path = "~/Notes";
      agents.claude = {
        command = [
          "/run/current-system/sw/bin/claude"
          "--acp"
        ];
        label = "Claude";
        sandbox = {
          writable = [ "~/.claude" ];
          readOnly = [ "/srv/my docs" ];
          passEnvironment = [ "ANTHROPIC_API_KEY" ];
        };
      };
      agents.free = {
        command = [ "opencode" ];
        protocol = "terminal";
        sandbox.enable = false;
      };
      agents.gone = {
        enable = false;
        command = [ "gone" ];
      };
      systemd.target = "sway-session.target";
      extraPackages = [ ];
      watchers.backup = watcher { unit.name = "backup.service"; };
      keybindings = {
        kde.enable = true;
        screen = "Super+Shift+A";
        window = "Super+Shift+W";
        newChat = "Super+Shift+N";
        stop = "Super+Shift+X";
      };
    };
    every-preset = nerva { settings = presets; };
    without-package = nerva {
      package = null;
      settings.log.level = "warn";
    };

    keys-hyprlang = keys "hyprland" { configType = "hyprlang"; };
    keys-lua = keys "hyprland" { configType = "lua"; };
    keys-sway = keys "sway" { };
    keys-sway-own = keys "sway" {
      config.bindkeysToCode = true;
      config.keybindings."Mod4+p" = "exec foot";
    };
    keys-sway-file = keys "sway" {
      config = null;
      extraConfig = "set $mod Mod4\n";
    };
    keys-niri = keys "niri" { };
    keys-river = keys "river" { };
    keys-kde = nerva {
      keybindings = {
        kde.enable = true;
        stop = "Ctrl+Alt+Escape";
      };
    };
    keys-plasma-manager = plasma;
    keys-changed = {
      programs.nerva = {
        enable = true;
        keybindings = {
          toggle = "Alt+F2";
          region = null;
          newChat = "Super+Ctrl+N";
        };
      };
      wayland.windowManager.sway.enable = true;
      wayland.windowManager.niri.enable = true;
      wayland.windowManager.river.enable = true;
    };
    keys-off = {
      programs.nerva = {
        enable = true;
        keybindings.enable = false;
      };
      wayland.windowManager.sway.enable = true;
    };

    theme-name = nerva { theme.name = "nord"; };
    theme-pair = nerva {
      theme.dark = "tokyo-night";
      theme.light = "solarized-light";
    };
    theme-own = nerva {
      theme.name = "ember";
      themes.ember = {
        scheme = "dark";
        colors.accent = "#ff8f5e";
        syntax.keyword = "#ff8f5e";
        metrics.opacity = 0.9;
        metrics.font_size = 15;
      };
    };
    theme-base16 = nerva { theme.base16 = scheme; };
    theme-stylix = stylix;

    watchers = nerva {
      watchers = {
        battery = watcher { battery.below = 15; };
        clipboard = watcher { clipboard.match = "(?i)error"; };
        disk = watcher { disk.above = 90; };
        file = watcher {
          file = {
            path = "~/Downloads";
            events = [ "created" ];
            pattern = "*.pdf";
          };
        };
        journal =
          watcher {
            journal = {
              match = "segfault";
              manager = "system";
              priority = "err";
            };
          }
          // {
            attach = [
              "cause"
              "journal"
            ];
            cooldown = 60;
            daily = 0;
          };
        notification = watcher { notification.app = "org.gnome.Evolution"; };
        schedule = watcher { schedule.calendar = "Mon..Fri 08:30"; } // {
          model = "ollama/qwen3";
          show = "overlay";
        };
        unit = watcher {
          unit = {
            name = "backup.service";
            manager = "system";
          };
        };
        window = watcher { window.app = "org.gnome.Calendar"; } // {
          enable = false;
        };
      };
    };

    keys-by-file = nerva {
      apiKeyFiles.anthropic = "/run/secrets/anthropic";
      settings.providers.home = {
        wire = "openai-chat";
        url = "http://192.168.1.5:8080/v1";
        key.credential = "nerva-home";
      };
      apiKeyFiles.home = "%h/.config/sops-nix/secrets/home";
    };
  };

  nixos = {
    off = { };
    defaults.services.nerva.enable = true;
    everything = {
      services.nerva = {
        enable = true;
        nervad.apiKeyFiles.anthropic = "/run/secrets/anthropic";
        permissions.users = [ "alice" ];
        ui.extraPackages = [
          {
            type = "derivation";
            name = "tesseract";
            outPath = "/nix/store/00000000000000000000000000000000-tesseract";
          }
        ];
      };
      users.users.alice.isNormalUser = true;
      xdg.portal.enable = true;
    };
    only-permissions.services.nerva.permissions.enable = true;
    by-the-bus = {
      services.nerva.enable = true;
      services.nerva.nervad.enable = false;
    };
  };

  # What is wrong, and the option that the error names.
  wrong =
    let
      home = option: settings: {
        inherit option;
        home = nerva settings;
      };
      provider =
        name: more:
        home "programs.nerva.settings.providers.x.${name}" {
          settings.providers.x = {
            wire = "openai-chat";
          }
          // more;
        };
      key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz";
    in
    {
      type = home "programs.nerva.settings.overlay.width" { settings.overlay.width = "wide"; };
      range = home "programs.nerva.settings.overlay.rows" { settings.overlay.rows = 99; };
      word = home "programs.nerva.settings.theme.mode" { settings.theme.mode = "drak"; };
      wire = home "programs.nerva.settings.providers.x.wire" { settings.providers.x.wire = "openia"; };
      no-wire = home "programs.nerva.settings.providers.x.wire" {
        settings.providers.x.url = "http://a";
      };
      theme-type = home "programs.nerva.theme.fontSize" { theme.fontSize = 99; };
      theme-name = home "programs.nerva.theme.name" { theme.name = "norf"; };
      colour = home "programs.nerva.themes.a.colors.text" { themes.a.colors.text = "red"; };
      no-colour = home "programs.nerva.themes.a.colors.txt" { themes.a.colors.txt = "#000000"; };
      scheme = home "programs.nerva.theme.base16" { theme.base16.base00 = "nonsense"; };
      chord = home "programs.nerva.keybindings.toggle" { keybindings.toggle = "Hyper-space"; };
      chord-twice = home "programs.nerva.keybindings" { keybindings.stop = "Super+Space"; };
      watcher = home "programs.nerva.watchers.a.on" {
        watchers.a = {
          on.moon = { };
          ask = "x";
        };
      };
      watcher-value = home "programs.nerva.watchers.a.on.battery.below" {
        watchers.a = {
          on.battery.below = 200;
          ask = "x";
        };
      };
      unknown = home "programs.nerva.enabel" { enabel = true; };
      service-without-package = home "programs.nerva.systemd.enable" {
        package = null;
        systemd.enable = true;
      };
      keys-without-service = home "programs.nerva.apiKeyFiles" {
        systemd.enable = false;
        apiKeyFiles.anthropic = "/run/secrets/anthropic";
      };
      keys-without-service-nixos = {
        option = "services.nerva.nervad.apiKeyFiles";
        nixos.services.nerva = {
          ui.enable = true;
          nervad.apiKeyFiles.anthropic = "/run/secrets/anthropic";
        };
      };
      nobody = {
        option = "services.nerva.permissions.users";
        nixos.services.nerva = {
          enable = true;
          permissions.users = [ "nobody-here" ];
        };
      };

      # Attempts to get a key into the store, which everybody on the machine can read.
      secret-key = provider "key" { inherit key; };
      secret-key-file = provider "key.file" { key.file = key; };
      secret-key-path = provider "key.file" { key.file = ./cases.nix; };
      secret-key-store = provider "key.file" {
        key.file = "/nix/store/00000000000000000000000000000000-key";
      };
      secret-key-env = provider "key.env" { key.env = key; };
      secret-key-credential = provider "key.credential" { key.credential = key; };
      secret-key-secret = provider "key.secret" { key.secret = key; };
      secret-header = provider "headers" { headers.Authorization = "Basic dXNlcjpwYXNz"; };
      secret-header-other = provider "headers" { headers.x-api-key = "0123456789abcdef"; };
      secret-header-value = provider "headers" { headers.X-Custom = "Bearer abcdefghijklmnop"; };
      secret-url = provider "url" { url = "https://user:hunter22@example.org/v1"; };
      secret-query = provider "url" { url = "https://example.org/v1?key=0123456789abcdef"; };
      secret-label = provider "label" { label = "AIzaSyA1234567890abcdefghijklmnopqrstuvw"; };
      secret-proxy = home "programs.nerva.settings.network.proxy" {
        settings.network.proxy = "http://user:hunter22@proxy:3128";
      };
      secret-system = home "programs.nerva.settings.model.system" {
        settings.model.system = "Use the key ${key} for everything.";
      };
      secret-freeform = home "programs.nerva.settings.cloud" { settings.cloud.token = key; };
      secret-freeform-path = home "programs.nerva.settings.cloud" { settings.cloud.file = ./cases.nix; };
      secret-freeform-inside = provider "token" { token = key; };
      secret-name = home "programs.nerva.settings" { settings.providers.${key}.wire = "ollama"; };
      secret-freeform-name = home "programs.nerva.settings" { settings.cloud.${key} = true; };
      secret-target = home "programs.nerva.systemd.target" { systemd.target = "${key}.target"; };
      secret-chord = home "programs.nerva.keybindings.stop" {
        keybindings.stop = "hf_abcdefghijklmnopqrstuv";
      };
      secret-watcher-unit = home "programs.nerva.watchers.a.on.unit.name" {
        watchers.a = {
          on.unit.name = key;
          ask = "x";
        };
      };
      secret-terminal = home "programs.nerva.settings.launcher.terminal" {
        settings.launcher.terminal = [
          "env"
          "OPENAI_API_KEY=${key}"
          "foot"
        ];
      };
      secret-file-path = home "programs.nerva.apiKeyFiles.anthropic" {
        apiKeyFiles.anthropic = ./cases.nix;
      };
      secret-file-key = home "programs.nerva.apiKeyFiles.anthropic" { apiKeyFiles.anthropic = key; };
      secret-file-store = home "programs.nerva.apiKeyFiles.anthropic" {
        apiKeyFiles.anthropic = "/nix/store/00000000000000000000000000000000-key";
      };
      secret-file-name = home "programs.nerva.apiKeyFiles" { apiKeyFiles.${key} = "/run/secrets/a"; };
      secret-file-nixos = {
        option = "services.nerva.nervad.apiKeyFiles.anthropic";
        nixos.services.nerva.enable = true;
        nixos.services.nerva.nervad.apiKeyFiles.anthropic = ./cases.nix;
      };
      secret-agent = home "programs.nerva.agents.a.command" {
        agents.a.command = [
          "agent"
          "--key=${key}"
        ];
      };
      secret-agent-environment = home "programs.nerva.agents.a.sandbox.passEnvironment" {
        agents.a = {
          command = [ "agent" ];
          sandbox.passEnvironment = [ "ANTHROPIC_API_KEY=${key}" ];
        };
      };
      secret-agent-folder = home "programs.nerva.agents.a.sandbox.readOnly" {
        agents.a = {
          command = [ "agent" ];
          sandbox.readOnly = [ ./. ];
        };
      };
      secret-notes = home "programs.nerva.notes.path" { notes.path = ./.; };
      secret-theme = home "programs.nerva.themes.a.name" { themes.a.name = key; };
      secret-scheme = home "programs.nerva.theme.base16" { theme.base16 = /home/alice/key; };
      secret-watcher = home "programs.nerva.watchers.a.ask" {
        watchers.a = {
          on.battery.below = 5;
          ask = key;
        };
      };
      secret-watcher-path = home "programs.nerva.watchers.a.on.file.path" {
        watchers.a = {
          on.file.path = ./.;
          ask = "x";
        };
      };
    };
}
