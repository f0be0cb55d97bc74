# Who may make input devices, for tools that type and click where the compositor has no way of its own.
{ config, lib, ... }:
let
  top = config.services.nerva;
  cfg = top.permissions;
in
{
  imports = [ ./common.nix ];

  options.services.nerva.permissions = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = top.enable;
      defaultText = lib.literalExpression "config.services.nerva.enable";
      description = ''
        Whether /dev/uinput is there, open to the group `uinput` and to nobody else (`hardware.uinput.enable`). The group
        is empty until {option}`services.nerva.permissions.users` names somebody.
      '';
    };

    users = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "alice" ];
      description = ''
        Users who are put into the group `uinput`. Every program of such a user can then type and click as if it were a
        keyboard and a mouse, in every session of this machine: name those who need it, and leave it empty where the
        compositor lets programs type (sway, Hyprland, niri, river, KDE).
      '';
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.users == [ ] || cfg.enable;
          message = "services.nerva.permissions.users is set, but services.nerva.permissions.enable is off.";
        }
        {
          assertion = lib.all (user: config.users.users ? ${user}) cfg.users;
          message = "services.nerva.permissions.users names somebody who is not in users.users.";
        }
      ];
    }
    (lib.mkIf cfg.enable {
      hardware.uinput.enable = true;
      users.groups.uinput.members = cfg.users;
    })
  ];
}
