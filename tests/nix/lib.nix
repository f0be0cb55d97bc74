# A small stand-in for the `lib` of nixpkgs: the functions that the modules use, and a module system with types,
# priorities and submodules, so that the modules can be evaluated where nixpkgs is not to be had.
#
# It proves what the modules make of settings, and that wrong ones are named. That they fit the real `lib` is proven by
# `nix flake check`, which evaluates them with nixpkgs and Home Manager.
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isFunction
    isList
    isString
    length
    listToAttrs
    mapAttrs
    match
    replaceStrings
    stringLength
    substring
    tail
    toJSON
    ;

  lib = {
    inherit
      all
      any
      attrNames
      attrValues
      concatLists
      concatMap
      concatStringsSep
      elem
      filter
      foldl'
      head
      isAttrs
      isString
      length
      listToAttrs
      mapAttrs
      replaceStrings
      stringLength
      tail
      types
      ;
    substring =
      from: size: text:
      builtins.substring from (if size < 0 then stringLength text else size) text;

    # Lists.
    last = list: elemAt list (length list - 1);
    init = list: genList (elemAt list) (length list - 1);
    unique = foldl' (seen: item: if elem item seen then seen else seen ++ [ item ]) [ ];
    toList = value: if isList value then value else [ value ];
    findFirst =
      good: otherwise: list:
      let
        found = filter good list;
      in
      if found == [ ] then otherwise else head found;
    optional = yes: item: if yes then [ item ] else [ ];
    optionals = yes: items: if yes then items else [ ];
    zipLists =
      a: b:
      genList (index: {
        fst = elemAt a index;
        snd = elemAt b index;
      }) (if length a < length b then length a else length b);

    # Strings.
    concatStrings = concatStringsSep "";
    concatMapStrings = form: list: lib.concatStrings (map form list);
    concatMapStringsSep =
      separator: form: list:
      concatStringsSep separator (map form list);
    optionalString = yes: text: if yes then text else "";
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      stringLength text >= stringLength suffix
      && substring (stringLength text - stringLength suffix) (stringLength suffix) text == suffix;
    removePrefix =
      prefix: text:
      if lib.hasPrefix prefix text then
        substring (stringLength prefix) (stringLength text) text
      else
        text;
    removeSuffix =
      suffix: text:
      if lib.hasSuffix suffix text then
        substring 0 (stringLength text - stringLength suffix) text
      else
        text;
    stringToCharacters = text: genList (index: substring index 1 text) (stringLength text);
    splitString =
      separator: text:
      filter isString (builtins.split (if separator == "+" then "[+]" else separator) text);
    lower = lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz";
    upper = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    toLower = replaceStrings lib.upper lib.lower;
    toUpper = replaceStrings lib.lower lib.upper;
    escapeShellArg =
      word:
      if match "[[:alnum:],._+:@%/-]+" word != null then
        word
      else
        "'${replaceStrings [ "'" ] [ "'\\''" ] word}'";
    escapeShellArgs = lib.concatMapStringsSep " " lib.escapeShellArg;

    # Attribute sets.
    nameValuePair = name: value: { inherit name value; };
    optionalAttrs = yes: set: if yes then set else { };
    genAttrs = names: form: listToAttrs (map (name: lib.nameValuePair name (form name)) names);
    mapAttrs' = form: set: listToAttrs (map (name: form name set.${name}) (attrNames set));
    mapAttrsToList = form: set: map (name: form name set.${name}) (attrNames set);
    filterAttrs = good: set: removeAttrs set (filter (name: !good name set.${name}) (attrNames set));
    setAttrByPath =
      path: value: if path == [ ] then value else { ${head path} = lib.setAttrByPath (tail path) value; };

    # Packages.
    isDerivation = value: (value.type or null) == "derivation";
    getExe' = package: name: "${package}/bin/${name}";
    getExe = package: lib.getExe' package package.meta.mainProgram;
    platforms.linux = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    hm.assertions.assertPlatform = name: pkgs: platforms: {
      assertion = elem pkgs.stdenv.hostPlatform.system platforms;
      message = "${name} is not for this platform";
    };
    generators.mkLuaInline = expr: {
      _type = "lua-inline";
      inherit expr;
    };

    # Options and what is said of them.
    mkOption = option: option // { _type = "option"; };
    mkEnableOption =
      what:
      lib.mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = "Whether to enable ${what}.";
      };
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
    literalMD = text: {
      _type = "literalMD";
      inherit text;
    };
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkOverride = priority: content: {
      _type = "override";
      inherit priority content;
    };
    mkDefault = lib.mkOverride 1000;
    mkOptionDefault = lib.mkOverride 1500;
    mkForce = lib.mkOverride 50;

    showOption = concatStringsSep ".";

    # modules -> { config, options }
    evalModules =
      { modules, specialArgs }:
      let
        all = collect (specialArgs // { inherit config options; }) modules;
        options = foldl' mergeTrees { } (map (module: module.options or { }) all);
        config = valueOf [ ] options (map (module: { value = module.config; }) all) null;
      in
      {
        inherit config options;
      };
  };

  # Modules in one list, each once, with everything they import.
  collect =
    arguments: modules:
    let
      open =
        module:
        let
          loaded = if isAttrs module || isFunction module then module else import module;
          plain = if isFunction loaded then loaded arguments else loaded;
          split =
            if plain ? config || plain ? options then
              plain
            else
              {
                config = removeAttrs plain [ "imports" ];
                imports = plain.imports or [ ];
              };
        in
        {
          config = { };
        }
        // split
        // {
          key = if isAttrs module || isFunction module then null else toString module;
        };
      go =
        seen: list:
        if list == [ ] then
          seen
        else
          let
            module = open (head list);
          in
          if module.key != null && any (other: other.key == module.key) seen then
            go seen (tail list)
          else
            go (seen ++ [ module ]) ((module.imports or [ ]) ++ tail list);
    in
    go [ ] modules;

  isOption = value: isAttrs value && (value._type or null) == "option";

  mergeTrees =
    a: b:
    a
    // mapAttrs (
      name: value:
      if !(a ? ${name}) then
        value
      else if isOption value || isOption a.${name} then
        throw "The option `${name}' is declared twice."
      else
        mergeTrees a.${name} value
    ) b;

  # Conditions go down to where they matter, so that one may depend on what stands beside it.
  pushDown =
    value:
    let
      kind = value._type or null;
    in
    if kind == "merge" then
      concatMap pushDown value.contents
    else if kind == "if" then
      map (mapAttrs (_: lib.mkIf value.condition)) (pushDown value.content)
    else if kind == "override" then
      map (mapAttrs (_: lib.mkOverride value.priority)) (pushDown value.content)
    else
      [ value ];

  # The values of a tree of options; `freeform` is the type of what it does not name.
  valueOf =
    path: options: definitions: freeform:
    let
      pushed = concatMap (definition: pushDown definition.value) definitions;
      at = name: concatMap (set: lib.optional (set ? ${name}) { value = set.${name}; }) pushed;
      names = lib.unique (concatMap attrNames pushed);
      strange = filter (name: !(options ? ${name}) && present (at name)) names;
      known = mapAttrs (
        name: option:
        if isOption option then
          optionValue (path ++ [ name ]) option (at name)
        else
          valueOf (path ++ [ name ]) option (at name) null
      ) options;
    in
    if strange == [ ] then
      known
    else if freeform == null then
      throw "The option `${lib.showOption (path ++ [ (head strange) ])}' does not exist."
    else
      known // freeform.merge path (map (set: removeAttrs set (attrNames options)) pushed);

  # Whether anything is left when conditions have been looked at.
  present = definitions: concatMap (definition: discharge definition.value) definitions != [ ];

  # What a definition comes to: values with their priorities.
  discharge =
    value:
    let
      kind = value._type or null;
    in
    if isAttrs value && kind == "if" then
      if value.condition then discharge value.content else [ ]
    else if isAttrs value && kind == "merge" then
      concatMap discharge value.contents
    else if isAttrs value && kind == "override" then
      map (inner: inner // { inherit (value) priority; }) (discharge value.content)
    else
      [
        {
          priority = 100;
          inherit value;
        }
      ];

  optionValue =
    path: option: definitions:
    let
      given =
        definitions ++ lib.optional (option ? default) { value = lib.mkOptionDefault option.default; };
      merged = mergeDefinitions path option.type given;
    in
    if merged == null then
      throw "The option `${lib.showOption path}' was accessed but has no value defined."
    else
      merged.value;

  # null when there is none.
  mergeDefinitions =
    path: type: definitions:
    let
      found = concatMap (definition: discharge definition.value) definitions;
      strongest = foldl' (least: one: if one.priority < least then one.priority else least) 9999 found;
      values = map (one: one.value) (filter (one: one.priority == strongest) found);
      wrong = filter (value: !type.check value) values;
    in
    if values == [ ] then
      null
    else if wrong != [ ] then
      throw "A definition for option `${lib.showOption path}' is not of type `${type.description}'. Definition values: ${shown (head wrong)}"
    else
      { value = type.merge path values; };

  shown =
    value:
    if builtins.isPath value then
      toString value
    else if isFunction value || isAttrs value then
      "<${builtins.typeOf value}>"
    else
      toJSON value;

  equal =
    path: values:
    if all (value: value == head values) values then
      head values
    else
      throw "The option `${lib.showOption path}' has conflicting definition values.";

  type = name: description: check: {
    _type = "option-type";
    inherit name description check;
    merge = equal;
    options = _: [ ];
    isComposite = false;
  };
  nested = type: if type.isComposite then "(${type.description})" else type.description;
  inclusive = least: most: "${toJSON least} and ${toJSON most} (both inclusive)";

  types = {
    bool = type "bool" "boolean" builtins.isBool;
    int = type "int" "signed integer" builtins.isInt;
    float = type "float" "floating point number" builtins.isFloat;
    number = types.either types.int types.float;
    str = type "str" "string" isString;
    lines = types.str // {
      merge = _: concatStringsSep "\n";
    };
    raw = type "raw" "raw value" (_: true);
    package = type "package" "package" (
      value: lib.isDerivation value || (isString value && lib.hasPrefix builtins.storeDir value)
    );
    pathInStore = type "path" "path in the Nix store" (
      value:
      (isString value || lib.isDerivation value || builtins.isPath value)
      && lib.hasPrefix builtins.storeDir (toString value)
    );
    strMatching =
      pattern:
      type "strMatching" "string matching the pattern ${pattern}" (
        value: isString value && match pattern value != null
      );
    enum =
      values:
      type "enum" (
        if length values == 1 then
          "value ${toJSON (head values)} (singular enum)"
        else
          "one of ${lib.concatMapStringsSep ", " toJSON values}"
      ) (value: elem value values);
    addCheck = inner: good: inner // { check = value: inner.check value && good value; };
    ints = {
      unsigned = types.addCheck types.int (value: value >= 0) // {
        description = "unsigned integer, meaning >=0";
      };
      between =
        least: most:
        types.addCheck types.int (value: value >= least && value <= most)
        // {
          description = "integer between ${inclusive least most}";
        };
    };
    numbers.between =
      least: most:
      types.addCheck types.number (value: value >= least && value <= most)
      // {
        description = "integer or floating point number between ${inclusive least most}";
        isComposite = false;
      };

    either =
      a: b:
      type "either" "${a.description} or ${b.description}" (value: a.check value || b.check value)
      // {
        merge = path: values: (if all a.check values then a else b).merge path values;
        isComposite = true;
        options = path: a.options path ++ b.options path;
      };
    oneOf = choices: foldl' types.either (head choices) (tail choices);
    nullOr =
      inner:
      type "nullOr" "null or ${nested inner}" (value: value == null || inner.check value)
      // {
        merge =
          path: values:
          if all (value: value == null) values then
            null
          else if any (value: value == null) values then
            throw "The option `${lib.showOption path}' is defined both null and not null."
          else
            inner.merge path values;
        isComposite = true;
        inherit (inner) options;
      };
    listOf =
      inner:
      type "listOf" "list of ${nested inner}" isList
      // {
        merge =
          path: values:
          let
            items = concatLists values;
          in
          concatMap (
            index:
            let
              merged = mergeDefinitions (path ++ [ "[${toString index}]" ]) inner [
                { value = elemAt items index; }
              ];
            in
            lib.optional (merged != null) merged.value
          ) (genList (index: index) (length items));
        isComposite = true;
        options = path: inner.options (path ++ [ "*" ]);
      };
    attrsOf =
      inner:
      type "attrsOf" "attribute set of ${nested inner}" isAttrs
      // {
        merge =
          path: values:
          let
            pushed = concatMap pushDown values;
            merged = lib.genAttrs (lib.unique (concatMap attrNames pushed)) (
              name:
              mergeDefinitions (path ++ [ name ]) inner (
                concatMap (set: if set ? ${name} then [ { value = set.${name}; } ] else [ ]) pushed
              )
            );
          in
          mapAttrs (_: one: one.value) (lib.filterAttrs (_: one: one != null) merged);
        isComposite = true;
        options = path: inner.options (path ++ [ "<name>" ]);
      };
    # Everything goes: sets are merged, lists joined.
    anything = type "anything" "anything" (_: true) // {
      merge =
        path: values:
        if all (value: isAttrs value && !(value ? _type) && !lib.isDerivation value) values then
          (types.attrsOf types.anything).merge path values
        else if all isList values then
          concatLists values
        else
          equal path values;
    };
    submodule =
      module:
      let
        freeform = module.freeformType or null;
        tree = module.options or { };
      in
      type "submodule" "submodule" isAttrs
      // {
        merge = path: values: valueOf path tree (map (value: { inherit value; }) values) freeform;
        options = path: optionList path tree;
      };
    attrTag =
      tags:
      type "attrTag" "attribute-tagged union with choices: ${concatStringsSep ", " (attrNames tags)}" (
        value: isAttrs value && length (attrNames value) == 1 && tags ? ${head (attrNames value)}
      )
      // {
        merge =
          path: values:
          let
            tag = head (attrNames (head values));
          in
          {
            ${tag} = optionValue (path ++ [ tag ]) tags.${tag} (map (value: { value = value.${tag}; }) values);
          };
        options = path: optionList path tags;
      };
  };

  # All options of a tree, for documentation.
  optionList =
    path: tree:
    concatLists (
      lib.mapAttrsToList (
        name: option:
        let
          here = path ++ [ name ];
        in
        if isOption option then
          [ (described here option) ] ++ option.type.options here
        else
          optionList here option
      ) tree
    );

  described =
    path: option:
    {
      name = lib.showOption path;
      type = option.type.description;
      description = text (option.description or "");
    }
    // lib.optionalAttrs (option ? defaultText || option ? default) {
      default = code (option.defaultText or option.default);
    }
    // lib.optionalAttrs (option ? example) { example = code option.example; };

  text = value: if isString value then value else value.text;
  code =
    value:
    if isAttrs value && value ? _type then
      {
        ${value._type} = value.text;
      }
    else
      { inherit value; };
in
lib // { inherit optionList; }
