#!/usr/bin/env python3
"""A GTK 3 window that can be dragged from, as a file manager or a browser is: the real second client.

usage: drag_source.py TYPE=FILE...
  Offers each media type with the bytes of a file. Says `begun` when a drag begins, `sent TYPE` when it was asked for one,
  `ended ok` or `ended failed` when it is over, and `shown` once it is on the screen.
"""

import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

offers = [argument.rsplit("=", 1) for argument in sys.argv[1:]]
contents = {media: open(path, "rb").read() for media, path in offers}
failed = False


def say(*words):
    print(*words, flush=True)


def send(_widget, _context, selection, _info, _time):
    media = selection.get_target().name()
    selection.set(selection.get_target(), 8, contents[media])
    say("sent", media)


def fail(*_):
    global failed
    failed = True
    return False


def end(*_):
    say("ended", "failed" if failed else "ok")


GLib.set_prgname("nerva.source")
targets = Gtk.TargetList.new([Gtk.TargetEntry.new(media, 0, number) for number, (media, _) in enumerate(offers)])


def press(_widget, event):
    window.drag_begin_with_coordinates(targets, Gdk.DragAction.COPY, 1, event, event.x, event.y)
    return True


window = Gtk.Window(title="source")
window.set_default_size(200, 160)
# Pulled from the press on: what GTK would take for a drag of the window itself is not.
window.add_events(Gdk.EventMask.BUTTON_PRESS_MASK)
window.connect("button-press-event", press)
window.connect("drag-begin", lambda *_: say("begun"))
window.connect("drag-data-get", send)
window.connect("drag-failed", fail)
window.connect("drag-end", end)
window.connect("destroy", Gtk.main_quit)
window.connect("map-event", lambda *_: say("shown"))
window.show_all()
Gtk.main()
