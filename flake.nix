{
  description = "Nerva, the command bar of a Wayland desktop";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    systems.url = "github:nix-systems/default-linux";
    # Only to check the modules and to format; who uses Nerva need not have them.
    home-manager = {
      url = "github:nix-community/home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    treefmt-nix = {
      url = "github:numtide/treefmt-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      systems,
      home-manager,
      treefmt-nix,
    }:
    let
      inherit (nixpkgs) lib;
      each =
        form:
        lib.genAttrs (import systems) (
          system: form nixpkgs.legacyPackages.${system} self.packages.${system}
        );
      format = pkgs: treefmt-nix.lib.evalModule pkgs ./nix/treefmt.nix;
    in
    {
      packages = lib.genAttrs (import systems) (
        system:
        import ./nix/packages.nix nixpkgs.legacyPackages.${system}
        // {
          default = self.packages.${system}.nerva;
        }
      );

      # `nerva` goes before the program of the same name that nixpkgs has.
      overlays.default = final: _: import ./nix/packages.nix final;

      apps = each (
        pkgs: packages:
        let
          app = program: description: {
            type = "app";
            inherit program;
            meta = { inherit description; };
          };
        in
        {
          default = app (lib.getExe packages.nerva-ui) "Open Nerva's overlay, starting nervad where it is not running";
          nerva = app (lib.getExe packages.nerva) "The command line of Nerva";
          try = app (lib.getExe (
            import ./nix/try.nix {
              inherit pkgs;
              inherit (packages) nerva;
            }
          )) "Show Nerva at work in this session, or on a headless desktop";
        }
      );

      nixosModules = {
        default = ./nixosModules;
        nervad = ./nixosModules/nervad.nix;
        ui = ./nixosModules/ui.nix;
        permissions = ./nixosModules/permissions.nix;
      };

      homeModules = {
        default = ./homeModules;
        keybindings = ./homeModules/keybindings.nix;
        watchers = ./homeModules/watchers.nix;
        theme = ./homeModules/theme.nix;
      };

      devShells = each (
        pkgs: packages: {
          default = import ./nix/shell.nix {
            inherit pkgs;
            inherit (packages) nerva;
          };
        }
      );

      formatter = each (pkgs: _: (format pkgs).config.build.wrapper);

      checks = each (
        pkgs: packages:
        import ./nix/checks.nix {
          inherit
            pkgs
            packages
            nixpkgs
            home-manager
            self
            ;
        }
        // {
          fmt = (format pkgs).config.build.check self;
        }
      );
    };
}
