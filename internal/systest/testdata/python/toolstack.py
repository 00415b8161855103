"""What every script here shares: a way in by http, https or a local socket,
and checks that print what failed. Nothing but Python's own library."""

import http.client
import os
import socket
import ssl
import sys
import uuid
import xmlrpc.client

NULL = "OpaqueRef:NULL"


class Failure(Exception):
    """An answer that says no: code and parameters."""

    def __init__(self, description):
        super().__init__(str(description))
        self.code, self.params = description[0], list(description[1:])


class LocalConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class LocalTransport(xmlrpc.client.Transport):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        if self._connection[1] is None:
            self._connection = host, LocalConnection(self.path)
        return self._connection[1]


def proxy(url):
    """An xmlrpc.client proxy for http://, https:// (self-signed) or unix:PATH."""
    if url.startswith("unix:"):
        return xmlrpc.client.ServerProxy("http://localhost/", transport=LocalTransport(url[5:]), allow_none=True)
    context = ssl._create_unverified_context() if url.startswith("https:") else None
    return xmlrpc.client.ServerProxy(url, context=context, allow_none=True)


class Client:
    """One connection. call() unwraps the answer or raises Failure; with a
    session, s() puts it first."""

    def __init__(self, url):
        self.url = url
        self.proxy = proxy(url)
        self.session = None

    def call(self, method, *args):
        answer = getattr(self.proxy, method)(*args)
        if answer["Status"] == "Success":
            return answer["Value"]
        raise Failure(answer["ErrorDescription"])

    def login(self, *args):
        self.session = self.call("session.login_with_password", *args)
        return self.session

    def s(self, method, *args):
        return self.call(method, self.session, *args)


checks = 0
failed = 0


def check(condition, what, *seen):
    global checks, failed
    checks += 1
    if not condition:
        failed += 1
        frame = sys._getframe(1)
        while frame.f_code.co_filename == __file__:
            frame = frame.f_back
        print("FAIL %s:%d %s" % (os.path.basename(frame.f_code.co_filename), frame.f_lineno, what),
              *("| " + repr(v)[:300] for v in seen))
    return condition


def equal(got, want, what):
    return check(got == want, what, got, want)


ANY = object()  # a parameter of an error whose text is free


def fails(call, code, *params, what=""):
    """The call must fail with exactly this code and these parameters."""
    try:
        got = call()
    except Failure as f:
        same = f.code == code and len(f.params) == len(params) and all(
            want is ANY and isinstance(have, str) or have == want for have, want in zip(f.params, params))
        shown = ["*" if p is ANY else p for p in params]
        check(same, "%s: wrong error" % (what or code), [f.code] + f.params, [code] + shown)
        return f
    except Exception as e:  # a transport error is a failed check, not the end of the script
        check(False, "%s: no answer at all" % (what or code), e)
        return None
    check(False, "%s: succeeded, wanted %s" % (what or code, code), got)
    return None


def works(call, what):
    try:
        value = call()
    except Exception as e:
        check(False, what, e)
        return None
    check(True, what)
    return value


def fresh_ref():
    return "OpaqueRef:" + str(uuid.uuid4())


def vm_record(name, **more):
    """The arguments of VM.create that have no default, and some that have."""
    gib = str(1 << 30)
    record = {
        "name_label": name, "name_description": "made by a test", "user_version": "1", "is_a_template": False,
        "affinity": NULL, "memory_static_max": gib, "memory_dynamic_max": gib, "memory_dynamic_min": gib,
        "memory_static_min": gib, "VCPUs_params": {}, "VCPUs_max": "2", "VCPUs_at_startup": "1",
        "actions_after_shutdown": "destroy", "actions_after_reboot": "restart", "actions_after_crash": "restart",
        "PV_bootloader": "", "PV_kernel": "", "PV_ramdisk": "", "PV_args": "", "PV_bootloader_args": "",
        "PV_legacy_args": "", "HVM_boot_policy": "BIOS order", "HVM_boot_params": {"order": "cdn"},
        "platform": {"acpi": "1"}, "PCI_bus": "", "other_config": {}, "recommendations": "",
    }
    record.update(more)
    return record


def run(main):
    """main(url, user, password), from the command line; exits 1 if a check failed."""
    main(*sys.argv[1:4])
    print("%d passed, %d failed" % (checks - failed, failed))
    sys.exit(1 if failed else 0)
