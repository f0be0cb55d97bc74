#!/bin/sh
# Inside the machine with /dev/uinput: a sway that reads the kernel's devices, and a program that is told its socket.
set -eu

conf="$XDG_RUNTIME_DIR/sway.conf"
log="$XDG_RUNTIME_DIR/sway.log"
cat >"$conf" <<'CONFIG'
output HEADLESS-1 resolution 800x600 position 0 0
output HEADLESS-2 resolution 640x480 position 800 50 transform 90
input * xkb_layout us
xwayland disable
CONFIG
export WLR_BACKENDS=headless,libinput WLR_HEADLESS_OUTPUTS=2 WLR_RENDERER=pixman
export SEATD_VTBOUND=0 LIBSEAT_BACKEND=builtin
sway -c "$conf" >"$log" 2>&1 </dev/null &
n=0
until SWAYSOCK=$(ls "$XDG_RUNTIME_DIR"/sway-ipc.*.sock 2>/dev/null) && SWAYSOCK=$SWAYSOCK swaymsg -t get_version >/dev/null 2>&1; do
    n=$((n + 1))
    [ $n -lt 240 ] || {
        cat "$log"
        exit 125
    }
    sleep 0.5
done
export SWAYSOCK
NERVA_TEST_SOCKET=$(ls -d "$XDG_RUNTIME_DIR"/wayland-[0-9] | head -n1)
export NERVA_TEST_SOCKET
status=0
"$@" || status=$?
[ $status = 0 ] || tail -n 40 "$log"
exit $status
