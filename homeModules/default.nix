# Nerva for a user: programs.nerva of Home Manager.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.nerva;
  schema = import ../nix/schema.nix { inherit lib; };
  secrets = import ../nix/secrets.nix { inherit lib; };
  unit = import ../nix/unit.nix { inherit lib; };
  agents = import ../nix/agents.nix { inherit lib pkgs; };
  toml = pkgs.formats.toml { };

  settings = schema.written cfg.settings;
  written = toml.generate "nerva-config.toml" settings;
  themes = lib.filterAttrs (path: _: lib.hasPrefix "nerva/themes/" path) config.xdg.configFile;

  # What Nerva itself says about the file stops the build, before it is in use.
  checked =
    pkgs.runCommand "nerva-config.toml"
      {
        nativeBuildInputs = [ cfg.package ];
        settings = written;
        themes = map (file: file.source) (lib.attrValues themes);
        names = map baseNameOf (lib.attrNames themes);
      }
      ''
        mkdir themes
        set -- $names
        for theme in $themes; do
          cp "$theme" "themes/$1"
          shift
        done
        cp "$settings" config.toml
        export NERVA_CONFIG=$PWD/config.toml HOME=$PWD
        nerva config check
        for theme in themes/*.toml; do
          [ ! -e "$theme" ] || nerva theme check "$theme" || echo "It works all the same, as far as it is right." >&2
        done
        cp config.toml "$out"
      '';
in
{
  imports = [
    ./keybindings.nix
    ./theme.nix
    ./watchers.nix
  ];

  options.programs.nerva = {
    enable = lib.mkEnableOption "Nerva, the command bar of a Wayland desktop";

    package = lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      # Not `pkgs.nerva`: nixpkgs has another program of that name.
      default = pkgs.callPackage ../nix/package.nix { };
      defaultText = lib.literalExpression "nerva.packages.\${system}.nerva";
      description = ''
        The package with `nervad`, `nerva-ui` and `nerva`. `null` installs nothing, for where the system does; the
        settings are then not checked when they are built.
      '';
    };

    extraPackages = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      example = lib.literalExpression "[ (pkgs.tesseract.override { enableLanguages = [ \"eng\" \"deu\" ]; }) ]";
      description = "Programs that Nerva uses where they are installed, such as tesseract to read text in pictures.";
    };

    settings = lib.mkOption {
      inherit (schema) type;
      default = { };
      example = lib.literalExpression ''
        {
          model.default = "home/qwen3";
          providers.home = {
            wire = "openai-chat";
            url = "http://192.168.1.5:8080/v1";
            key.none = true;
          };
          launcher.terminal = [ "foot" ];
        }
      '';
      description = ''
        What is written to {file}`$XDG_CONFIG_HOME/nerva/config.toml`; nothing is written while it is empty. Settings that
        Nerva knows are checked by type and range, and the file by Nerva itself when it is built. A key never goes here,
        only where it is: see {option}`programs.nerva.apiKeyFiles`.
      '';
    };

    checkSettings = lib.mkOption {
      type = lib.types.bool;
      default = cfg.package != null && pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform;
      defaultText = lib.literalMD "whether there is a package that can run where it is built";
      description = "Whether `nerva config check` reads the settings when they are built, and stops when one is wrong.";
    };

    systemd = {
      enable = lib.mkOption {
        type = lib.types.bool;
        default = cfg.package != null;
        defaultText = lib.literalExpression "config.programs.nerva.package != null";
        description = "Whether nervad is a service of the graphical session, ready before the key is pressed.";
      };

      target = lib.mkOption {
        type = secrets.without (lib.types.strMatching "[A-Za-z0-9:_.@\\-]+[.]target") // {
          description = "name of a target of systemd";
        };
        default = config.wayland.systemd.target;
        defaultText = lib.literalExpression "config.wayland.systemd.target";
        example = "sway-session.target";
        description = "The target of systemd that starts and stops nervad.";
      };
    };

    apiKeyFiles = unit.keyFiles;

    notes.path = lib.mkOption {
      type = lib.types.nullOr secrets.file;
      default = null;
      example = "~/Notes";
      description = ''
        A folder of notes in Markdown, which tools search and read without asking, and write when you allow it
        (`notes.path` of the settings).
      '';
    };

    agents = agents.option;
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "programs.nerva" pkgs lib.platforms.linux)
      {
        assertion = cfg.systemd.enable -> cfg.package != null;
        message = "programs.nerva.systemd.enable needs programs.nerva.package, which is null.";
      }
      {
        assertion = cfg.checkSettings -> cfg.package != null;
        message = "programs.nerva.checkSettings needs programs.nerva.package, which is null.";
      }
      {
        assertion = cfg.apiKeyFiles != { } -> cfg.systemd.enable;
        message = ''
          programs.nerva.apiKeyFiles are given to nervad by its service, and programs.nerva.systemd.enable is off. Turn it
          on, or name the file in programs.nerva.settings.providers.NAME.key.file.
        '';
      }
      (unit.keyNames "programs.nerva.apiKeyFiles" cfg.apiKeyFiles)
      {
        assertion = !secrets.namesHoldKey settings;
        message = "programs.nerva.settings: a name in it is a key, which everybody on the machine could read.";
      }
    ]
    ++ agents.assertions cfg.agents;

    programs.nerva.settings.notes = lib.mkIf (cfg.notes.path != null) {
      path = lib.mkDefault cfg.notes.path;
    };

    home.packages =
      lib.optional (cfg.package != null) cfg.package
      ++ cfg.extraPackages
      ++ lib.mapAttrsToList agents.program (agents.enabled cfg.agents);

    xdg.configFile = {
      "nerva/config.toml" = lib.mkIf (settings != { }) {
        source = if cfg.checkSettings then checked else written;
      };
      "nerva/agents.toml" = lib.mkIf (agents.enabled cfg.agents != { }) {
        source = toml.generate "nerva-agents.toml" (agents.written cfg.agents);
      };
    };

    systemd.user.services.nervad = lib.mkIf (cfg.systemd.enable && cfg.package != null) {
      Unit = {
        Description = unit.description;
        Documentation = unit.documentation;
        PartOf = [ cfg.systemd.target ];
        After = [ cfg.systemd.target ];
        ConditionEnvironment = "WAYLAND_DISPLAY";
        # Settings and themes are read again when they change; only another program needs another start.
        X-Restart-Triggers = [ "${cfg.package}" ];
      };
      Service = unit.service {
        inherit (cfg) package;
        files = cfg.apiKeyFiles;
      };
      Install.WantedBy = [ cfg.systemd.target ];
    };

    # The bus finds nervad in the user's profile where the user's bus looks there; a copy in the home is always found.
    xdg.dataFile."dbus-1/services/org.nerva.Nerva.service" =
      lib.mkIf (cfg.systemd.enable && cfg.package != null)
        {
          source = "${cfg.package}/share/dbus-1/services/org.nerva.Nerva.service";
        };
  };
}
