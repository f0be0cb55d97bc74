# What the scripts of the repository use beside a Rust toolchain: the headless desktop, and what looks and types on it.
pkgs: {
  desktop = with pkgs; [
    bubblewrap
    dbus
    foot
    glib
    gnome-keyring
    gobject-introspection
    grim
    gsettings-desktop-schemas
    jq
    libsecret
    openssl
    pipewire
    procps
    sway
    tesseract
    util-linux
    waybar
    wireplumber
    wl-clipboard
    wtype
    xdg-desktop-portal
    xdg-desktop-portal-gtk
    xdg-desktop-portal-wlr
    ydotool
  ];
  # The demonstration model is a server of llama.cpp out of a wheel, which looks for these.
  model = with pkgs; [
    curl
    (python3.withPackages (packages: [ packages.pygobject3 ]))
  ];
  wheels = with pkgs; [
    stdenv.cc.cc.lib
    zlib
  ];
}
