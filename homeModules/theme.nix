# How Nerva looks: themes by name, of one's own, of a base16 scheme, or of Stylix, and everything that goes over a theme.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) types;
  top = config.programs.nerva;
  cfg = top.theme;
  schema = import ../nix/schema.nix { inherit lib; };
  secrets = import ../nix/secrets.nix { inherit lib; };
  toml = pkgs.formats.toml { };

  # The themes that come with Nerva, and what a theme names, are read from the themes themselves.
  builtIn = map (lib.removeSuffix ".toml") (lib.attrNames (builtins.readDir ../themes));
  named = builtins.fromTOML (builtins.readFile ../themes/nerva-dark.toml);

  colour = types.strMatching "#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?" // {
    description = "colour, `#rrggbb` or `#rrggbbaa`";
  };
  colours =
    section:
    lib.mapAttrs (
      name: preset:
      lib.mkOption {
        type = types.nullOr colour;
        default = null;
        example = preset;
        description = "The colour `${name}`; `null` is that of Nerva's own theme.";
      }
    ) named.${section};
  metric =
    least: most: description:
    lib.mkOption {
      type = types.nullOr (types.numbers.between least most);
      default = null;
      inherit description;
    };

  ownTheme = types.submodule {
    options = {
      name = lib.mkOption {
        type = types.nullOr secrets.str;
        default = null;
        description = "Its name for people.";
      };
      scheme = lib.mkOption {
        type = types.enum [
          "dark"
          "light"
        ];
        default = "dark";
        description = "Whether it is dark or light; what it leaves out is taken from Nerva's own theme of that kind.";
      };
      colors = colours "colors";
      syntax = colours "syntax";
      metrics = {
        radius = metric 0 32 "Corner radius of the card in logical pixels.";
        opacity = metric 0.5 1 "Opacity of the card's ground.";
        font_size = metric 10 28 "Size of body text in logical pixels.";
      };
    };
  };

  digits = map (digit: "base0${digit}") (lib.stringToCharacters "0123456789ABCDEF");
  scheme = types.submodule {
    options = lib.genAttrs digits (
      digit:
      lib.mkOption {
        type = types.strMatching "#?[0-9a-fA-F]{6}" // {
          description = "six hexadecimal digits";
        };
        description = "The colour ${digit} of the scheme.";
      }
    );
  };
  # The type of a submodule would take a path for a module, and read a key that somebody meant for a scheme.
  colourSet = types.addCheck scheme builtins.isAttrs // {
    description = "attribute set of sixteen colours";
  };
  schemeFile =
    if builtins.isAttrs cfg.base16 && !lib.isDerivation cfg.base16 then
      pkgs.writeText "nerva-base16.yaml" (
        lib.concatMapStrings (digit: "${digit}: \"${lib.removePrefix "#" cfg.base16.${digit}}\"\n") digits
      )
    else
      cfg.base16;

  # Nerva itself makes a theme of a scheme: it moves what would be hard to read until it is not.
  maker = if top.package != null then top.package else pkgs.callPackage ../nix/package.nix { };
  imported =
    pkgs.runCommand "nerva-base16.toml"
      {
        nativeBuildInputs = [ maker ];
        scheme = schemeFile;
      }
      ''
        export NERVA_CONFIG=$PWD/config.toml HOME=$PWD
        nerva theme import-base16 "$scheme" base16
        cp themes/base16.toml "$out"
      '';

  lookOf = schema.optionAt "theme";
  placeOf = schema.optionAt "overlay";
  # Each of these options is one setting: its name here, its section and its name there.
  single = {
    mode = [
      "theme"
      "mode"
    ];
    font = [
      "theme"
      "font"
    ];
    monoFont = [
      "theme"
      "mono_font"
    ];
    fontSize = [
      "theme"
      "font_size"
    ];
    radius = [
      "theme"
      "radius"
    ];
    opacity = [
      "theme"
      "opacity"
    ];
    iconTheme = [
      "theme"
      "icon_theme"
    ];
    width = [
      "overlay"
      "width"
    ];
    maxHeight = [
      "overlay"
      "max_height"
    ];
    position = [
      "overlay"
      "position"
    ];
    rows = [
      "overlay"
      "rows"
    ];
    animations = [
      "overlay"
      "animations"
    ];
  };
  known = builtIn ++ lib.attrNames top.themes ++ lib.optional (cfg.base16 != null) "base16";
  pair = {
    dark = if cfg.dark != null then cfg.dark else cfg.name;
    light = if cfg.light != null then cfg.light else cfg.name;
  };

  hasStylix = options ? stylix;
  stylix = config.stylix or { };
  within =
    least: most: number:
    if number < least then
      least
    else if number > most then
      most
    else
      number;
in
{
  options.programs.nerva = {
    themes = lib.mkOption {
      type = types.attrsOf ownTheme;
      default = { };
      example = {
        ember = {
          scheme = "dark";
          colors.accent = "#ff8f5e";
          metrics.radius = 6;
        };
      };
      description = ''
        Themes of one's own, each a file {file}`$XDG_CONFIG_HOME/nerva/themes/NAME.toml`. One that has the name of a theme
        of Nerva's goes before it.
      '';
    };

    theme =
      lib.mapAttrs (
        _: path: (if lib.head path == "theme" then lookOf else placeOf) (lib.last path)
      ) single
      // {
        name = lib.mkOption {
          type = types.nullOr secrets.name;
          default = null;
          example = "nord";
          description = ''
            The theme for dark and light alike: one of ${
              lib.concatMapStringsSep ", " (name: "`${name}`") builtIn
            }, or one
            of {option}`programs.nerva.themes`.
          '';
        };
        dark = lib.mkOption {
          type = types.nullOr secrets.name;
          default = null;
          example = "catppuccin-mocha";
          description = "The theme when the desktop is dark; `null` is that of {option}`programs.nerva.theme.name`.";
        };
        light = lib.mkOption {
          type = types.nullOr secrets.name;
          default = null;
          example = "catppuccin-latte";
          description = "The theme when the desktop is light; `null` is that of {option}`programs.nerva.theme.name`.";
        };
        base16 = lib.mkOption {
          type = types.nullOr (types.either types.pathInStore colourSet);
          default = null;
          example = lib.literalExpression "\"\${pkgs.base16-schemes}/share/themes/gruvbox-dark-hard.yaml\"";
          description = ''
            A base16 scheme, as its sixteen colours or as a file in the store. It becomes the theme `base16`, which is used
            unless another one is named.
          '';
        };
        stylix.enable = lib.mkOption {
          type = types.bool;
          default = hasStylix && (stylix.enable or false) && (stylix.autoEnable or true);
          defaultText = lib.literalMD "whether Stylix is there and on";
          description = "Whether colours, fonts and opacity are those of Stylix. What is set here goes before it.";
        };
      };
  };

  config = lib.mkIf top.enable (
    lib.mkMerge [
      {
        assertions =
          map
            (option: {
              assertion = cfg.${option} == null || lib.elem cfg.${option} known;
              message = "programs.nerva.theme.${option}: there is no theme `${toString cfg.${option}}`. There are: ${lib.concatStringsSep ", " known}.";
            })
            [
              "name"
              "dark"
              "light"
            ]
          ++ [
            {
              assertion = lib.all secrets.name.check (lib.attrNames top.themes);
              message = "programs.nerva.themes: a theme's name has letters, digits, `.`, `_` and `-` only.";
            }
            {
              assertion = cfg.stylix.enable -> hasStylix;
              message = "programs.nerva.theme.stylix.enable is on, and Stylix is not among the modules.";
            }
          ];

        programs.nerva.settings = lib.mkMerge (
          lib.mapAttrsToList (
            option: path:
            lib.setAttrByPath path (lib.mkIf (cfg.${option} != null) (lib.mkDefault cfg.${option}))
          ) single
          ++ map (kind: {
            theme.${kind} = lib.mkMerge [
              (lib.mkIf (pair.${kind} != null) (lib.mkDefault pair.${kind}))
              (lib.mkIf (pair.${kind} == null && cfg.base16 != null) (lib.mkDefault "base16"))
            ];
          }) (lib.attrNames pair)
        );

        xdg.configFile = lib.mkMerge [
          (lib.mapAttrs' (
            name: theme:
            lib.nameValuePair "nerva/themes/${name}.toml" {
              source = toml.generate "nerva-theme-${name}.toml" (schema.written theme);
            }
          ) top.themes)
          (lib.mkIf (cfg.base16 != null) { "nerva/themes/base16.toml".source = imported; })
        ];
      }
      (lib.optionalAttrs hasStylix (
        lib.mkIf cfg.stylix.enable {
          programs.nerva.theme = {
            base16 = lib.mkDefault (lib.genAttrs digits (digit: config.lib.stylix.colors.${digit}));
            font = lib.mkDefault stylix.fonts.sansSerif.name;
            monoFont = lib.mkDefault stylix.fonts.monospace.name;
            opacity = lib.mkDefault (within 0.5 1 stylix.opacity.popups);
          };
        }
      ))
    ]
  );
}
