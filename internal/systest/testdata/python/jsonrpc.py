"""JSON-RPC 1.0 and 2.0 with nothing but json and http.client."""

import http.client
import json
import ssl
import time
import urllib.parse
import uuid

from toolstack import LocalConnection, check, equal, run, vm_record


class Connection:
    def __init__(self, url):
        if url.startswith("unix:"):
            self.connection = LocalConnection(url[5:])
            return
        u = urllib.parse.urlsplit(url)
        if u.scheme == "https":
            self.connection = http.client.HTTPSConnection(u.netloc, context=ssl._create_unverified_context(), timeout=60)
        else:
            self.connection = http.client.HTTPConnection(u.netloc, timeout=60)

    def post(self, body, content_type="application/json"):
        self.connection.request("POST", "/jsonrpc", body, {"Content-Type": content_type})
        answer = self.connection.getresponse()
        text = answer.read()
        equal(answer.getheader("content-type"), "application/json" if answer.status == 200 else answer.getheader("content-type"), "content-type")
        equal(answer.getheader("access-control-allow-origin") if answer.status == 200 else "*", "*", "CORS")
        return answer.status, text

    def ask(self, version, method, *params, id=1):
        """(result, error) of one call; error as [code, params...]."""
        call = {"method": method, "params": list(params), "id": id}
        if version == 2:
            call["jsonrpc"] = "2.0"
        status, text = self.post(json.dumps(call))
        equal(status, 200, method)
        answer = json.loads(text)
        equal(answer["id"], id, "the id comes back")
        if version == 2:
            equal(answer["jsonrpc"], "2.0", "the version comes back")
            equal(sorted(answer), sorted(["id", "jsonrpc", "error" if "error" in answer else "result"]), "members")
            if "error" in answer:
                equal(answer["error"]["code"], 1, "error.code")
                return None, [answer["error"]["message"]] + answer["error"]["data"]
            return answer["result"], None
        equal(sorted(answer), ["error", "id", "result"], "members")
        return answer["result"], answer["error"]


def calls(c, version, user, password):
    def ok(method, *params, id=1):
        result, error = c.ask(version, method, *params, id=id)
        equal(error, None, method)
        return result

    def fails(method, *params):
        result, error = c.ask(version, method, *params)
        equal(result, None, method + " has no result")
        return error

    s = ok("session.login_with_password", user, password, id="a string")
    host = ok("host.get_all", s, id=0)[0]
    record = ok("host.get_record", s, host)
    equal(type(record["API_version_major"]), int, "an int is a number")
    equal(type(record["enabled"]), bool, "a bool is a bool")
    equal(type(record["other_config"]), dict, "a map is an object")
    vm = ok("VM.create", s, vm_record("json", VCPUs_max=3, memory_static_max=1 << 30))
    equal(ok("VM.get_VCPUs_max", s, vm), 3, "an int both ways")
    equal(ok("VM.set_user_version", s, vm, "9"), "", "void is the empty text")
    equal(ok("VM.get_user_version", s, vm), 9, "an int as text")
    equal(type(ok("VM.get_HVM_shadow_multiplier", s, vm)), float, "a float has a fraction")
    equal(ok("VM.get_snapshot_time", s, vm), "19700101T00:00:00Z", "a date is text")
    ok("VM.set_name_label", s, vm, "\u00fc\u4e2d\U0001f600 \"\\ </x>")
    equal(ok("VM.get_name_label", s, vm), "\u00fc\u4e2d\U0001f600 \"\\ </x>", "text comes back as it was")
    counts = ok("event.from", s, ["vm"], "", 1.5)["valid_ref_counts"]
    check(all(type(n) is int for n in counts.values()), "valid_ref_counts are numbers", counts)
    gone = "OpaqueRef:" + str(uuid.uuid4())
    equal(fails("VM.get_record", s, gone), ["HANDLE_INVALID", "VM", gone], "an unknown reference")
    equal(fails("VM.get_record", gone, vm), ["SESSION_INVALID", gone], "a stale session")
    equal(fails("VM.get_record", s), ["MESSAGE_PARAMETER_COUNT_MISMATCH", "VM.get_record", "1", "0"], "a parameter too few")
    equal(fails("VM.nothing", s), ["MESSAGE_METHOD_UNKNOWN", "VM.nothing"], "an unknown method")
    equal(fails("VM.set_is_a_template", s, vm, "true")[0], "INVALID_VALUE", "a wrong type")
    equal(fails("VM.set_name_label", s, vm, None)[0], "INVALID_VALUE", "null is no text")
    task = ok("Async.VM.destroy", s, vm)
    token, end = "", time.time() + 20
    while ok("task.get_status", s, task) == "pending" and time.time() < end:
        token = ok("event.from", s, ["task/" + task], token, 1.5)["token"]
    equal(ok("task.get_status", s, task), "success", "an async call")
    methods = ok("system.listMethods")
    check("VM.get_all_records" in methods, "system.listMethods")
    ok("session.logout", s)


def envelopes(c):
    equal(c.post(json.dumps({"jsonrpc": "2.0", "method": "system.listMethods", "id": 7}), "application/json; charset=utf-8")[0], 200,
          "2.0 without params")
    for bad in ({"method": "system.listMethods", "params": []}, {"method": "system.listMethods", "params": [], "id": None},
                {"params": [], "id": 1}, {"method": "system.listMethods", "id": 1}, {"method": 5, "params": [], "id": 1},
                [{"jsonrpc": "2.0", "method": "system.listMethods", "id": 1}], "x", 7, None):
        try:
            status, _ = c.post(json.dumps(bad))
        finally:
            c.connection.close()
        equal(status, 500, "an envelope that is none: %r" % (bad,))


def main(url, user, password):
    c = Connection(url)
    calls(c, 1, user, password)
    calls(c, 2, user, password)
    envelopes(c)


run(main)
