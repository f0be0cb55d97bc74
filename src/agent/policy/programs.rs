//! Programs that run others, and the ways in which they are told which.

/// Programs that run a text as shell commands when they are given one with `-c`.
pub(super) const SHELLS: &[&str] = &[
    "sh", "bash", "rbash", "dash", "zsh", "fish", "ksh", "mksh", "yash", "ash", "nu", "elvish", "xonsh", "su", "script",
];

/// Programs that run the command behind their own options.
pub(super) const WRAPPERS: &[&str] = &[
    "sudo",
    "doas",
    "run0",
    "pkexec",
    "env",
    "nice",
    "ionice",
    "nohup",
    "setsid",
    "timeout",
    "time",
    "xargs",
    "unshare",
    "nsenter",
    "stdbuf",
    "strace",
    "ltrace",
    "systemd-run",
    "systemd-inhibit",
    "command",
    "exec",
    "builtin",
    "bwrap",
    "prlimit",
    "catchsegv",
    "entr",
    "busybox",
    "toybox",
    "fakeroot",
    "firejail",
    "git",
    "find",
    "fd",
    "fdfind",
];

/// Programs that run others in ways of their own: by a program text, a script, a line of a file, a key, a filter, a
/// hook. Which, can't be told from their words.
#[rustfmt::skip]
pub(super) const RUNNERS: &[&str] = &[
    // Interpreters.
    "python", "pypy", "perl", "ruby", "irb", "pry", "node", "nodejs", "lua", "luajit", "php", "deno", "bun", "tclsh",
    "wish", "expect", "guile", "osascript", "Rscript", "R", "octave", "julia", "jshell", "jrunscript", "jjs", "groovy",
    "scala", "ghc", "ghci", "runghc", "ocaml", "erl", "iex", "elixir", "clojure", "bb", "racket", "sbcl", "emacs",
    "emacsclient", "pwsh", "csh", "tcsh", "sash", "posh", "rc", "slsh", "gnuplot", "awk", "gawk", "mawk", "nawk",
    "sed", "dc", "bpftrace", "tex", "latex", "pdftex", "pdflatex", "xetex", "xelatex", "luatex", "lualatex",
    // Editors and pagers.
    "vi", "vim", "nvim", "view", "rvim", "rview", "vimdiff", "ex", "ed", "nano", "pico", "joe", "hx", "kak", "less",
    "more", "most", "pg", "man", "info", "w3m", "lynx", "mail", "mailx", "mutt", "neomutt",
    // Debuggers, and what looks into other programs.
    "gdb", "lldb", "gcore", "rr", "valgrind", "perf", "uftrace", "scanmem", "crash", "debugfs", "dmsetup", "dstat",
    // What runs a command beside, behind or instead of something.
    "chroot", "capsh", "setpriv", "runuser", "sg", "newgrp", "flock", "setlock", "softlimit", "chpst", "taskset",
    "chrt", "setarch", "numactl", "cgexec", "cpulimit", "choom", "faketime", "logsave", "watch", "parallel", "pexec",
    "hyperfine", "multitime", "rlwrap", "unbuffer", "sshpass", "torify", "torsocks", "proxychains", "proot",
    "dbus-run-session", "dbus-launch", "xvfb-run", "tini", "dumb-init", "daemonize", "start-stop-daemon", "run-parts",
    "run-mailcap", "service", "at", "batch", "crontab", "systemctl", "busctl", "machinectl", "gtk-launch", "xdg-open",
    "dex", "gio", "xdotool", "tmux", "screen", "zellij", "dtach", "abduco", "tmate", "foot", "alacritty", "kitty",
    "wezterm", "xterm", "konsole", "gnome-terminal", "ip", "snap", "flatpak", "docker", "podman", "buildah", "lxc",
    "kubectl", "vagrant", "qemu",
    // Transfers and other machines.
    "ssh", "ssh-agent", "ssh-keygen", "ssh-keyscan", "scp", "sftp", "rsync", "ftp", "lftp", "telnet", "socat", "nc",
    "ncat", "netcat", "nmap", "tcpdump", "tshark", "openvpn", "wget", "aria2c", "ansible", "ansible-playbook",
    "terraform", "puppet", "hg", "svn",
    // Builders and installers.
    "make", "gmake", "just", "task", "rake", "ninja", "npx", "bunx", "pipx", "uvx", "pip", "gem", "bundle", "bundler",
    "composer", "cpan", "easy_install", "nix", "nix-shell", "nix-build", "nix-env", "apt", "apt-get", "aptitude",
    "dnf", "yum", "zypper", "dpkg", "rpm", "rpmbuild", "rpmquery", "pacman", "apk",
    // Data.
    "tar", "bsdtar", "cpio", "zip", "sqlite", "psql", "mysql", "mariadb", "redis-cli", "exiftool", "pandoc", "dvips",
    "enscript", "troff", "nroff", "groff", "msgfilter", "openssl", "cowsay", "cowthink", "csvtool", "m4", "pic", "tbl",
    "eqn", "zic", "yt-dlp", "youtube-dl", "rpmdb", "rpmverify", "latexmk", "ispell", "aspell", "clisp", "ginsh",
    "tdbtool", "fzf", "sk", "zathura", "scrot", "ranger", "nnn", "lf", "mc", "ncdu", "tasksh", "fastfetch", "neofetch",
    // More that run a command beside, behind or instead of something.
    "aa-exec", "aoss", "padsp", "agetty", "openvt", "ksu", "genie", "grc", "gtester", "distcc", "ccache", "icecc",
    "ld.so", "ldconfig", "sysctl", "loginctl", "pidstat", "top", "htop", "iftop", "plymouth", "procmail", "runscript",
    "minicom", "jtag", "hping3", "socket", "check_by_ssh", "check_ssl_cert", "xdg-user-dir", "perlbug", "codex",
    "claude", "opencode", "aider", "code", "codium",
    // Services, and what sets them up.
    "arch-nspawn", "systemd-nspawn", "asterisk", "bconsole", "dhclient", "dnsmasq", "nginx", "rsyslogd", "logrotate",
    "rtorrent", "wg-quick", "fail2ban-client", "virsh", "lxd", "incus", "ctr", "nerdctl", "cdist", "certbot",
    "mosh-server", "mosh", "sshfs", "sshuttle", "psftp", "ncftp", "smbclient", "borg", "restic", "opkg", "pkg",
    // More that build: what they run stands in files.
    "acr", "autoconf", "autoheader", "autoreconf", "ansible-test", "cmake", "ctest", "cobc", "easyrsa", "forge", "java",
    "meson", "bazel", "gradle", "mvn", "ant", "scons", "waf", "bear", "scan-build", "tmt", "mkosi", "flatpak-builder",
    // More interpreters, containers, terminals, and starters of programs.
    "raku", "swipl", "scheme", "coffee", "crystal", "lli", "jbang", "scala-cli", "swift", "kotlin", "dart", "ptghci",
    "xonsh", "nix-repl", "wpexec", "qalc", "bc", "radare2", "r2", "frida", "matlab", "apptainer", "singularity",
    "arch-chroot", "schroot", "distrobox", "distrobox-enter", "distrobox-host-exec", "toolbox", "limactl", "darling",
    "wine", "steamcmd", "proton", "adb", "footclient", "ghostty", "st", "urxvt", "rxvt", "xdg-terminal-exec", "chronic",
    "cronic", "ifne", "ifdata", "pee", "zrun", "xe", "rush", "boxxy", "bpkg", "dotenvx", "devcontainer", "ddev",
    "kubie", "lerna", "nvm", "nr", "nlx", "nx", "turbo", "wapm", "micromamba", "mamba", "pixi", "foreman", "daemon",
    "pm2", "forever", "nodemon", "entr", "reflex", "watchexec", "watchman", "wait4x", "gow", "gotty", "ttyd",
    "gamemoderun", "gamescope", "prime-run", "switcherooctl", "pw-container", "pw-jack", "pw-v4l2", "oniux", "waypipe",
    "runcon", "newrole", "gksu", "gksudo", "kdesu", "dzdo", "please", "autoexpect", "aws-vault", "railway", "ntfyme",
    "bsub", "salloc", "srun", "sbatch", "rexec", "rsh", "rlogin", "dbclient", "plink", "pssh", "xxh", "autossh", "salt",
    "pyinfra", "swaymsg", "hyprctl", "i3-msg", "swaynag", "swayidle", "bfs", "sequin", "py-spy", "vcsh", "yadm", "gita",
    "sensible-editor", "sensible-pager", "sensible-browser", "ansible-pull", "nh", "nixos-rebuild", "home-manager",
    "rust-gdb", "rust-lldb", "nix-index", "comma", ",",
];

/// Programs some of whose own commands run what is named behind them.
pub(super) const BY_COMMAND: &[(&str, &[&str])] = &[
    ("npm", &["exec", "x", "explore", "init", "create"]),
    ("pnpm", &["exec", "dlx", "create"]),
    ("yarn", &["exec", "dlx", "create", "node"]),
    ("uv", &["run", "tool"]),
    ("poetry", &["run", "shell"]),
    ("pdm", &["run"]),
    ("pipenv", &["run", "shell"]),
    ("conda", &["run"]),
    ("cabal", &["exec", "run", "repl"]),
    ("stack", &["exec", "run", "ghci", "script"]),
    ("go", &["run", "generate", "tool", "vet", "-exec", "-toolexec"]),
    ("dotnet", &["fsi", "exec", "run", "script", "tool"]),
    ("rustup", &["run", "link"]),
    ("zig", &["run", "build", "test"]),
    ("rg", &["--pre", "--hostname-bin"]),
    ("direnv", &["exec"]),
    ("mise", &["exec", "x", "run"]),
    ("asdf", &["exec"]),
    ("op", &["run"]),
    ("doppler", &["run"]),
    ("vault", &["ssh"]),
    ("gh", &["alias", "extension", "codespace"]),
];

/// Options of wrappers after which a command comes.
pub(super) const RUNNING: &[&str] =
    &["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch", "--run", "--command", "-c", "-e"];

/// Words of a shell after which other commands come.
pub(super) const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "for", "while", "until", "do", "case", "select", "function", "coproc", "eval",
    "source", ".", "trap", "alias", "enable", "hash", "shopt", "set",
];

/// Parts of the names of options whose value is run.
const TELLING: &[&str] = &[
    "exec",
    "command",
    "program",
    "rsh",
    "filter",
    "wrapper",
    "action",
    "shell",
    "pager",
    "editor",
    "hook",
    "askpass",
    "script",
    "preprocessor",
    "use-compress",
    "engine",
    "plugin",
    "grep-bin",
];

/// Whether this word is an option of any program that tells it what else to run.
pub(super) fn tells(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or(word);
    let loads = ["ladspa=", "lv2=", "frei0r="].iter().any(|filter| word.contains(filter));
    loads
        || matches!(name, "-wrapper" | "-fplugin")
        || name.starts_with("--") && TELLING.iter().any(|part| name.contains(part))
}

/// Whether a variable of this name changes what other programs run.
pub(super) fn steers(name: &str) -> bool {
    matches!(
        name,
        "PATH" | "ENV" | "IFS" | "SHELL" | "BROWSER" | "VISUAL" | "LESSOPEN" | "LESSCLOSE" | "PROMPT_COMMAND"
    ) || name.starts_with("LD_")
        || name.starts_with("GIT_")
        || [
            "_ENV", "PAGER", "EDITOR", "COMMAND", "OPT", "OPTS", "OPTIONS", "ASKPASS", "STARTUP", "PATH", "LIB",
            "WRAPPER",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}
