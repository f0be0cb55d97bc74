#!/usr/bin/env python3
"""A GTK 3 window with a form, as programs have them: fields, a password, a choice, a button, and what stays out of sight.

usage: form.py [--title TITLE] [--label TEXT] [--rows COUNT] [--header] FILE
  The button writes what the form holds into FILE as JSON. Says `shown` once it is on the screen and `sent` once that is
  written. With rows there is a long list too; with a header the window draws its own title bar and shadow.
"""

import argparse
import json
import os

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

parser = argparse.ArgumentParser()
parser.add_argument("--title", default="Order")
parser.add_argument("--label", default="Who is it for?")
parser.add_argument("--rows", type=int, default=0)
parser.add_argument("--header", action="store_true")
parser.add_argument("file")
options = parser.parse_args()


def say(*words):
    print(*words, flush=True)


def send(_button):
    what = {"name": name.get_text(), "gift": gift.get_active(), "password": len(password.get_text())}
    part = options.file + ".part"
    with open(part, "w", encoding="utf-8") as file:
        json.dump(what, file, ensure_ascii=False)
    os.rename(part, options.file)
    state.set_text(f"Sent for {what['name']}")
    say("sent")


GLib.set_prgname("nerva.form")
style = Gtk.CssProvider()
# Its colour says where the button is, to whoever looks at the pixels.
style.load_from_data(b"#send { background: #c01c28; color: white; border: none; border-radius: 0; box-shadow: none; }")
Gtk.StyleContext.add_provider_for_screen(Gdk.Screen.get_default(), style, Gtk.STYLE_PROVIDER_PRIORITY_USER)

window = Gtk.Window(title=options.title)
window.set_default_size(480, 360)
if options.header:
    window.set_titlebar(Gtk.HeaderBar(title=options.title, show_close_button=True))
form = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, margin=16)
window.add(form)

name = Gtk.Entry(text="Ada")
name.get_accessible().set_name("Name")
password = Gtk.Entry(text="hunter2 is secret", visibility=False)
password.get_accessible().set_name("Password")
gift = Gtk.CheckButton(label="As a gift", active=True)
button = Gtk.Button(label="Send", name="send")
button.connect("clicked", send)
locked = Gtk.Button(label="Refund", sensitive=False)
state = Gtk.Label(label="Nothing sent yet", xalign=0)
away = Gtk.Button(label="Never shown", no_show_all=True)
for widget in (Gtk.Label(label=options.label, xalign=0), name, password, gift, button, locked, state, away):
    form.pack_start(widget, False, False, 0)
if options.rows:
    rows = Gtk.ListBox()
    for number in range(options.rows):
        rows.add(Gtk.Label(label=f"row {number}", xalign=0))
    scrolled = Gtk.ScrolledWindow()
    scrolled.add(rows)
    form.pack_start(scrolled, True, True, 0)
button.grab_focus()

window.connect("destroy", Gtk.main_quit)
window.connect("map-event", lambda *_: say("shown"))
window.show_all()
Gtk.main()
