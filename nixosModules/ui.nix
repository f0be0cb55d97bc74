# The programs, and what of the system they stand on.
{ config, lib, ... }:
let
  top = config.services.nerva;
  cfg = top.ui;
in
{
  imports = [ ./common.nix ];

  options.services.nerva.ui = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = top.enable;
      defaultText = lib.literalExpression "config.services.nerva.enable";
      description = ''
        Whether the programs are installed, with their desktop file, icons and the service of the bus that starts nervad.
        PipeWire is turned on unless you said otherwise. No portal is chosen: that is the desktop's business, and a
        warning says so where there is none.
      '';
    };

    extraPackages = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      example = lib.literalExpression "[ (pkgs.tesseract.override { enableLanguages = [ \"eng\" \"deu\" ]; }) ]";
      description = "Programs that Nerva uses where they are installed, such as tesseract to read text in pictures.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ top.package ] ++ cfg.extraPackages;
    services.dbus.packages = [ top.package ];
    # The bus starts nervad through systemd. Where no module makes the unit, that of the package is there for it.
    systemd.packages = lib.optional (!(top.nervad.enable or false)) top.package;
    services.pipewire.enable = lib.mkDefault true;

    warnings = lib.optional (!config.xdg.portal.enable) ''
      services.nerva: no desktop portal is enabled, so that Nerva does not follow the desktop's light and dark. Enable the
      module of your desktop (such as programs.hyprland, programs.sway or programs.niri), or set xdg.portal.enable and
      xdg.portal.extraPortals.
    '';
  };
}
