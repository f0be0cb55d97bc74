# The options of NixOS that the modules of Nerva set or read.
{ lib }:
let
  option =
    type: default:
    lib.mkOption {
      inherit type default;
    };
  list = option (lib.types.listOf lib.types.raw) [ ];
  bool = option lib.types.bool false;
in
{
  options = {
    assertions = list;
    warnings = list;
    environment.systemPackages = list;
    services.dbus.packages = list;
    services.pipewire.enable = bool;
    xdg.portal.enable = bool;
    hardware.uinput.enable = bool;
    systemd.user.services = option (lib.types.attrsOf lib.types.anything) { };
    users.users = option (lib.types.attrsOf lib.types.anything) { };
    users.groups = option (lib.types.attrsOf lib.types.anything) { };
  };
}
