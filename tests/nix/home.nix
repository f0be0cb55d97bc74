# The options of Home Manager that the modules of Nerva set or read, with the types that they have there.
{ lib }:
let
  inherit (lib) types;
  option =
    type: default:
    lib.mkOption {
      inherit type default;
    };
  file = types.submodule {
    options = {
      text = option (types.nullOr types.str) null;
      source = option (types.nullOr types.raw) null;
    };
  };
  files = option (types.attrsOf file) { };
  word = types.oneOf [
    types.bool
    types.int
    types.str
  ];
  section = types.attrsOf (types.either word (types.listOf word));
  compositor =
    more:
    {
      enable = option types.bool false;
    }
    // more;
  anything = option types.anything { };
in
{
  options = {
    assertions = option (types.listOf types.raw) [ ];
    home.packages = option (types.listOf types.package) [ ];
    xdg.configFile = files;
    xdg.dataFile = files;
    systemd.user.services = option (types.attrsOf (types.attrsOf section)) { };
    programs.other = anything;
    wayland.systemd.target = option types.str "graphical-session.target";
    wayland.windowManager = {
      hyprland = compositor {
        configType = option types.str "lua";
        settings = anything;
      };
      sway = compositor {
        config = option (types.nullOr (
          types.submodule {
            options = {
              bindkeysToCode = option types.bool false;
              # What is defined takes the place of this, as a whole.
              keybindings = option (types.attrsOf (types.nullOr types.str)) {
                "Mod1+Return" = "exec foot";
              };
            };
          }
        )) { };
        extraConfig = option types.lines "";
      };
      niri = compositor { settings = anything; };
      river = compositor { settings = anything; };
    };
  };
}
