#!/usr/bin/env python3
"""The Documents portal as far as drag and drop needs it: it hands out files for a key. The real one needs FUSE.

usage: file_transfer.py KEY FILE...
  Says `ready` once it owns its name, and `refused KEY` when it is asked for another key.
"""

import sys

from gi.repository import Gio, GLib

key, *files = sys.argv[1:]
INTERFACE = """<node><interface name="org.freedesktop.portal.FileTransfer">
<method name="RetrieveFiles"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/>
<arg type="as" direction="out"/></method></interface></node>"""


def answer(_connection, _sender, _path, _interface, _method, parameters, invocation):
    asked = parameters.unpack()[0]
    if asked == key:
        invocation.return_value(GLib.Variant("(as)", (files,)))
    else:
        print("refused", asked, flush=True)
        invocation.return_dbus_error("org.freedesktop.DBus.Error.AccessDenied", "no such key")


def serve(connection, _name):
    interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
    connection.register_object("/org/freedesktop/portal/documents", interface, answer, None, None)


name = "org.freedesktop.portal.Documents"
Gio.bus_own_name(
    Gio.BusType.SESSION, name, Gio.BusNameOwnerFlags.NONE, serve, lambda *_: print("ready", flush=True), None
)
GLib.MainLoop().run()
