# The unit of nervad, in one place for NixOS and Home Manager. A test compares it with assets/nervad.service.
{ lib }:
let
  secrets = import ./secrets.nix { inherit lib; };
in
{
  description = "Nerva, the command bar";
  documentation = [ "man:nerva(1)" ];

  # `files` says for each provider which file holds its key.
  service =
    { package, files }:
    {
      Type = "dbus";
      BusName = "org.nerva.Nerva";
      ExecStart = lib.getExe' package "nervad";
      Restart = "always";
      RestartSec = 3;
      # Programs that Nerva starts outlive it.
      KillMode = "process";
      OOMPolicy = "continue";
      # What this unit takes away is taken from every program that nervad starts, a terminal with sudo in it included:
      # nothing is. In the units of a user even LockPersonality implies NoNewPrivileges.
      KeyringMode = "inherit";
    }
    // lib.optionalAttrs (files != { }) {
      LoadCredential = lib.mapAttrsToList (
        provider: file: "nerva-${provider}:${secrets.specifiers file}"
      ) files;
    };

  # The option for keys by file, the same in both.
  keyFiles = lib.mkOption {
    type = lib.types.attrsOf secrets.file;
    default = { };
    example = {
      anthropic = "/run/secrets/anthropic";
      home = "%h/.config/nerva/keys/home";
    };
    description = ''
      Files with the keys of providers, by the provider's name in the configuration. Only the path is written; the file
      is given to nervad by systemd as the credential `nerva-NAME` when it starts, and must be readable for the user
      then. A path of Nix (without quotes) is refused, because it would be copied into the store.
    '';
  };

  # A name that systemd refuses is refused here, where it can be named.
  keyNames = option: files: {
    assertion = lib.all secrets.name.check (lib.attrNames files);
    message = "${option}: a provider's name has letters, digits, `.`, `_`, `-` and `@` only";
  };
}
