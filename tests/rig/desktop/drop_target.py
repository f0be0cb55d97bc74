#!/usr/bin/env python3
"""A GTK 3 window that saves what is dropped on it: the real second client.

usage: drop_target.py TYPE FOLDER
  Asks for one media type. What comes is saved as FOLDER/dropped; where it is a list of files, the first of them is copied to
  FOLDER/copied. Says `shown` once it is on the screen, `over` while something hangs over it, `offered TYPES` when something is dropped and `saved` after that.
"""

import os
import shutil
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

media, folder = sys.argv[1:]


def say(*words):
    print(*words, flush=True)


def over(*_):
    say("over")
    return False


def drop(widget, context, _x, _y, time):
    say("offered", *sorted(target.name() for target in context.list_targets()))
    widget.drag_get_data(context, Gdk.Atom.intern(media, False), time)
    return True


def receive(_widget, context, _x, _y, selection, _info, time):
    with open(os.path.join(folder, "dropped"), "wb") as file:
        file.write(selection.get_data() or b"")
    if media == "text/uri-list":
        path, _host = GLib.filename_from_uri(selection.get_uris()[0])
        shutil.copyfile(path, os.path.join(folder, "copied"))
        say("named", os.path.basename(path))
    Gtk.drag_finish(context, True, False, time)
    say("saved")


GLib.set_prgname("nerva.target")
window = Gtk.Window(title="target")
window.set_default_size(200, 160)
window.drag_dest_set(
    Gtk.DestDefaults.MOTION | Gtk.DestDefaults.HIGHLIGHT,
    [Gtk.TargetEntry.new(media, 0, 0)],
    Gdk.DragAction.COPY,
)
window.connect("drag-motion", over)
window.connect("drag-drop", drop)
window.connect("drag-data-received", receive)
window.connect("destroy", Gtk.main_quit)
window.connect("map-event", lambda *_: say("shown"))
window.show_all()
Gtk.main()
