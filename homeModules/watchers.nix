# Rules that wake Nerva by itself. Options and file are complete; the watchers that read them are not there yet.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) types;
  top = config.programs.nerva;
  schema = import ../nix/schema.nix { inherit lib; };
  secrets = import ../nix/secrets.nix { inherit lib; };
  toml = pkgs.formats.toml { };

  option =
    type: description:
    lib.mkOption {
      inherit type description;
    };
  optional =
    type: description:
    lib.mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  preset =
    default: type: description:
    lib.mkOption {
      inherit type default description;
    };
  kind =
    description: options:
    lib.mkOption {
      type = types.submodule { inherit options; };
      inherit description;
    };
  manager = preset "user" (types.enum [
    "user"
    "system"
  ]) "Whose units: those of the session, or those of the system.";

  trigger = types.attrTag {
    file = kind "A file or folder changes." {
      path = option secrets.file "The file or folder.";
      events = preset [ "changed" ] (types.listOf (
        types.enum [
          "created"
          "changed"
          "deleted"
        ]
      )) "What of it counts.";
      pattern = optional secrets.str "In a folder, which names count; `*` is any characters.";
    };
    unit = kind "A unit of systemd gets into a state." {
      name = option (secrets.without (types.strMatching "[A-Za-z0-9:_.@*\\-]+")) "The unit, such as `backup.service`; `*` is any characters.";
      inherit manager;
      states = preset [ "failed" ] (types.listOf (
        types.enum [
          "active"
          "inactive"
          "failed"
        ]
      )) "The states that count.";
    };
    journal = kind "A line is written to the journal." {
      match = option secrets.str "A regular expression that the line matches.";
      unit = optional secrets.str "Only lines of this unit.";
      priority = preset "warning" (types.enum [
        "emerg"
        "alert"
        "crit"
        "err"
        "warning"
        "notice"
        "info"
        "debug"
      ]) "Only lines at least this grave.";
      inherit manager;
    };
    schedule = kind "A time comes." {
      calendar = option secrets.str "When, as `OnCalendar=` of systemd: `Mon..Fri 08:30`.";
      persistent =
        preset false types.bool
          "Whether a time that passed while the machine was off is made up for.";
    };
    clipboard = kind "Something is copied." {
      match = optional secrets.str "A regular expression that the text matches.";
      image = preset false types.bool "Whether pictures count as well.";
    };
    window = kind "A window opens, or gets the focus." {
      app = optional secrets.str "Its app id; `*` is any characters.";
      title = optional secrets.str "Its title; `*` is any characters.";
      event = preset "opened" (types.enum [
        "opened"
        "focused"
        "closed"
      ]) "What happens to it.";
    };
    notification = kind "A program shows a notification." {
      app = optional secrets.str "Its program; `*` is any characters.";
      match = optional secrets.str "A regular expression that its text matches.";
    };
    battery = kind "The battery runs low." {
      below = option (types.ints.between 1 99) "The charge in percent below which it counts.";
    };
    disk = kind "A file system fills up." {
      path = preset "/" secrets.file "A folder on it.";
      above = option (types.ints.between 1 99) "The share in percent that is in use.";
    };
  };
in
{
  options.programs.nerva.watchers = lib.mkOption {
    default = { };
    example = {
      failed-backup = {
        on.unit.name = "backup.service";
        ask = "The backup failed. What does its log say, and what do I do?";
        attach = [ "journal" ];
      };
    };
    description = ''
      What Nerva looks out for, and what it asks then. Nerva has no watchers yet: the rules are checked here and written to
      {file}`$XDG_CONFIG_HOME/nerva/watchers.toml`, beside the settings, which nothing reads until it does. They are not
      put into `config.toml`, because Nerva refuses settings that it does not know instead of ignoring them silently.
    '';
    type = types.attrsOf (
      types.submodule {
        options = {
          enable = preset true types.bool "Whether the rule is in force.";
          on = option trigger "What happens.";
          ask = option secrets.str "What is asked then.";
          model = optional secrets.str "The model that is asked, as `provider/model`; `null` is the one in use.";
          attach = preset [ ] (types.listOf (
            types.enum [
              "cause"
              "journal"
              "screen"
              "window"
              "clipboard"
            ]
          )) "What goes along with the question.";
          show = preset "notification" (types.enum [
            "notification"
            "overlay"
            "tray"
          ]) "Where the answer is shown.";
          cooldown = preset 300 types.ints.unsigned "Seconds after which the rule may act again.";
          daily = preset 20 types.ints.unsigned "How often it may act in a day; `0` is without a limit.";
        };
      }
    );
  };

  config = lib.mkIf top.enable {
    assertions = [
      {
        assertion = lib.all secrets.name.check (lib.attrNames top.watchers);
        message = "programs.nerva.watchers: a rule's name has letters, digits, `.`, `_` and `-` only.";
      }
      {
        assertion = lib.all (rule: rule.model == null || builtins.match "[^/ ]+/[^ ]+" rule.model != null) (
          lib.attrValues top.watchers
        );
        message = "programs.nerva.watchers: `model` is written as provider/model.";
      }
    ];

    xdg.configFile."nerva/watchers.toml" = lib.mkIf (top.watchers != { }) {
      source = toml.generate "nerva-watchers.toml" { watchers = schema.written top.watchers; };
    };
  };
}
