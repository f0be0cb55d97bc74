# `nix run .#try`: what scripts/try does, with the programs of the package.
{ pkgs, nerva }:
let
  tools = import ./tools.nix pkgs;
  scripts = pkgs.lib.fileset.toSource {
    root = ../.;
    fileset = pkgs.lib.fileset.unions [
      ../scripts
      ../tests/rig
    ];
  };
in
pkgs.writeShellApplication {
  name = "nerva-try";
  runtimeInputs = tools.desktop ++ tools.model;
  text = ''
    cache="''${XDG_CACHE_HOME:-$HOME/.cache}/nerva"
    mkdir -p "$cache"
    export NERVA_TRY_PROGRAMS=${nerva}/bin NERVA_TRY_OUT="''${NERVA_TRY_OUT:-$PWD/nerva-try}"
    export NERVA_RIG_DIR="''${NERVA_RIG_DIR:-$cache/rig}" NERVA_RIG_LIBEXEC=${
      pkgs.symlinkJoin {
        name = "nerva-portals";
        paths = [
          pkgs.xdg-desktop-portal
          pkgs.xdg-desktop-portal-gtk
          pkgs.xdg-desktop-portal-wlr
        ];
      }
    }/libexec
    export NERVA_RIG_LIBRARY_PATH=${pkgs.lib.makeLibraryPath tools.wheels}
    exec ${scripts}/scripts/try "$@"
  '';
}
