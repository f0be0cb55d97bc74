# Types that keep keys out of the world-readable store.
#
# Whatever an option holds ends up there, so that no option takes a key: a key is named by the file it is in, which is
# read when nervad starts. Text that has the form of a key is refused where it is written, and so are the places where
# keys like to hide: a header for authorization, a password in an address, a path that would be copied.
{ lib }:
let
  inherit (lib) types;

  # What keys of vendors, hosts and protocols look like.
  forms = [
    "sk-[A-Za-z0-9_-]{16,}"
    "[sr]k_(live|test)_[A-Za-z0-9]{16,}"
    "AIza[A-Za-z0-9_-]{30,}"
    "ya29\\.[A-Za-z0-9_-]{20,}"
    "gsk_[A-Za-z0-9]{20,}"
    "xai-[A-Za-z0-9]{20,}"
    "hf_[A-Za-z0-9]{20,}"
    "pplx-[A-Za-z0-9]{20,}"
    "r8_[A-Za-z0-9]{20,}"
    "nvapi-[A-Za-z0-9_-]{20,}"
    "gh[pousr]_[A-Za-z0-9]{20,}"
    "github_pat_[A-Za-z0-9_]{20,}"
    "glpat-[A-Za-z0-9_-]{16,}"
    "xox[abprs]-[A-Za-z0-9-]{10,}"
    "AKIA[A-Z0-9]{16}"
    "AGE-SECRET-KEY-1[A-Z0-9]{20,}"
    "eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}"
    "-----BEGIN [A-Z ]*PRIVATE KEY"
    "[Bb][Ee][Aa][Rr][Ee][Rr][ =:]+[A-Za-z0-9._~+/-]{12,}"
    # A name and a password in an address, or a key in its query.
    "://[^/@ ]*:[^/@ ]+@"
    "[?&]([A-Za-z]*[_-])?(key|token|secret|password)=[^& ]{6,}"
  ];

  # Headers that carry keys, whatever their value looks like.
  keyHeaders = "(.*[-_])?(authorization|api-?key|x-goog-api-key|cookie|token|secret|password|auth)([-_].*)?";

  contains = text: form: builtins.length (builtins.split "(${form})" text) > 1;
  holdsKey = text: lib.any (contains text) forms;

  refusing =
    type: description: good:
    types.addCheck type good // { inherit description; };

  isHome =
    text:
    builtins.match "(%h|%t|~|\\$HOME|\\$XDG_RUNTIME_DIR|\\$\\{HOME}|\\$\\{XDG_RUNTIME_DIR})/.+" text
    != null;
in
rec {
  inherit holdsKey;

  # Whatever `type` takes, unless it is a key.
  without = type: refusing type type.description (text: !holdsKey text);

  # Whether a name in it, however deep, is a key. For an assertion: types are not asked for the names of what is freeform.
  namesHoldKey =
    value:
    if builtins.isAttrs value then
      lib.any holdsKey (lib.attrNames value) || lib.any namesHoldKey (lib.attrValues value)
    else
      builtins.isList value && lib.any namesHoldKey value;

  # A string that is no key.
  str = refusing types.str "string that holds no key" (text: !holdsKey text);

  # Words that name something: a credential, an item of a keyring, a provider.
  name = refusing types.str "name of letters, digits, `.`, `_`, `-` and `@`, that is no key" (
    text: builtins.match "[A-Za-z0-9][A-Za-z0-9._@-]{0,63}" text != null && !holdsKey text
  );

  # The name of an environment variable; what a key looks like is none.
  variable = refusing types.str "name of an environment variable" (
    text: builtins.match "[A-Za-z_][A-Za-z0-9_]{0,63}" text != null && !holdsKey text
  );

  # Where a key is. A path of Nix is refused, because it would be copied, and so is what was copied already.
  file =
    refusing types.str
      "absolute path outside the Nix store, as a string; `%h/` or `~/` is the home, `%t/` the runtime folder"
      (
        text:
        (lib.hasPrefix "/" text || isHome text)
        && !lib.hasPrefix builtins.storeDir text
        && builtins.match "[^\n]*" text != null
        && !holdsKey text
      );

  # Headers of HTTP.
  headers = refusing (types.attrsOf str) "attribute set of strings, none of them a header for keys" (
    value:
    builtins.isAttrs value
    && lib.all (header: builtins.match keyHeaders (lib.toLower header) == null) (lib.attrNames value)
  );

  # Anything that TOML can hold, but paths, which would be copied, and keys.
  value =
    types.oneOf [
      types.bool
      types.int
      types.float
      str
      (types.listOf value)
      (types.attrsOf value)
    ]
    // {
      description = "TOML value that holds no path and no key";
    };

  # A path for a unit of systemd, which knows specifiers and no variables.
  specifiers =
    path:
    let
      from = [
        "~/"
        "$HOME/"
        "\${HOME}/"
        "$XDG_RUNTIME_DIR/"
        "\${XDG_RUNTIME_DIR}/"
      ];
      to = [
        "%h/"
        "%h/"
        "%h/"
        "%t/"
        "%t/"
      ];
      found = lib.findFirst (pair: lib.hasPrefix pair.fst path) null (lib.zipLists from to);
      escaped = builtins.replaceStrings [ "%" ] [ "%%" ];
    in
    if found != null then
      found.snd + escaped (lib.removePrefix found.fst path)
    else if lib.hasPrefix "%h/" path || lib.hasPrefix "%t/" path then
      builtins.substring 0 3 path + escaped (lib.removePrefix (builtins.substring 0 3 path) path)
    else
      escaped path;
}
