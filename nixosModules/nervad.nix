# The resident process, as a service of every user's graphical session.
{ config, lib, ... }:
let
  top = config.services.nerva;
  cfg = top.nervad;
  unit = import ../nix/unit.nix { inherit lib; };
in
{
  imports = [ ./common.nix ];

  options.services.nerva.nervad = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = top.enable;
      defaultText = lib.literalExpression "config.services.nerva.enable";
      description = ''
        Whether nervad is started with every graphical session. Otherwise the bus starts it when the key is pressed for
        the first time.
      '';
    };

    apiKeyFiles = unit.keyFiles;
  };

  config = {
    assertions = [
      (unit.keyNames "services.nerva.nervad.apiKeyFiles" cfg.apiKeyFiles)
      {
        assertion = cfg.apiKeyFiles != { } -> cfg.enable;
        message = "services.nerva.nervad.apiKeyFiles are given to nervad by its service, and services.nerva.nervad.enable is off.";
      }
    ];

    systemd.user.services.nervad = lib.mkIf cfg.enable {
      inherit (unit) description documentation;
      wantedBy = [ "graphical-session.target" ];
      partOf = [ "graphical-session.target" ];
      after = [ "graphical-session.target" ];
      # Programs are started from it, with the PATH of the session instead of a minimal one.
      enableDefaultPath = false;
      # The session of a display manager is none of a person.
      unitConfig.ConditionUser = "!@system";
      serviceConfig = unit.service {
        inherit (top) package;
        files = cfg.apiKeyFiles;
      };
    };
  };
}
