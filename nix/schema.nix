# Options made from the program's own schema, so that types, ranges and words have one source.
{ lib }:
let
  inherit (lib) types;
  secrets = import ./secrets.nix { inherit lib; };
  schema = builtins.fromJSON (builtins.readFile ../assets/config.schema.json);

  resolve =
    node:
    if node ? "$ref" then
      schema."$defs".${lib.removePrefix "#/$defs/" node."$ref"} // removeAttrs node [ "$ref" ]
    else
      node;
  nothing = node: (node.type or null) == "null";
  kinds = node: lib.filter (kind: kind != "null") (lib.toList (node.type or [ ]));

  between =
    kind: least: most:
    (if kind == "integer" then types.ints.between else types.numbers.between) least most;

  number =
    kind: node:
    if node ? anyOf then
      types.oneOf (
        map (
          range:
          if range ? const then types.enum [ range.const ] else between kind range.minimum range.maximum
        ) node.anyOf
      )
    else if node ? minimum && node ? maximum then
      between kind node.minimum node.maximum
    else if node ? minimum && kind == "integer" then
      types.ints.unsigned
    else if kind == "integer" then
      types.int
    else
      types.number;

  # Alternatives that are objects with one key each, such as `{ file = …; }`.
  tagged = lib.all (choice: lib.length (lib.attrNames (choice.properties or { })) == 1);
  words = lib.all (choice: choice ? const || choice ? enum);

  choices =
    path: alternatives:
    if words alternatives then
      types.enum (lib.concatMap (choice: choice.enum or [ choice.const ]) alternatives)
    else if tagged alternatives then
      types.attrTag (
        lib.foldl' (
          tags: choice:
          tags
          // lib.mapAttrs (
            name: node:
            lib.mkOption {
              type = typeOf (path ++ [ name ]) node;
              description = choice.description or "";
            }
          ) choice.properties
        ) { } alternatives
      )
    else
      secrets.value;

  # Types that are narrower here than in the program, because what is written here can be read by all.
  narrower = {
    "file" = secrets.file;
    "credential" = secrets.name;
    "env" = secrets.variable;
    "secret" = secrets.name;
    "headers" = secrets.headers;
  };

  typeOf =
    path: unresolved:
    let
      node = resolve unresolved;
      kind = lib.head (kinds node ++ [ "any" ]);
      alternatives = lib.filter (choice: !nothing choice) (map resolve (node.oneOf or node.anyOf or [ ]));
    in
    if narrower ? ${lib.last path} && (kind == "string" || kind == "object") then
      narrower.${lib.last path}
    else if node ? enum then
      types.enum node.enum
    else if kind == "integer" || kind == "number" then
      number kind node
    else if kind == "boolean" then
      types.bool
    else if kind == "string" then
      secrets.str
    else if kind == "array" then
      types.listOf (typeOf (path ++ [ "*" ]) (node.items or { }))
    else if node ? properties then
      types.submodule {
        freeformType = types.attrsOf secrets.value;
        options = lib.mapAttrs (name: optionOf (path ++ [ name ]) (node.required or [ ])) node.properties;
      }
    else if builtins.isAttrs (node.additionalProperties or null) then
      types.attrsOf (typeOf (path ++ [ "*" ]) node.additionalProperties)
    else if lib.length alternatives == 1 then
      typeOf path (lib.head alternatives)
    else if alternatives != [ ] then
      choices path alternatives
    else
      secrets.value;

  isSection = node: (resolve node) ? properties;

  optionOf =
    path: required: node:
    let
      name = lib.last path;
      isRequired = lib.elem name required;
      preset = node.default or null;
      type = typeOf path node;
      said = lib.replaceStrings [ "\n" ] [ " " ] (node.description or (resolve node).description or "");
      shown = preset == null || preset == "" || preset == [ ] || preset == { };
    in
    lib.mkOption (
      if isSection node && lib.length path == 1 then
        {
          inherit type;
          default = { };
          description = said;
        }
      else
        {
          type = if isRequired then type else types.nullOr type;
          description =
            said + lib.optionalString (!shown) " The program's default: `${builtins.toJSON preset}`.";
        }
        // lib.optionalAttrs (!isRequired) { default = null; }
    );

  optionAt =
    section: name:
    let
      properties = (resolve schema.properties.${section}).properties;
    in
    optionOf
      [
        section
        name
      ]
      [ ]
      properties.${name};
in
{
  sections = lib.attrNames schema.properties;

  # The whole of `settings`.
  type = types.submodule {
    freeformType = types.attrsOf secrets.value;
    options = lib.mapAttrs (name: optionOf [ name ] [ ]) schema.properties;
  };

  # The option of one setting, for another place: `optionAt "theme" "radius"`.
  inherit optionAt;

  # What is written: neither what was left alone nor sections without anything.
  written =
    settings:
    let
      tidy =
        value:
        if builtins.isAttrs value then
          lib.filterAttrs (_: inner: inner != null && inner != { }) (lib.mapAttrs (_: tidy) value)
        else
          value;
    in
    tidy settings;
}
