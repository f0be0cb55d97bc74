//! What a command in the sandbox can and can not reach: every way out is really there outside, and tried with bwrap.

use super::*;

async fn sh(script: &str, folder: &Path) -> Ran {
    let folder = folder.canonicalize().unwrap();
    run(&["sh", "-c", script].map(str::to_owned), folder.to_str().unwrap(), false, Duration::from_secs(30), |_| ())
        .await
        .unwrap()
}

#[tokio::test]
async fn only_the_folder_can_be_written() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    let ran = sh("echo out; echo err >&2; echo hi > file; pwd", &folder).await;
    assert!(ran.good && ran.output.starts_with("out\nerr\n/"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(folder.join("file")).unwrap(), "hi\n");
    for place in ["/usr/x", "/etc/x", "/x", "/nix/x", "../x"] {
        let ran = sh(&format!("echo x > {place} && echo written"), &folder).await;
        let outside = outside.path().join("x").exists();
        assert!(!outside && (!ran.output.contains("written") || place == "../x" || place == "/x"), "{place}: {ran:?}");
        assert!(!Path::new("/x").exists(), "{place}");
    }
}

#[tokio::test]
async fn there_is_no_home_no_desktop_no_network_and_no_other_process() {
    let folder = tempfile::tempdir().unwrap();
    let ran = sh(
        "env; ls -A /home/sandbox /run /tmp; ls /proc | grep -c '^[0-9]'; cat /proc/net/dev | grep -vc 'lo:'; \
         echo $WAYLAND_DISPLAY$DBUS_SESSION_BUS_ADDRESS$XDG_RUNTIME_DIR$SSH_AUTH_SOCK",
        folder.path(),
    )
    .await;
    for wrong in ["WAYLAND", "DBUS", "XDG_RUNTIME", "SSH_", "NERVA", "CARGO"] {
        assert!(!ran.output.contains(wrong), "{wrong}: {}", ran.output);
    }
    let home = std::env::var("HOME").unwrap_or_default();
    let ran = sh(&format!("ls -A {home} 2>/dev/null | head -3; ls -A /root 2>/dev/null"), folder.path()).await;
    assert_eq!(ran.output, "", "home is not there");
    let ran = sh("(exec 3<>/dev/tcp/127.0.0.1/22) 2>&1; ip -o link 2>/dev/null | wc -l", folder.path()).await;
    assert!(!ran.output.contains("eth"), "{ran:?}");
}

#[tokio::test]
async fn hooks_of_the_folder_can_not_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join(".git/hooks")).unwrap();
    std::fs::write(folder.path().join(".git/config"), "a").unwrap();
    std::fs::create_dir_all(folder.path().join("sub/.git/hooks")).unwrap();
    let script = "for in in . sub; do cd $in; echo x > .git/hooks/pre-commit; mv .git away && mkdir -p .git/hooks && \
                  echo x > .git/hooks/pre-commit; done; cd ..; echo x > .git/config; echo x > .git/HEAD";
    let ran = sh(script, folder.path()).await;
    for place in [".git", "sub/.git", "away", "sub/away"] {
        assert!(!folder.path().join(place).join("hooks/pre-commit").exists(), "{place}: {ran:?}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join(".git/config")).unwrap(), "a");
    assert!(folder.path().join(".git/HEAD").exists());
}

/// Each is really there outside: a file, a socket, a port, a process.
#[tokio::test]
async fn every_way_out_is_closed() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("secret"), "the secret").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(outside.path().join("socket")).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    let exe = std::env::current_exe().unwrap();
    // Written so that it does not find its own command.
    let (first, rest) = exe.file_name().unwrap().to_str().unwrap().split_at(1);
    let outside = outside.path().display();
    let script = format!(
        "for place in link {outside} /proc/1/root{outside} /proc/self/root{outside} /proc/self/cwd/../{outside}; do \
           cat $place/secret 2>/dev/null; test -S $place/socket && echo OPEN socket; echo x > $place/new && echo OPEN new; \
         done 2>/dev/null; \
         cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep '[{first}]{rest}' && echo OPEN process; \
         bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>/dev/null && echo OPEN port; \
         ls /dev/input /dev/uinput /dev/dri /dev/snd /sys/class 2>/dev/null && echo OPEN device; \
         mount -t tmpfs x /mnt 2>/dev/null && echo OPEN mount; unshare -r true 2>/dev/null && chroot / true 2>/dev/null && echo OPEN root; \
         echo done",
        port = port.local_addr().unwrap().port()
    );
    let ran = sh(&script, folder.path()).await;
    assert_eq!(ran.output.trim(), "done", "{ran:?}");
    port.set_nonblocking(true).unwrap();
    assert!(port.accept().is_err(), "nothing came to the port");
}

#[tokio::test]
async fn a_flood_and_a_command_that_hangs_are_ended() {
    let folder = tempfile::tempdir().unwrap();
    let ran = sh("yes", folder.path()).await;
    assert!(ran.ended.contains("more than 8 MB") && ran.output.len() < 2 * LONGEST, "{}", ran.ended);
    let words = ["sleep", "600"].map(str::to_owned);
    let path = folder.path().canonicalize().unwrap();
    let ran = run(&words, path.to_str().unwrap(), false, Duration::from_millis(300), |_| ()).await.unwrap();
    assert!(!ran.good && ran.ended.starts_with("stopped"), "{ran:?}");
}

/// The process that a test started, by a word of its command that nothing else has.
fn is_alive(mark: &str) -> bool {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).split('\0').any(|word| word == mark))
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_it_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().to_str().unwrap().to_owned();
    let mark = format!("987{}.5", std::process::id());
    let script = format!("sleep {mark} & sleep {mark}; wait");
    let task = tokio::spawn(async move {
        run(&["sh".to_owned(), "-c".into(), script], &path, false, Duration::from_secs(600), |_| ()).await
    });
    while !is_alive(&mark) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    task.abort();
    while is_alive(&mark) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A link in the folder leads nowhere outside, whether it was there before or the command makes it.
#[tokio::test]
async fn links_lead_nowhere() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("secret"), "the secret").unwrap();
    let there = outside.path().canonicalize().unwrap();
    std::os::unix::fs::symlink(there.join("secret"), folder.path().join("file")).unwrap();
    std::os::unix::fs::symlink(&there, folder.path().join("folder")).unwrap();
    std::os::unix::fs::symlink(there.join("new"), folder.path().join("dangling")).unwrap();
    let script = format!(
        "cat file folder/secret; echo x > file; echo x > folder/new; echo x > dangling; ln -s {0} made; cat made/secret; \
         echo x > made/other; ln {0}/secret hard; mkdir -p {0}; cat {0}/secret; cp -rL folder/. copy",
        there.display()
    );
    let ran = sh(&script, folder.path()).await;
    assert!(!ran.output.contains("the secret"), "{ran:?}");
    let mut left: Vec<_> = std::fs::read_dir(&there).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["secret"], "{ran:?}");
    assert_eq!(std::fs::read_to_string(there.join("secret")).unwrap(), "the secret");
    assert!(!folder.path().join("hard").exists());
}

/// Sockets with a path and without one, of the bus and of Nerva's kind, are out of reach; so are ports, by name and number.
#[tokio::test]
async fn no_socket_is_reached() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixListener};
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = outside.path().canonicalize().unwrap().join("socket");
    let named = UnixListener::bind(&path).unwrap();
    let name = format!("nerva-probe-{}", std::process::id());
    let hidden = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let (tcp, udp) = (port.local_addr().unwrap().port(), datagrams.local_addr().unwrap().port());
    let script = format!(
        "import socket\n\
         def tried(what, kind, sort, to, send=False):\n\
        \x20   try:\n\
        \x20       s = socket.socket(kind, sort); s.settimeout(5)\n\
        \x20       s.sendto(b'x', to) if send else s.connect(to)\n\
        \x20       print('OPEN' if not send else 'sent', what)\n\
        \x20   except OSError as error: print('closed', what)\n\
         U, I, S, D = socket.AF_UNIX, socket.AF_INET, socket.SOCK_STREAM, socket.SOCK_DGRAM\n\
         tried('path', U, S, '{path}')\n\
         tried('root', U, S, '/proc/self/root{path}')\n\
         tried('abstract', U, S, '\\0{name}')\n\
         tried('tcp', I, S, ('127.0.0.1', {tcp}))\n\
         tried('udp', I, D, ('127.0.0.1', {udp}), True)\n\
         tried('far', I, S, ('192.0.2.1', 80))\n",
        path = path.display()
    );
    std::fs::write(folder.path().join("probe.py"), script).unwrap();
    let ran = sh("python3 probe.py", folder.path()).await;
    assert!(ran.good && ran.output.contains("closed path") && ran.output.contains("closed far"), "{ran:?}");
    assert!(!ran.output.contains("OPEN"), "{ran:?}");
    for listener in [&named, &hidden] {
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "somebody came: {ran:?}");
    }
    port.set_nonblocking(true).unwrap();
    datagrams.set_nonblocking(true).unwrap();
    assert!(port.accept().is_err() && datagrams.recv(&mut [0; 8]).is_err(), "{ran:?}");
}

/// Nothing of other processes is in `/proc`, and nothing of the kernel can be set there or below `/sys`. What could be set
/// is only opened.
#[tokio::test]
async fn proc_tells_only_of_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let me = std::process::id();
    let script = format!(
        "for pid in $(ls /proc | grep '^[0-9]'); do readlink /proc/$pid/root /proc/$pid/cwd; cat /proc/$pid/environ; done 2>/dev/null \
         | tr '\\0' '\\n' | grep -E 'CARGO|NEXTEST' && echo OPEN environment; \
         test -e /proc/{me}/mem && grep -aq NEXTEST /proc/{me}/environ && echo OPEN process; kill -0 {me} 2>/dev/null && echo OPEN signal; \
         for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/sys/vm/drop_caches \
         /sys/power/state /sys/kernel/uevent_helper; do (: >> $file) 2>/dev/null && echo OPEN $file; done; \
         cat /proc/kcore /proc/kmsg /dev/mem /dev/kmsg 2>/dev/null | head -c 1 | grep -q . && echo OPEN kernel; \
         head -c 1 /dev/sda /dev/vda /dev/nvme0n1 2>/dev/null | grep -q . && echo OPEN disk; echo done"
    );
    let ran = sh(&script, folder.path()).await;
    assert_eq!(ran.output.trim(), "done", "{ran:?}");
}

/// A command of a model neither sees nor changes what is Nerva's own, nor what it could take for it.
#[tokio::test]
async fn what_is_nervas_own_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    let own = [
        ".config/nerva/config.toml",
        ".local/share/nerva/history.db",
        ".local/share/nerva/audit/audit.jsonl",
        ".local/state/nerva/halted",
    ];
    for file in own {
        std::fs::create_dir_all(home.join(file).parent().unwrap()).unwrap();
        std::fs::write(home.join(file), "own").unwrap();
    }
    let folder = home.join("project");
    std::fs::create_dir(&folder).unwrap();
    let at = home.display();
    let script = format!(
        "for file in {}; do for up in {at} .. /proc/self/cwd/..; do cat $up/$file && echo OPEN read; echo x > $up/$file && echo WROTE; \
         rm -f $up/$file; done; done 2>/dev/null; ls -A {at}",
        own.join(" ")
    );
    let ran = sh(&script, &folder).await;
    assert!(!ran.output.contains("OPEN"), "{ran:?}");
    assert_eq!(ran.output.lines().last(), Some("project"), "of home there is the way to the folder: {ran:?}");
    for file in own {
        assert_eq!(std::fs::read_to_string(home.join(file)).unwrap(), "own", "{file}");
    }
}

/// Everything that decides what runs later, however deep; and what comes new.
#[tokio::test]
async fn what_runs_later_can_not_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = [
        ".git/hooks/pre-commit",
        ".git/config",
        ".git/info/attributes",
        "a/b/.git/hooks/post-merge",
        ".envrc",
        "a/.envrc",
        ".vscode/tasks.json",
        ".idea/workspace.xml",
        ".mcp.json",
        ".claude/settings.json",
        ".codex/config.toml",
        "flake.nix",
    ];
    for file in sealed {
        std::fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(file), "mine").unwrap();
    }
    // A repository's work tree elsewhere: its `.git` is a file that says where.
    std::fs::create_dir(folder.path().join("tree")).unwrap();
    std::fs::write(folder.path().join("tree/.git"), "gitdir: ../.git/worktrees/tree").unwrap();
    let script = format!(
        "for file in {} tree/.git; do echo evil > $file; rm -f $file; mv -f $file gone; ln -sf /tmp/x $file; chmod +x $file; done; \
         echo evil > .git/hooks/post-checkout; mv .git/hooks .git/old; mkdir -p .git/hooks; echo evil > .git/hooks/update; \
         mount -o remount,rw .git/hooks; umount .git/hooks; umount -l .git; git config core.hooksPath /tmp; \
         git config --file .git/config core.pager evil",
        sealed.join(" ")
    );
    let ran = sh(&script, folder.path()).await;
    for file in sealed {
        assert_eq!(std::fs::read_to_string(folder.path().join(file)).unwrap_or_default(), "mine", "{file}: {ran:?}");
    }
    assert!(std::fs::read_to_string(folder.path().join("tree/.git")).unwrap().starts_with("gitdir"));
    for made in ["post-checkout", "update"] {
        assert!(!folder.path().join(".git/hooks").join(made).exists(), "{made}: {ran:?}");
    }
}

/// Ports are reached where the network was asked for, and only there; the desktop's sockets without a file never, whether
/// by a socket of its own, one of a pair, or another way to call the kernel (that of x86 ends a program where the kernel has
/// none). Each is really there outside.
#[tokio::test]
async fn with_the_network_ports_are_reached_and_no_sockets_of_the_desktop() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
    let folder = tempfile::tempdir().unwrap();
    let name = format!("nerva-probe-network-{}", std::process::id());
    let stream = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let datagram =
        UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(format!("{name}-datagram")).unwrap()).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    port.set_nonblocking(true).unwrap();
    let script = format!(
        "import ctypes, mmap, os, platform, socket\n\
         def tried(what, do):\n\
        \x20   try: do(); print('OPEN', what)\n\
        \x20   except OSError: print('closed', what)\n\
         tried('tcp', lambda: socket.create_connection(('127.0.0.1', {port}), 5))\n\
         tried('abstract', lambda: socket.socket(socket.AF_UNIX).connect('\\0{name}'))\n\
         tried('datagram', lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', '\\0{name}-datagram'))\n\
         tried('pair', lambda: [one.send(b'x') for one in socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)])\n\
         libc = ctypes.CDLL(None, use_errno=True)\n\
         def call(*words):\n\
        \x20   if libc.syscall(*words) < 0: raise OSError(ctypes.get_errno(), 'refused')\n\
         tried('ring', lambda: call(425, 1, ctypes.create_string_buffer(120)))\n\
         if platform.machine() == 'x86_64': tried('x32', lambda: call(0x40000000 + 41, 1, 1, 0))\n\
         def older():\n\
        \x20   page = mmap.mmap(-1, 4096, prot=7)\n\
        \x20   page.write(bytes.fromhex('53b867010000bb01000000b90100000031d2cd805bc3'))\n\
        \x20   return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()\n\
         if platform.machine() == 'x86_64' and not os.fork():\n\
        \x20   print('OPEN' if older() >= 0 else 'closed', 'i386', flush=True)\n\
        \x20   os._exit(0)\n\
         while True:\n\
        \x20   try: os.wait()\n\
        \x20   except ChildProcessError: break\n\
         print('done')\n",
        port = port.local_addr().unwrap().port()
    );
    std::fs::write(folder.path().join("probe.py"), script).unwrap();
    let path = folder.path().canonicalize().unwrap();
    let command = ["python3", "probe.py"].map(str::to_owned);
    for network in [false, true] {
        let ran = run(&command, path.to_str().unwrap(), network, Duration::from_secs(60), |_| ()).await.unwrap();
        assert!(ran.good && ran.output.contains("done"), "{ran:?}");
        assert_eq!(ran.output.contains("OPEN tcp"), network, "{ran:?}");
        assert_eq!(port.accept().is_ok(), network, "{ran:?}");
        for closed in ["abstract", "datagram"] {
            assert!(ran.output.contains(&format!("closed {closed}")), "{ran:?}");
        }
        assert!(ran.output.contains("OPEN pair"), "what is connected to itself is let: {ran:?}");
        for other in ["ring", "x32", "i386"] {
            assert!(!network || !ran.output.contains(&format!("OPEN {other}")), "{ran:?}");
        }
    }
    stream.set_nonblocking(true).unwrap();
    datagram.set_nonblocking(true).unwrap();
    assert!(stream.accept().is_err() && datagram.recv(&mut [0; 8]).is_err(), "somebody came");
    let listing = ["ls", "-A", "/run", "/home/sandbox"].map(str::to_owned);
    let ran = run(&listing, path.to_str().unwrap(), true, Duration::from_secs(60), |_| ()).await.unwrap();
    assert!(!ran.output.contains("user"), "no home and nothing of the session is there with the network either");
}
