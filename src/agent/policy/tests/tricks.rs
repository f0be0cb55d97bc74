//! Commands that run another in a way that is not seen at once: one line for each trick. None may run by itself where
//! that other one is denied or asked about, and none may look on the card like less than it is.

use super::*;
use crate::agent::tools::{card::card, reveal::reveal};
use crate::model::{CardPart, Prepared};

/// Each would run `rm`, or what nobody can tell beforehand.
const TRICKS: &[&str] = &[
    // Plain, by path, by another name.
    "rm x",
    "/bin/rm x",
    "/usr/bin/../bin/rm x",
    "busybox rm x",
    "busybox rm -c ls",
    "toybox rm x",
    "/lib64/ld-linux-x86-64.so.2 /bin/rm x",
    // Shells.
    "sh -c 'rm x'",
    "sh -c -- 'rm x'",
    "bash -c -x 'rm x'",
    "bash -xec 'rm x'",
    "bash -o pipefail -c 'rm x'",
    "bash script -c ls",
    "bash --rcfile evil -ic ls",
    "bash -lc ls",
    "fish -C 'rm x' -c ls",
    "dash script",
    "sh -c 'ls; rm x'",
    "sh -c 'ls && rm x'",
    "sh -c 'ls || rm x'",
    "sh -c 'ls | rm x'",
    "sh -c 'ls & rm x'",
    "sh -c 'ls\nrm x'",
    "sh -c 'if true; then rm x; fi'",
    "sh -c 'for i in 1; do rm x; done'",
    "sh -c '! rm x'",
    "sh -c '{ rm x; }'",
    "sh -c '(rm x)'",
    "sh -c 'echo $(rm x)'",
    "sh -c 'echo `rm x`'",
    "sh -c 'r\\m x'",
    "sh -c 'r\"\"m x'",
    "sh -c 'r''m x'",
    "sh -c '$0 x' rm",
    "sh -c '\"$@\"' - rm x",
    "sh -c 'eval rm x'",
    "sh -c 'exec rm x'",
    "sh -c 'command rm x'",
    "sh -c 'builtin eval rm'",
    "sh -c '. ./x'",
    "sh -c 'source x'",
    "sh -c 'trap \"rm x\" EXIT'",
    "sh -c 'alias ls=rm; ls x'",
    "sh -c 'cat < x > y'",
    "sh -c 'a=rm; $a x'",
    "sh -c 'PATH=/tmp ls'",
    "sh -c 'A=1 B=2 rm x'",
    "sh -c 'sh -c \"rm x\"'",
    "sh -c \"sh -c 'sh -c \\\"rm x\\\"'\"",
    "sh -c 'coproc rm x'",
    "su -c 'rm x'",
    "script -qc 'rm x' log",
    "csh -c 'rm x'",
    "pwsh -c 'rm x'",
    // Behind others.
    "env rm x",
    "env A=1 rm x",
    "env -i rm x",
    "env -S 'rm x'",
    "env LD_PRELOAD=x ls",
    "env BASH_ENV=x bash -c ls",
    "env GIT_SSH_COMMAND='rm x' git fetch",
    "env PAGER='rm x' git log",
    "sudo rm x",
    "sudo -u me rm x",
    "doas rm x",
    "nice rm x",
    "nice -n 5 rm x",
    "ionice -c 3 rm x",
    "nohup rm x",
    "setsid rm x",
    "timeout 5 rm x",
    "timeout -k 1 5 rm x",
    "time rm x",
    "xargs rm",
    "xargs -a list rm",
    "xargs -I {} rm {}",
    "stdbuf -oL rm x",
    "strace rm x",
    "strace -o log rm x",
    "unshare -r rm x",
    "systemd-run --user rm x",
    "bwrap --bind / / rm x",
    "chroot . rm x",
    "flock lock rm x",
    "taskset 1 rm x",
    "taskset 0x1 rm x",
    "chrt 5 rm x",
    "setarch x86_64 rm x",
    "cpulimit -l 10 rm x",
    "choom -n 1 -- rm x",
    "capsh -- -c 'rm x'",
    "logsave log rm x",
    "faketime now rm x",
    "watch rm x",
    "watch 'rm x'",
    "parallel rm ::: x",
    "hyperfine 'rm x'",
    "rlwrap rm x",
    "dbus-run-session rm x",
    "xvfb-run rm x",
    "start-stop-daemon --start --exec /bin/rm -- x",
    "run-parts folder",
    "ip netns exec a rm x",
    "tmux new-session 'rm x'",
    "screen -dm rm x",
    "foot rm x",
    "fakeroot rm x",
    "env timeout 5 nice sh -c 'rm x'",
    // Finders.
    "find . -exec rm {} ;",
    "find . -exec rm {} +",
    "find . -execdir sh -c 'rm x' ;",
    "find . -ok rm {} ;",
    "find . -delete",
    "find . -fprint x",
    "find . -fprint0 x",
    "fd -x rm",
    "fd --exec=rm x",
    "fd --exec-batch rm",
    // Texts of programs.
    "python3 -c 'import os'",
    "python3.12 script.py",
    "perl -e 'system \"rm x\"'",
    "ruby -e 'x'",
    "node -e 'x'",
    "lua script",
    "luajit5 x",
    "php -r 'x'",
    "awk 'BEGIN {system(\"rm x\")}'",
    "gawk -f x",
    "sed 1e rm",
    "sed -n '1e rm x' f",
    "tclsh x",
    "expect -c 'spawn rm x'",
    "gnuplot -e 'system \"rm x\"'",
    "jshell x",
    "octave --eval 'x'",
    "dc -e '!rm x'",
    "pdflatex --shell-escape x",
    // Editors and pagers.
    "vim -c '!rm x' f",
    "vi f",
    "ed f",
    "ex f",
    "nano -s rm f",
    "emacs --batch --eval 'x'",
    "less f",
    "man ls",
    "more f",
    // By an option.
    "tar -cf a b --checkpoint=1 --checkpoint-action=exec=rm",
    "tar xf a --to-command=rm",
    "tar -I rm -xf a",
    "rsync -e rm a b",
    "zip a b -T -TT 'rm x'",
    "sort --compress-program=rm f",
    "split --filter=rm f",
    "gcc -wrapper rm a.c",
    "wget --use-askpass=rm x",
    "ssh -o ProxyCommand='rm x' h",
    "scp -S rm a b:",
    "ssh-keygen -D ./x",
    "git -c core.pager=rm log",
    "git grep -Orm x",
    "git grep --open-files-in-pager=rm x",
    "git bisect run rm x",
    "git submodule foreach rm x",
    "git rebase --exec 'rm x'",
    "git clone -u rm a b",
    "git clone 'ext::sh -c rm'",
    "git difftool -x rm",
    "git fetch --upload-pack=rm .",
    "man --pager=rm ls",
    "make -f x",
    "make SHELL=rm",
    "just x",
    "nix-shell --run 'rm x'",
    "nix run x",
    "npx x",
    "gdb -ex '!rm x'",
    "valgrind rm x",
    "perf record rm x",
    "sqlite3 a '.shell rm x'",
    "psql -c '\\! rm x'",
    "tcpdump -z rm",
    "nmap --script x",
    "socat - exec:rm",
    "nc -e rm h 1",
    "openssl req -engine ./x",
    "crontab f",
    "at now",
    "systemctl start x",
    "docker run a rm x",
    "strange -e 'rm x'",
    "strange --exec 'rm x'",
    "strange --some-command=rm",
];

fn lines() -> impl Iterator<Item = Action> {
    TRICKS.iter().map(|line| shell(line))
}

#[test]
fn no_trick_gets_a_denied_command_by() {
    let rm = Rule { words: vec!["rm".into()], ..rule("shell") };
    let policy = Policy { mode: Mode::Auto, auto: vec!["shell".into()], allow: vec![rule("*")], ..policy() };
    for action in lines() {
        let denied = Policy { deny: vec![rm.clone()], ..policy.clone() };
        assert_ne!(decided(&denied, &action), "allow", "{action:?} passes a rule that denies rm");
        let asked = Policy { ask: vec![rm.clone()], ..policy.clone() };
        assert_ne!(decided(&asked, &action), "allow", "{action:?} passes a rule that asks about rm");
    }
}

#[test]
fn every_word_is_on_the_card_in_whole_and_compound_commands_are_counted() {
    for action in lines() {
        let words = action.words().unwrap().to_vec();
        let Verdict::Ask { warnings, .. } = decide(&policy(), &action, NOW) else { panic!("{action:?}") };
        let shown = card(&Prepared::new(action.clone()), warnings.clone(), false);
        let Some(CardPart::Words(drawn)) = shown.parts.iter().find(|part| matches!(part, CardPart::Words(_))) else {
            panic!("{shown:?}")
        };
        let expected: Vec<_> = words.iter().map(|word| reveal(word, false)).collect();
        assert_eq!(*drawn, expected);
        let within = commands::within(&words);
        let says = |words: &str| warnings.iter().any(|warning| warning.contains(words));
        assert_eq!(says("it runs"), within.all.len() > 1);
        assert_eq!(says("more than can be told"), within.unclear);
    }
    let found = commands::within(&["sh", "-c", "ls; rm x && echo a | cat"].map(str::to_owned));
    let all: Vec<_> = found.all[1..].iter().map(|words| words.join(" ")).collect();
    assert_eq!(all, ["ls", "rm x", "echo a", "cat"]);
}

#[test]
fn what_is_plain_stays_automatic() {
    let policy = Policy { allow: vec![rule("shell")], ..policy() };
    for line in [
        "ls -l",
        "git status",
        "git commit -m 'one; two'",
        "git log --oneline",
        "cargo test --locked",
        "npm test",
        "grep -rn foo src",
        "cat a b",
        "wc -l a",
        "python3 --version",
        "sort -u f",
        "mkdir -p a/b",
        "cp a b",
    ] {
        assert_eq!(decided(&policy, &shell(line)), "allow", "{line}");
    }
}
