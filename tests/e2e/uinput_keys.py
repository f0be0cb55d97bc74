"""A keyboard made with uinput that types what is written into a fifo: `chord 125+57`, `key 15`, `text hello`."""

import fcntl
import os
import struct
import sys
import time

UI_SET_EVBIT, UI_SET_KEYBIT, UI_DEV_SETUP, UI_DEV_CREATE = 0x40045564, 0x40045565, 0x405C5503, 0x5501
EV_SYN, EV_KEY = 0, 1
ROWS = {2: "1234567890-=", 16: "qwertyuiop", 30: "asdfghjkl;'", 44: "zxcvbnm,./", 57: " "}
CODES = {character: first + index for first, row in ROWS.items() for index, character in enumerate(row)}


def main(fifo):
    device = os.open("/dev/uinput", os.O_WRONLY)
    fcntl.ioctl(device, UI_SET_EVBIT, EV_KEY)
    for code in range(1, 128):
        fcntl.ioctl(device, UI_SET_KEYBIT, code)
    # struct uinput_setup: bus, vendor, product, version, name, ff_effects_max.
    fcntl.ioctl(device, UI_DEV_SETUP, struct.pack("HHHH80sI", 3, 1, 1, 1, b"nerva test keyboard", 0))
    fcntl.ioctl(device, UI_DEV_CREATE)

    def emit(kind, code, value):
        os.write(device, struct.pack("llHHi", 0, 0, kind, code, value))

    def press(codes):
        for value, order in ((1, codes), (0, codes[::-1])):
            for code in order:
                emit(EV_KEY, code, value)
                emit(EV_SYN, 0, 0)
        # An emulated machine drops what comes faster than its compositor reads.
        time.sleep(0.05)

    while True:
        with open(fifo) as lines:
            for line in lines:
                word, _, rest = line.rstrip("\n").partition(" ")
                if word == "text":
                    for character in rest:
                        press([CODES[character]])
                else:
                    press([int(code) for code in rest.split("+")])


main(sys.argv[1])
