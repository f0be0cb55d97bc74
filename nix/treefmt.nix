# `nix fmt`, and the check of the same name.
{
  projectRootFile = "flake.nix";

  programs = {
    nixfmt.enable = true;
    deadnix.enable = true;
    rustfmt.enable = true;
    taplo = {
      enable = true;
      # Themes are aligned by hand, and lines are as long as in the rest.
      includes = [
        "Cargo.toml"
        "clippy.toml"
        "rustfmt.toml"
      ];
      settings.formatting = {
        array_auto_expand = false;
        column_width = 400;
      };
    };
    shfmt = {
      enable = true;
      indent_size = 4;
      simplify = false;
      includes = [
        ".ci/run"
        "scripts/*"
        "scripts/lib/*"
        "tests/rig/desktop/hyprland"
        "tests/rig/desktop/inside"
        "tests/rig/desktop/newer"
        "tests/rig/desktop/session"
        "tests/rig/llm/setup"
      ];
    };
  };

  # The hidden folder is found by name only.
  settings.global.excludes = [
    "flake.lock"
    "tests/nix/golden/*"
  ];
}
