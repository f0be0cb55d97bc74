#!/bin/sh
# The story on Hyprland, inside the machine: hotkey, question, answer, focus back, conversation again, program.
set -eu

fail() {
    echo "story: $*"
    nerva status --json || true
    grim /tmp/out/failed.png || true
    cat /tmp/out/nervad.log || true
    exit 1
}
until_true() {
    what=$1
    shift
    n=0
    until "$@" >/dev/null 2>&1; do
        n=$((n + 1))
        [ $n -lt 240 ] || fail "waited two minutes for $what"
        sleep 0.5
    done
}
says() { nerva status --json | grep -q "$1"; }
focused() { hyprctl activewindow | grep -q "class: $1"; }
ended() { nerva sessions export --format json | grep -q '"complete"'; }
# The key is bound in the configuration; Hyprland takes it from any keyboard, also from this one.
hotkey() { wtype -s 400 -M logo -k space -m logo; }

mkdir -p "$HOME/.config/nerva" "$HOME/.local/share/applications"
python3 raw_sse.py --port 18081 >/tmp/out/model.log 2>&1 &
until_true "the model" grep -q listening /tmp/out/model.log
cat >"$HOME/.config/nerva/config.toml" <<'CONFIG'
[model]
default = "test/plain"
[providers.test]
wire = "openai-chat"
url = "http://127.0.0.1:18081/v1"
key = { none = true }
models = ["plain"]
CONFIG
printf '[Desktop Entry]\nType=Application\nName=Zephyr\nExec=foot -a nerva-fixture cat\n' \
    >"$HOME/.local/share/applications/zephyr.desktop"

foot -a below cat >/dev/null 2>&1 &
until_true "the window below" focused below
nervad >/tmp/out/nervad.log 2>&1 &
until_true "nervad" says '"pid"'
hotkey
nerva status --wait visible --timeout 120 || fail "the hotkey did not open the overlay"
grim /tmp/out/bar.png
wtype -s 400 "what is nerva"
until_true "the question" says '"query": *"what is nerva"'
wtype -s 400 -k Tab
until_true "the answer" ended
grim /tmp/out/answer.png
wtype -s 400 -k Escape
nerva status --wait hidden --timeout 120 || fail "Escape did not close the overlay"
until_true "the focus" focused below
hotkey
nerva status --wait visible --timeout 120 || fail "it did not open again"
says '"screen": *"conversation"' || fail "the conversation is not back"
nerva new
wtype -s 400 zep
until_true "the program" says Zephyr
wtype -s 400 -k Return
until_true "its window" focused nerva-fixture
grim /tmp/out/program.png
echo "story: done"
