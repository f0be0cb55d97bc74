# A whole session in a virtual machine: alice logs in, sway starts, Super+Space opens the overlay, a question is asked of
# a scripted model, and its answer is read on the screen.
{
  pkgs,
  self,
  home-manager,
}:
let
  port = 18080;
  server = pkgs.writeText "model.py" ''
    import json
    from http.server import BaseHTTPRequestHandler, HTTPServer


    class Model(BaseHTTPRequestHandler):
        def do_GET(self):
            self.reply("application/json", json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}))

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            pieces = ["The ", "answer ", "is ", "FORTYTWO."]
            events = [{"delta": {"content": piece}, "index": 0} for piece in pieces]
            events.append({"delta": {}, "index": 0, "finish_reason": "stop"})
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
            lines = ["data: " + json.dumps({**chunk, "choices": [event]}) for event in events] + ["data: [DONE]"]
            self.reply("text/event-stream", "\n\n".join(lines) + "\n\n")

        def reply(self, kind, text):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())


    HTTPServer(("127.0.0.1", ${toString port}), Model).serve_forever()
  '';
in
pkgs.testers.runNixOSTest {
  name = "nerva";
  enableOCR = true;

  nodes.machine = {
    imports = [
      self.nixosModules.default
      home-manager.nixosModules.home-manager
    ];

    services.nerva.enable = true;

    users.users.alice = {
      isNormalUser = true;
      uid = 1000;
    };
    services.getty.autologinUser = "alice";
    programs.sway.enable = true;
    programs.bash.loginShellInit = ''
      if [ "$(tty)" = /dev/tty1 ]; then exec sway; fi
    '';
    environment.variables.WLR_RENDERER = "pixman";
    virtualisation.memorySize = 2048;
    # sway wants a card that can be set to a mode.
    virtualisation.qemu.options = [ "-vga none -device virtio-gpu-pci" ];

    home-manager.useGlobalPkgs = true;
    home-manager.users.alice = {
      imports = [ self.homeModules.default ];
      home.stateVersion = pkgs.lib.trivial.release;

      wayland.windowManager.sway = {
        enable = true;
        # That of the system.
        package = null;
        config.bars = [ ];
      };
      programs.nerva = {
        enable = true;
        settings = {
          model.default = "scripted/scripted";
          overlay.renderer = "software";
          overlay.animations = false;
          providers.scripted = {
            wire = "openai-chat";
            url = "http://127.0.0.1:${toString port}/v1";
            key.none = true;
          };
        };
      };
    };

    systemd.services.model = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "${pkgs.python3}/bin/python3 ${server}";
    };
  };

  testScript = ''
    def alice(command):
        environment = "XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus"
        return f"su - alice -c '{environment} {command}'"

    start_all()
    machine.wait_for_unit("multi-user.target")
    machine.wait_for_open_port(${toString port})
    machine.wait_for_file("/run/user/1000/wayland-1")
    machine.wait_until_succeeds(alice("systemctl --user is-active nervad"))
    machine.wait_until_succeeds(alice("nerva status"))

    with subtest("Super+Space opens the overlay"):
        machine.send_key("meta_l-spc")
        machine.succeed(alice("nerva status --wait visible --timeout 60"))
        machine.screenshot("bar")

    with subtest("a question is answered"):
        machine.send_chars("what is it\t")
        machine.wait_until_succeeds(alice("nerva sessions export --format json | grep -q FORTYTWO"))
        machine.succeed(alice("nerva status --wait idle --timeout 60"))
        machine.wait_for_text("FORTYTWO")
        machine.screenshot("answer")

    with subtest("the key closes it again"):
        machine.send_key("meta_l-spc")
        machine.succeed(alice("nerva status --wait hidden --timeout 60"))

    with subtest("nervad comes back when it was killed"):
        machine.succeed("pkill -KILL nervad")
        machine.wait_until_succeeds(alice("systemctl --user is-active nervad"))
        machine.wait_until_succeeds(alice("nerva sessions list | grep -q what"))
  '';
}
