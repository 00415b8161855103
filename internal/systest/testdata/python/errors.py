"""What a client that errs is told: passwords, counts, types, names, sessions,
permissions, and bodies that are no calls at all."""

import http.client
import ssl
import urllib.parse

from toolstack import ANY, Client, LocalConnection, check, equal, fails, fresh_ref, run, vm_record


def counts(c, vm):
    def mismatch(method, expected, received, *args):
        fails(lambda: c.s(method, *args), "MESSAGE_PARAMETER_COUNT_MISMATCH", method, expected, received,
              what="%s with %s parameters" % (method, received))

    mismatch("VM.get_record", "1", "0")
    mismatch("VM.get_record", "1", "2", vm, "x")
    mismatch("VM.set_name_label", "2", "1", vm)
    mismatch("VM.get_all", "0", "1", "x")
    mismatch("VM.add_to_other_config", "3", "2", vm, "k")
    mismatch("event.from", "3", "0")
    mismatch("VM.snapshot", "2", "1", vm)
    fails(lambda: c.s("Async.VM.clone", vm), "MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.clone", "2", "1",
          what="the name without its prefix")
    fails(lambda: c.call("session.login_with_password", "root"), "MESSAGE_PARAMETER_COUNT_MISMATCH",
          "session.login_with_password", "2", "1")
    fails(lambda: c.s("VM.get_record", vm, "x"), "MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.get_record", "1", "2")
    # The count is checked before the session.
    fails(lambda: c.call("VM.get_record", fresh_ref()), "MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.get_record", "1", "0")


def types(c, vm):
    for method, value, shown in (
        ("VM.set_is_a_template", "true", "true"), ("VM.set_user_version", "seven", "seven"),
        ("VM.set_name_label", ["x"], None), ("VM.set_other_config", "x", None), ("VM.set_tags", {"a": "b"}, None),
        ("VM.set_other_config", {"a": ["b"]}, None), ("VM.set_actions_after_crash", "explode", "explode"),
        ("VM.set_is_a_template", "", ""), ("VM.set_user_version", "1e3", "1e3"),
        ("VM.set_user_version", "99999999999999999999", "99999999999999999999"),
    ):
        f = fails(lambda: c.s(method, vm, value), "INVALID_VALUE", ANY, ANY, what="%s(%r)" % (method, value))
        if f and shown is not None and len(f.params) == 2:
            equal(f.params[1], shown, "%s(%r) repeats the value" % (method, value))
    # Types are checked before the session.
    fails(lambda: c.call("VM.set_is_a_template", fresh_ref(), vm, "true"), "INVALID_VALUE", ANY, ANY, what="a bad type on a bad session")
    # Enums are matched whatever their case.
    c.s("VM.set_actions_after_crash", vm, "PRESERVE")
    equal(c.s("VM.get_actions_after_crash", vm), "preserve", "an enum keeps the contract's spelling")


def names(c, vm):
    bad = fresh_ref()
    fails(lambda: c.call("VM.no_such"), "MESSAGE_METHOD_UNKNOWN", "VM.no_such")
    fails(lambda: c.s("VM.no_such"), "MESSAGE_METHOD_UNKNOWN", "VM.no_such")
    fails(lambda: c.s("VM.no_such", "x", "y"), "MESSAGE_METHOD_UNKNOWN", "VM.no_such")
    fails(lambda: c.call("VM.no_such", bad), "SESSION_INVALID", bad, what="an unknown method on a bad session")
    fails(lambda: c.s("vm.get_all"), "MESSAGE_METHOD_UNKNOWN", "vm.get_all", what="classes are case-sensitive")
    fails(lambda: c.s("nonsense"), "MESSAGE_METHOD_UNKNOWN", "nonsense")
    fails(lambda: c.s("VM.get_session"), "MESSAGE_METHOD_UNKNOWN", "VM.get_session")
    fails(lambda: c.s("task.get_externalpid", bad), "MESSAGE_METHOD_UNKNOWN", "task.get_externalpid", what="an internal field")
    f = fails(lambda: c.s("Async.VM.get_record", vm), "Fault", ANY, what="no async form")
    check(f is None or f.params[0].startswith("No async mode for this operation (rpc: "), "its text", f)
    fails(lambda: c.s("VMPP.get_all"), "MESSAGE_REMOVED", what="a removed message")
    fails(lambda: c.call("VMPP.get_all", bad), "SESSION_INVALID", bad, what="a removed message on a bad session")


def sessions(c, url):
    bad = fresh_ref()
    for method, args in (("VM.get_all", []), ("VM.get_record", ["x"]), ("session.logout", []), ("event.from", [["*"], "", 0.0]),
                         ("VM.create", [vm_record("x")])):
        fails(lambda: c.call(method, bad, *args), "SESSION_INVALID", bad, what=method + " on a bad session")
        fails(lambda: c.call(method, "", *args), "SESSION_INVALID", "", what=method + " on no session")
    host = c.s("host.get_all")[0]
    fails(lambda: c.call("session.slave_login", host, "not the secret"), "SESSION_AUTHENTICATION_FAILED", host, ANY,
          what="a wrong pool secret")
    fails(lambda: c.s("host.propose_new_master", "x", True), "INTERNAL_ERROR",
          'Internal API "host.propose_new_master" call attempted with non-pool (external) session', what="a pool-internal call")
    if not url.startswith("unix:"):
        fails(lambda: Client(url).login("root", ""), "SESSION_AUTHENTICATION_FAILED", "root", ANY)
        fails(lambda: Client(url).login("nobody-of-that-name", "x"), "SESSION_AUTHENTICATION_FAILED", "nobody-of-that-name", ANY)


def unimplemented(c, vm):
    fails(lambda: c.s("VM.migrate_send", vm, {}, True, {}, {}, {}), "NOT_IMPLEMENTED", "VM.migrate_send")


def characters(c, vm):
    """Text that XML cannot carry never reaches a record."""
    raw = Raw(c.url)
    body = "<methodCall><methodName>VM.set_name_label</methodName><params><param><value>%s</value></param>" \
           "<param><value>%s</value></param><param><value>%s</value></param></params></methodCall>"
    status, answer = raw.post("/", (body % (c.session, vm, "a&#1;b")).encode())
    check(status == 500 or b"Failure" in answer, "a control character is refused", status, answer)
    status, answer = raw.post("/", (body % (c.session, vm, "X")).encode().replace(b"X", b"\xff\xfe"))
    check(status == 500 or b"INVALID_VALUE" in answer, "bytes that are no UTF-8 are refused", status, answer)
    check(c.s("VM.get_name_label", vm).startswith("errors"), "the name is untouched")


class Raw:
    """HTTP by hand."""

    def __init__(self, url):
        self.url = url

    def connect(self):
        if self.url.startswith("unix:"):
            return LocalConnection(self.url[5:])
        u = urllib.parse.urlsplit(self.url)
        if u.scheme == "https":
            return http.client.HTTPSConnection(u.netloc, context=ssl._create_unverified_context(), timeout=30)
        return http.client.HTTPConnection(u.netloc, timeout=30)

    def post(self, path, body, **headers):
        return self.request("POST", path, body, headers)[:2]

    def request(self, method, path, body=None, headers={}):
        connection = self.connect()
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(), dict((k.lower(), v) for k, v in answer.getheaders())
        finally:
            connection.close()


def bodies(url):
    raw = Raw(url)
    for path, body in (("/", b""), ("/", b"not xml"), ("/", b"<methodCall>"), ("/RPC2", b"<a/>"), ("/jsonrpc", b"{"),
                       ("/jsonrpc", b"[]"), ("/jsonrpc", b'{"method":"VM.get_all","params":[]}'),
                       ("/", b'<!DOCTYPE a [<!ENTITY e "x">]><methodCall><methodName>&e;</methodName></methodCall>')):
        status, _ = raw.post(path, body)
        equal(status, 500, "%s %r" % (path, body[:40]))
    call = b"<methodCall><methodName>system.isAlive:x</methodName><params><param><value>hi</value></param></params></methodCall>"
    for path in ("/", "/RPC2", "/xmlrpc", "/json", "/any/path"):
        status, answer, headers = raw.request("POST", path, call)
        equal(status, 200, "POST " + path)
        equal(headers.get("content-type"), "text/xml", "content-type of " + path)
        check(b"hi" in answer and b">\n<" not in answer and b"> <" not in answer, "no white space between elements", answer)
    status, answer, headers = raw.request("OPTIONS", "/jsonrpc", None, {"Access-Control-Request-Headers": "content-type", "Origin": "http://x"})
    equal([status, answer], [200, b""], "CORS pre-flight")
    equal(headers.get("access-control-allow-origin"), "*", "CORS origin")
    check("content-type" in headers.get("access-control-allow-headers", ""), "CORS headers", headers)
    status, _ = raw.post("/", b"<methodCall><methodName>session.login_with_password</methodName><params><param><value>"
                         + b"x" * (65 << 10) + b"</value></param></params></methodCall>")
    check(status != 200, "a login body above 64 KiB is refused", status)
    try:
        status, _ = raw.post("/", b" " * (4 << 20) + call)
    except OSError:  # the server need not read on
        status = 0
    check(status != 200, "a body above 4 MiB is refused", status)

    connection = raw.connect()  # keep-alive and chunked bodies
    for _ in range(3):
        connection.request("POST", "/", iter([call[:20], call[20:]]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        answer = connection.getresponse()
        check(answer.status == 200 and b"hi" in answer.read(), "a chunked body on a kept connection", answer.status)
    connection.close()


def main(url, user, password):
    c = Client(url)
    c.login(user, password)
    vm = c.s("VM.create", vm_record("errors"))
    counts(c, vm)
    types(c, vm)
    names(c, vm)
    sessions(c, url)
    unimplemented(c, vm)
    characters(c, vm)
    bodies(url)
    c.s("VM.destroy", vm)
    c.s("session.logout")


run(main)
