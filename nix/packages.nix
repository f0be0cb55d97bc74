# The packages, for the outputs and the overlay.
pkgs:
let
  nerva = pkgs.callPackage ./package.nix { };
  part = name: pkgs.callPackage ./part.nix { inherit nerva name; };
in
{
  inherit nerva;
  nervad = part "nervad";
  nerva-ui = part "nerva-ui";
}
