"""Opens d-feet on a bus, has it show a service's tree, and takes a picture of
its window. Runs under an X server with Debian's d-feet installed.

usage: browse.py BUS-ADDRESS PICTURE.png"""

import sys
import time

sys.path.insert(1, "/usr/lib/python3/dist-packages")

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

from dfeet.application import DFeetApp

SERVICE = "org.xen.xcp.xapi"
ROOT = "/org/xen/xcp/xapi"
address, picture = sys.argv[1:3]
problems = []


def widgets(root, kind):
    """All widgets of a kind below root."""
    if isinstance(root, kind):
        yield root
    if isinstance(root, Gtk.Container):
        for child in root.get_children():
            yield from widgets(child, kind)


def settle(seconds):
    """Lets the window work until nothing is left to do."""
    end = time.time() + seconds
    while time.time() < end:
        while Gtk.events_pending():
            Gtk.main_iteration()
        time.sleep(0.01)


def until(what, condition):
    end = time.time() + 60
    while not condition():
        if time.time() > end:
            raise RuntimeError("waited 60 s for " + what)
        settle(0.1)


def select_service(window):
    def row():
        for box in widgets(window, Gtk.ListBox):
            for r in box.get_children():
                if r.get_children()[0].bus_name == SERVICE:
                    return box, r
        return None

    until("the service in the list of names", row)
    box, r = row()
    box.select_row(r)


def rows(model, parent=None):
    at = model.iter_children(parent)
    while at is not None:
        yield at
        at = model.iter_next(at)


def find(model, text, parent=None):
    for at in rows(model, parent):
        if model.get_value(at, 0) == text:
            return at
    return None


def show_tree(window):
    """Waits until d-feet has walked the tree, and opens what is worth seeing."""
    select_service(window)
    until("the tree", lambda: any(find(v.get_model(), ROOT + "/VM") for v in widgets(window, Gtk.TreeView)))
    view = next(v for v in widgets(window, Gtk.TreeView) if find(v.get_model(), ROOT + "/VM"))
    until("the end of the walk", lambda: not any(s.get_visible() for s in widgets(window, Gtk.Spinner)))
    model = view.get_model()
    paths = [model.get_value(at, 0) for at in rows(model)]
    for want in (ROOT, ROOT + "/VM", ROOT + "/host", ROOT + "/pool", ROOT + "/event"):
        if want not in paths:
            problems.append("no " + want)
    if sum(p.startswith(ROOT + "/VM/") for p in paths) < 1:
        problems.append("no VM of its own below " + ROOT + "/VM")
    node = find(model, ROOT + "/VM")
    interfaces = find(model, "<b>Interfaces</b>", node)
    vm1 = find(model, SERVICE + ".VM1", interfaces)
    if vm1 is None:
        problems.append("no interface VM1")
        return paths
    methods = find(model, "<b>Methods</b>", vm1)
    view.expand_to_path(model.get_path(methods))
    view.expand_row(model.get_path(methods), False)
    view.scroll_to_cell(model.get_path(node), None, True, 0.25, 0)
    return paths


class Window(DFeetApp):
    def do_activate(self):
        DFeetApp.do_activate(self)
        GLib.idle_add(self.work)

    def work(self):
        window = self.get_windows()[0]
        window.set_default_size(1280, 860)
        window.resize(1280, 860)
        # Away from the rows: a tooltip would hide some of them.
        screen = window.get_screen()
        screen.get_display().get_default_seat().get_pointer().warp(screen, screen.get_width() - 1, screen.get_height() - 1)
        try:
            paths = show_tree(window)
            settle(1)
            gdk = window.get_window()
            Gdk.pixbuf_get_from_window(gdk, 0, 0, gdk.get_width(), gdk.get_height()).savev(picture, "png", [], [])
            print("%d objects in the tree" % len(paths))
        except Exception as e:
            problems.append(str(e))
        self.quit()
        return False


app = Window(package="d-feet", version="", data_dir="/usr/share/d-feet")
app.run(["d-feet", "--address", address])
for p in problems:
    print("FAIL", p)
sys.exit(1 if problems else 0)
