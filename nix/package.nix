# Nerva: the three programs, and everything that a desktop wants to find beside them.
{
  lib,
  stdenv,
  rustPlatform,
  pkg-config,
  installShellFiles,
  wayland,
  libxkbcommon,
  pipewire,
  vulkan-loader,
  libglvnd,
}:
let
  manifest = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).package;
  # Opened while running, so that no linker has seen them.
  opened = [
    wayland
    libxkbcommon
    vulkan-loader
    libglvnd
  ];
in
rustPlatform.buildRustPackage {
  pname = manifest.name;
  inherit (manifest) version;

  # What compiles, tests included. What tests read beside it (docs, workflows, scripts) is not here, as none runs here.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../.cargo
      ../Cargo.lock
      ../Cargo.toml
      ../assets
      ../benches
      ../clippy.toml
      ../examples
      ../rustfmt.toml
      ../src
      ../tests
      ../themes
    ];
  };
  # Only releases of the registry are used, so that the lock file says all there is to know.
  cargoLock.lockFile = ../Cargo.lock;

  nativeBuildInputs = [
    pkg-config
    # Bindings of PipeWire are made from its headers.
    rustPlatform.bindgenHook
    installShellFiles
  ];
  buildInputs = [
    wayland
    libxkbcommon
    pipewire
  ];

  # The tests want a bus, a compositor and model servers: `scripts/test`, and the virtual machine among the checks.
  doCheck = false;

  postInstall = ''
    install -Dm644 -t $out/share/applications assets/org.nerva.Nerva.desktop assets/nervad.desktop
    install -Dm644 -t $out/share/icons/hicolor/scalable/apps assets/icons/org.nerva.Nerva.svg
    install -Dm644 -t $out/share/icons/hicolor/symbolic/apps assets/icons/*-symbolic.svg
    install -Dm644 -t $out/share/dbus-1/services assets/org.nerva.Nerva.service
    install -Dm644 -t $out/lib/systemd/user assets/nervad.service
    install -Dm644 -t $out/share/nerva assets/config.toml assets/config.schema.json
    install -Dm644 -t $out/share/nerva/themes themes/*.toml
    substituteInPlace $out/share/dbus-1/services/org.nerva.Nerva.service $out/lib/systemd/user/nervad.service $out/share/applications/nervad.desktop \
      --replace-fail /usr/bin/nervad $out/bin/nervad
    installManPage assets/man/*.1
  ''
  + lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    for shell in bash fish zsh; do
      $out/bin/nerva completions $shell >nerva.$shell
    done
    installShellCompletion --cmd nerva --bash nerva.bash --fish nerva.fish --zsh nerva.zsh
  '';

  postFixup = ''
    patchelf --add-rpath ${lib.makeLibraryPath opened} $out/bin/nervad
  '';

  passthru.libraries = opened;

  meta = {
    inherit (manifest) description;
    license = lib.licenses.mit;
    mainProgram = "nerva";
    platforms = lib.platforms.linux;
  };
}
