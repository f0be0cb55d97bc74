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
# Takes the picture $1 again and again until two are the same.
settled() {
    grim "/tmp/out/$1.png"
    until_true "$1 to be drawn" same_again "$1"
}
same_again() {
    mv "/tmp/out/$1.png" /tmp/before.png
    sleep 1
    grim "/tmp/out/$1.png"
    cmp -s /tmp/before.png "/tmp/out/$1.png"
}
# Whether the screen, taken as $2, is another than in $1.
changed() { grim "/tmp/out/$2.png" && ! cmp -s "/tmp/out/$1.png" "/tmp/out/$2.png"; }
ended() { nerva sessions export --format json | grep -q '"complete"'; }
# A real keyboard to the compositor: made with uinput, read through libinput. Codes are those of evdev.
mkfifo /tmp/keys
python3 uinput_keys.py /tmp/keys 2>/tmp/out/keys.log &
until_true "the keyboard" sh -c "hyprctl devices | grep -q 'nerva-test-keyboard'"
exec 3>/tmp/keys
hotkey() { echo "chord 125+57" >&3; }
text() { echo "text $1" >&3; }
tab() { echo "key 15" >&3; }
escape() { echo "key 1" >&3; }
enter() { echo "key 28" >&3; }

mkdir -p "$HOME/.config/nerva" "$HOME/.local/share/applications"
# The real llama.cpp, which runs in the machine beside this.
until_true "the model" grep -q listening /tmp/out/model.log
cat >"$HOME/.config/nerva/config.toml" <<'CONFIG'
[model]
default = "test/nerva-tiny"
[providers.test]
wire = "openai-chat"
url = "http://127.0.0.1:18081/v1"
key = { none = true }
models = ["nerva-tiny"]
CONFIG
printf '[Desktop Entry]\nType=Application\nName=Zephyr\nExec=foot -a nerva-fixture cat\n' \
    >"$HOME/.local/share/applications/zephyr.desktop"

foot -a below cat >/dev/null 2>&1 &
until_true "the window below" focused below
nervad >/tmp/out/nervad.log 2>&1 &
until_true "nervad" says '"pid"'
grim /tmp/out/empty.png
hotkey
nerva status --wait visible --timeout 120 || fail "the hotkey did not open the overlay"
grim /tmp/out/bar.png
text "what is nerva"
until_true "the question" says '"query": *"what is nerva"'
settled question
tab
until_true "the answer" ended
# The machine is slow: what has ended is drawn a while later.
until_true "the answer on the screen" changed question answer
settled answer
nerva sessions export --format json >/tmp/out/sessions.json
escape
nerva status --wait hidden --timeout 120 || fail "Escape did not close the overlay"
until_true "the focus" focused below
grim /tmp/out/closed.png
hotkey
nerva status --wait visible --timeout 120 || fail "it did not open again"
says '"screen": *"conversation"' || fail "the conversation is not back"
nerva new
text zep
until_true "the program" says Zephyr
enter
until_true "its window" focused nerva-fixture
grim /tmp/out/program.png
echo "story: done"
