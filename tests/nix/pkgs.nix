# Stand-ins for packages: what they are named and made of, with nothing built.
let
  package =
    name: more:
    {
      type = "derivation";
      inherit name;
      outPath = "/nix/store/00000000000000000000000000000000-${name}";
    }
    // more;
  # What a builder gets: the contents of what was made here, or words.
  given =
    value:
    if builtins.isList value then
      map given value
    else
      value.contents or (if builtins.isString value then value else value.outPath);
in
{
  stdenv = {
    hostPlatform.system = "x86_64-linux";
    buildPlatform.canExecute = _: true;
  };

  callPackage = _: _: package "nerva" { meta.mainProgram = "nerva"; };
  bubblewrap = package "bubblewrap" { };
  formats.toml = _: {
    generate = name: value: package name { contents.toml = value; };
  };
  writeText = name: text: package name { contents.text = text; };
  runCommand =
    name: environment: script:
    package name {
      contents = {
        inherit script;
        environment = builtins.mapAttrs (_: given) (removeAttrs environment [ "nativeBuildInputs" ]);
      };
    };
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      # Left out of what shellcheck says when it is built.
      excludeShellChecks ? [ ],
    }:
    package name {
      meta.mainProgram = name;
      contents.script = text;
      inherit excludeShellChecks;
      inputs = map (input: input.name) runtimeInputs;
    };
}
