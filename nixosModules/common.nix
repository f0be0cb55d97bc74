# What all modules of services.nerva share.
{ lib, pkgs, ... }:
{
  options.services.nerva = {
    enable = lib.mkEnableOption "Nerva, the command bar of a Wayland desktop, with all of its parts";

    package = lib.mkOption {
      type = lib.types.package;
      # Not `pkgs.nerva`: nixpkgs has another program of that name.
      default = pkgs.callPackage ../nix/package.nix { };
      defaultText = lib.literalExpression "nerva.packages.\${system}.nerva";
      description = "The package with `nervad`, `nerva-ui` and `nerva`.";
    };
  };
}
