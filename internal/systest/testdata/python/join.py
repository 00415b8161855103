"""What a program written in Python does on the dedicated bus: logs in as the
launcher's user, calls the API service by name, reads the tree, and, if the
bus lets it, owns a name and answers calls itself. Needs python3-dbus and
python3-gi; exits 77 where they are missing.

usage: join.py BUS-ADDRESS"""

import sys
import xml.etree.ElementTree

try:
    import dbus
    import dbus.bus
    import dbus.mainloop.glib
    import dbus.service
    from gi.repository import GLib
except ImportError as e:
    print("skip: %s" % e)
    sys.exit(77)

XAPI = "org.xen.xcp.xapi"


def context(session=""):
    return dbus.Dictionary({"session": dbus.String(session)}, signature="sv")


def call(bus, path, interface, method, *args):
    return dbus.Interface(bus.get_object(XAPI, path, introspect=False), interface).get_dbus_method(method)(*args, timeout=30)


def client(bus):
    session = call(bus, "/org/xen/xcp/xapi", XAPI + ".LocalLogin1", "Login", dbus.Dictionary({}, signature="sv"))
    hosts = call(bus, "/org/xen/xcp/xapi/host", XAPI + ".host1", "get_all", context(session))
    assert len(hosts) == 1, hosts
    record = call(bus, "/org/xen/xcp/xapi/host", XAPI + ".host1", "get_record", dbus.String(hosts[0]), context(session))
    print("host", record["name_label"], "API %d.%d" % (record["API_version_major"], record["API_version_minor"]))
    try:
        call(bus, "/org/xen/xcp/xapi/VM", XAPI + ".VM1", "get_record", dbus.String("OpaqueRef:none"), context(session))
        raise AssertionError("a record of nothing")
    except dbus.DBusException as e:
        assert e.get_dbus_name() == "org.xen.xcp.Error.XenAPI.HANDLE_INVALID", e.get_dbus_name()
    try:
        call(bus, "/org/xen/xcp/xapi/VM", XAPI + ".VM1", "get_all", context())
        raise AssertionError("a call without a session")
    except dbus.DBusException as e:
        assert e.get_dbus_name() == "org.xen.xcp.Error.XenAPI.SESSION_INVALID", e.get_dbus_name()
    tree = bus.get_object(XAPI, "/org/xen/xcp/xapi", introspect=False)
    root = xml.etree.ElementTree.fromstring(tree.Introspect(dbus_interface="org.freedesktop.DBus.Introspectable"))
    assert "VM" in [n.get("name") for n in root.findall("node")]


def service(bus, address):
    """A name of one's own, as a service that joins has it."""

    class Greeter(dbus.service.Object):
        @dbus.service.method("org.xen.xcp.greeter.Greeter1", in_signature="sa{sv}", out_signature="s")
        def Greet(self, name, context):
            return "hello " + name

    try:
        name = dbus.service.BusName("org.xen.xcp.greeter", bus, do_not_queue=True)
    except dbus.DBusException as e:
        print("the bus gives no name:", e.get_dbus_name())
        assert e.get_dbus_name() == "org.freedesktop.DBus.Error.AccessDenied", e
        return
    Greeter(bus, "/org/xen/xcp/greeter")
    answers, loop = [], GLib.MainLoop()

    def answered(*values):
        answers.append(values)
        loop.quit()

    other = dbus.bus.BusConnection(address)
    other.call_async(name.get_name(), "/org/xen/xcp/greeter", "org.xen.xcp.greeter.Greeter1", "Greet", "sa{sv}",
                     (dbus.String("bus"), context()), answered, answered, timeout=10)
    GLib.timeout_add_seconds(15, loop.quit)
    loop.run()
    assert answers == [("hello bus",)], answers
    print("owned", name.get_name(), "and was called")


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(sys.argv[1])
    client(bus)
    service(bus, sys.argv[1])


main()
