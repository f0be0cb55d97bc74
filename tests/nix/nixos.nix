# The options of NixOS that the modules of Nerva set or read, with the types that they have there.
{ lib }:
let
  inherit (lib) types;
  option =
    type: default:
    lib.mkOption {
      inherit type default;
    };
  list = type: option (types.listOf type) [ ];
  bool = option types.bool false;
  unitNames = list (
    types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)"
  );
  word = types.oneOf [
    types.bool
    types.int
    types.str
  ];
  section = types.attrsOf (types.either word (types.listOf word));
  oneOf =
    key: choices: set:
    !(set ? ${key}) || lib.elem set.${key} choices;
  service = types.submodule {
    options = {
      description = option (types.strMatching "[^\n\r]*\n?") "";
      documentation = list types.str;
      wantedBy = unitNames;
      partOf = unitNames;
      after = unitNames;
      # A minimal PATH, unless it is turned off.
      enableDefaultPath = option types.bool true;
      unitConfig = option section { };
      serviceConfig = option (types.addCheck
        (types.addCheck section (
          oneOf "Type" [
            "exec"
            "simple"
            "forking"
            "oneshot"
            "dbus"
            "notify"
            "notify-reload"
            "idle"
          ]
        ))
        (
          oneOf "Restart" [
            "no"
            "on-success"
            "on-failure"
            "on-abnormal"
            "on-abort"
            "always"
          ]
        )
      ) { };
      environment = option (types.attrsOf types.str) { };
    };
  };
  user = types.submodule {
    options = {
      isNormalUser = bool;
      extraGroups = list types.str;
    };
  };
  # Neither a colon nor the end of a line may be in a field of /etc/group.
  group = types.submodule { options.members = list (types.strMatching "[^:\n]*"); };
in
{
  options = {
    assertions = list types.raw;
    warnings = list types.str;
    environment.systemPackages = list types.package;
    services.dbus.packages = list types.package;
    services.pipewire.enable = bool;
    xdg.portal.enable = bool;
    hardware.uinput.enable = bool;
    systemd.packages = list types.package;
    systemd.user.services = option (types.attrsOf service) { };
    users.users = option (types.attrsOf user) { };
    users.groups = option (types.attrsOf group) { };
  };
}
