# Nerva on NixOS: `services.nerva.enable = true` turns all of it on.
{
  imports = [
    ./nervad.nix
    ./ui.nix
    ./permissions.nix
  ];
}
