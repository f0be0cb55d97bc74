# The options of Home Manager that the modules of Nerva set or read.
{ lib }:
let
  option =
    type: default:
    lib.mkOption {
      inherit type default;
    };
  files = option (lib.types.attrsOf lib.types.anything) { };
  compositor = more: { enable = option lib.types.bool false; } // more;
  anything = option lib.types.anything { };
in
{
  options = {
    assertions = option (lib.types.listOf lib.types.raw) [ ];
    home.packages = option (lib.types.listOf lib.types.raw) [ ];
    xdg.configFile = files;
    xdg.dataFile = files;
    systemd.user.services = option (lib.types.attrsOf lib.types.anything) { };
    programs.other = anything;
    wayland.systemd.target = option lib.types.str "graphical-session.target";
    wayland.windowManager = {
      hyprland = compositor {
        configType = option lib.types.str "lua";
        settings = anything;
      };
      sway = compositor { config = anything; };
      niri = compositor { settings = anything; };
      river = compositor { settings = anything; };
    };
  };
}
