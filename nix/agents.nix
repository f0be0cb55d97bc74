# Coding agents in a sandbox: options, and for each agent a program that starts it with only what it was given.
{ lib, pkgs }:
let
  inherit (lib) types;
  secrets = import ./secrets.nix { inherit lib; };
  folders =
    description:
    lib.mkOption {
      type = types.listOf secrets.file;
      default = [ ];
      inherit description;
    };

  # For a shell: `%h` and its like become what they stand for, everything else stays as it is.
  word =
    path:
    let
      known = lib.findFirst (pair: lib.hasPrefix pair.fst path) null [
        {
          fst = "~/";
          snd = "$HOME";
        }
        {
          fst = "%h/";
          snd = "$HOME";
        }
        {
          fst = "$HOME/";
          snd = "$HOME";
        }
        {
          fst = "\${HOME}/";
          snd = "$HOME";
        }
        {
          fst = "%t/";
          snd = "$XDG_RUNTIME_DIR";
        }
        {
          fst = "$XDG_RUNTIME_DIR/";
          snd = "$XDG_RUNTIME_DIR";
        }
        {
          fst = "\${XDG_RUNTIME_DIR}/";
          snd = "$XDG_RUNTIME_DIR";
        }
      ];
    in
    if known == null then
      lib.escapeShellArg path
    else
      "\"${known.snd}\"/${lib.escapeShellArg (lib.removePrefix known.fst path)}";

  binds = flag: paths: lib.concatMapStrings (path: "  ${flag} ${word path} ${word path} \\\n") paths;

  script = agent: ''
    # The home is empty but for the folder this was started in and what was named.
    case $PWD in
      "$HOME" | / | /home | /nix | /etc | /run | /run/*)
        echo "Start it in the folder of a project, not in $PWD: all of that would be the agent's." >&2
        exit 2
        ;;
    esac
    environment=()
    for name in HOME USER PATH LANG TERM TZ NIX_SSL_CERT_FILE SSL_CERT_FILE ${lib.escapeShellArgs agent.sandbox.passEnvironment}; do
      if [ -n "''${!name+set}" ]; then environment+=(--setenv "$name" "''${!name}"); fi
    done
    etc=()
    for file in resolv.conf hosts nsswitch.conf passwd group localtime ssl static/ssl static/pki pki profiles; do
      etc+=(--ro-bind-try "/etc/$file" "/etc/$file")
    done
    exec bwrap \
      --unshare-all ${lib.optionalString agent.sandbox.network "--share-net "}--die-with-parent --new-session --clearenv \
      --dev /dev --proc /proc --tmpfs /tmp --tmpfs "$HOME" \
      --ro-bind-try /nix/store /nix/store \
      --ro-bind-try /run/current-system /run/current-system \
      --ro-bind-try /usr /usr --ro-bind-try /bin /bin --ro-bind-try /lib /lib --ro-bind-try /lib64 /lib64 \
      "''${etc[@]}" \
    ${binds "--ro-bind-try" agent.sandbox.readOnly}${binds "--bind-try" agent.sandbox.writable}  --bind "$PWD" "$PWD" --chdir "$PWD" \
      "''${environment[@]}" \
      -- ${lib.escapeShellArgs agent.command} "$@"
  '';

  program =
    name: agent:
    pkgs.writeShellApplication {
      name = "nerva-agent-${name}";
      runtimeInputs = lib.optional agent.sandbox.enable pkgs.bubblewrap;
      # Words with `$` or `~` are quoted so that they stay as they are.
      excludeShellChecks = [
        "SC2016"
        "SC2088"
      ];
      text =
        if agent.sandbox.enable then script agent else "exec ${lib.escapeShellArgs agent.command} \"$@\"\n";
    };
  enabled = lib.filterAttrs (_: agent: agent.enable);
in
{
  inherit program enabled script;

  option = lib.mkOption {
    default = { };
    example = lib.literalExpression ''
      {
        claude = {
          command = [ (lib.getExe inputs.llm-agents.packages.''${pkgs.stdenv.hostPlatform.system}.claude-code) ];
          sandbox.writable = [ "~/.claude" ];
        };
      }
    '';
    description = ''
      Coding agents. Each becomes a program `nerva-agent-NAME` that starts the agent in a sandbox of bubblewrap: the
      folder it is started in is writable, the home is empty but for what is named, and the session's sockets (Wayland,
      the bus, PipeWire, keys of ssh) are not there. Nerva does not start agents itself yet: what is declared is written
      to {file}`$XDG_CONFIG_HOME/nerva/agents.toml`, beside the settings, until it does.
    '';
    type = types.attrsOf (
      types.submodule {
        options = {
          enable = lib.mkOption {
            type = types.bool;
            default = true;
            description = "Whether the agent is there.";
          };
          label = lib.mkOption {
            type = types.nullOr secrets.str;
            default = null;
            description = "Its name for people; `null` is its name here.";
          };
          command = lib.mkOption {
            type = types.listOf secrets.str;
            example = lib.literalExpression "[ (lib.getExe pkgs.opencode) \"acp\" ]";
            description = "The program and its arguments, as words.";
          };
          protocol = lib.mkOption {
            type = types.enum [
              "acp"
              "terminal"
            ];
            default = "acp";
            description = "Whether it speaks the Agent Client Protocol on its input and output, or wants a terminal.";
          };
          sandbox = {
            enable = lib.mkOption {
              type = types.bool;
              default = true;
              description = "Whether it runs in a sandbox. Without one it may do whatever you may.";
            };
            network = lib.mkOption {
              type = types.bool;
              default = true;
              description = "Whether it has the network, which an agent with a model elsewhere needs.";
            };
            readOnly = folders "Further files and folders that it may read.";
            writable = folders "Further files and folders that it may change, such as its own settings.";
            passEnvironment = lib.mkOption {
              type = types.listOf secrets.variable;
              default = [ ];
              example = [ "ANTHROPIC_API_KEY" ];
              description = "Variables that it gets from the environment, by name. Their values are written nowhere.";
            };
          };
        };
      }
    );
  };

  # What goes to agents.toml.
  written = agents: {
    agents = lib.mapAttrs (
      name: agent:
      {
        command = [ (lib.getExe' (program name agent) "nerva-agent-${name}") ];
        inherit (agent) protocol;
        sandboxed = agent.sandbox.enable;
      }
      // lib.optionalAttrs (agent.label != null) { inherit (agent) label; }
    ) (enabled agents);
  };

  assertions = agents: [
    {
      assertion = lib.all secrets.name.check (lib.attrNames agents);
      message = "programs.nerva.agents: a name has letters, digits, `.`, `_` and `-` only";
    }
    {
      assertion = lib.all (agent: agent.command != [ ]) (lib.attrValues agents);
      message = "programs.nerva.agents: `command` names no program";
    }
  ];
}
