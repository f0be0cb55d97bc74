# `nix develop`: everything that building, testing and looking at Nerva takes.
{ pkgs, nerva }:
let
  tools = import ./tools.nix pkgs;
in
pkgs.mkShell {
  packages =
    tools.desktop
    ++ tools.model
    ++ (with pkgs; [
      cargo
      cargo-nextest
      clippy
      deadnix
      desktop-file-utils
      nixfmt
      ollama
      pkg-config
      rustPlatform.bindgenHook
      rust-analyzer
      rustc
      rustfmt
      shfmt
      taplo
    ]);
  buildInputs = [
    pkgs.wayland
    pkgs.libxkbcommon
    pkgs.pipewire
  ];

  RUST_SRC_PATH = "${pkgs.rustPlatform.rustLibSrc}";
  LD_LIBRARY_PATH = pkgs.lib.makeLibraryPath (nerva.libraries ++ tools.wheels);
  # Drivers of graphics that need no card, for the headless desktop.
  NERVA_RIG_DATA_DIRS = pkgs.lib.makeSearchPath "share" [
    pkgs.xdg-desktop-portal
    pkgs.xdg-desktop-portal-gtk
    pkgs.xdg-desktop-portal-wlr
    pkgs.gsettings-desktop-schemas
    pkgs.mesa
  ];
}
