"""event.from shows each change; inject, the legacy calls, lost sessions."""

import threading
import time

from toolstack import ANY, Client, Failure, check, equal, fails, fresh_ref, run, vm_record, works


def since(c, classes, token, timeout=10.0):
    answer = c.s("event.from", classes, token, timeout)
    equal(sorted(answer), ["events", "token", "valid_ref_counts"], "the members of an answer")
    counts = answer["valid_ref_counts"]
    check(all(type(n) is int for n in counts.values()), "valid_ref_counts are ints", counts)
    check("vm" in counts and all(k == k.lower() for k in counts), "valid_ref_counts names classes in lower case", list(counts))
    for e in answer["events"]:
        want = ["class", "id", "operation", "ref", "timestamp"] + (["snapshot"] if e["operation"] != "del" else [])
        if sorted(e) != sorted(want):
            check(False, "the members of an event", sorted(e), want)
    order = [{"add": 0, "mod": 1, "del": 2}[e["operation"]] for e in answer["events"] if e["class"] != "message"]
    equal(order, sorted(order), "adds, then mods, then dels")
    return answer


def about(answer, ref):
    return [(e["operation"], e.get("snapshot")) for e in answer["events"] if e["ref"] == ref]


def changes(c):
    everything = since(c, ["*"], "")
    check(all(e["operation"] == "add" for e in everything["events"]), "an empty token gives all as add")
    seen = {e["class"] for e in everything["events"]}
    check({"vm", "host", "pool", "sr", "network"} <= seen, "classes of all events", seen)
    check(not {"session", "secret", "role", "user", "event"} & seen, "classes without events", seen)
    counts = everything["valid_ref_counts"]
    for name in ("VM", "host", "SR", "network"):
        equal(counts[name.lower()], len(c.s(name + ".get_all")), "valid_ref_counts of " + name)
        equal(sum(e["class"] == name.lower() for e in everything["events"]), counts[name.lower()], "adds of " + name)

    token = everything["token"]
    check(len(token) == 41 and token[20] == ",", "the form of a token", token)
    vm = c.s("VM.create", vm_record("watched"))
    answer = since(c, ["VM"], token)
    equal([op for op, _ in about(answer, vm)], ["add"], "add of a new VM")
    equal(about(answer, vm)[0][1], c.s("VM.get_record", vm), "the snapshot is the record")

    c.s("VM.set_name_label", vm, "watched twice")
    c.s("VM.add_to_other_config", vm, "k", "v")
    fresh = since(c, ["vm"], answer["token"])
    equal([op for op, _ in about(fresh, vm)], ["mod"], "two writes, one mod")
    equal(about(fresh, vm)[0][1]["name_label"], "watched twice", "the newest name")
    equal(about(fresh, vm)[0][1]["other_config"].get("k"), "v", "the newest map")
    equal([op for op, _ in about(since(c, ["vm"], token), vm)], ["add"], "seen from before: one add")
    check(fresh["token"] > answer["token"], "tokens grow as text", answer["token"], fresh["token"])

    network = c.s("network.create", {"name_label": "e", "name_description": "", "other_config": {}})
    before = since(c, ["*"], fresh["token"])["token"]
    vif = c.s("VIF.create", {"device": "0", "network": network, "VM": vm, "MAC": "", "MTU": "1500", "other_config": {},
                             "qos_algorithm_type": "", "qos_algorithm_params": {}})
    answer = since(c, ["vm", "vif", "network"], before)
    equal([op for op, _ in about(answer, vif)], ["add"], "add of a VIF")
    for ref, what in ((vm, "VM"), (network, "network")):
        equal([op for op, _ in about(answer, ref)], ["mod"], "a new VIF changes its " + what)
        check(about(answer, ref) and about(answer, ref)[0][1]["VIFs"] == [vif], "the %s lists its VIF" % what)
    answer = since(c, ["vm/" + vm], before)
    equal({e["ref"] for e in answer["events"]}, {vm}, "one object only")

    middle = answer["token"]
    c.s("VIF.destroy", vif)
    c.s("network.destroy", network)
    c.s("VM.destroy", vm)
    answer = since(c, ["*"], middle)
    for ref in (vif, network, vm):
        equal(about(answer, ref), [("del", None)], "del")
    equal(about(since(c, ["*"], token, 0.2), vm), [], "made and gone since: nothing")
    return answer["token"]


def waiting(c, url, user, password):
    token = since(c, ["*"], "")["token"]
    start = time.time()
    answer = since(c, ["network"], token, 0.5)
    took = time.time() - start
    equal(answer["events"], [], "nothing happened")
    check(0.4 < took < 3, "the timeout is kept", took)
    equal(since(c, ["no_such_class"], token, 0.1)["events"], [], "an unknown class never matches")
    fails(lambda: c.s("event.from", ["*"], "nonsense", 1.0), "EVENT_FROM_TOKEN_PARSE_FAILURE", "nonsense")

    other = Client(url)
    other.login(user, password)
    pool = c.s("pool.get_all")[0]
    timer = threading.Timer(0.5, lambda: other.s("pool.add_to_other_config", pool, "systest", "barrier"))
    timer.start()
    start = time.time()
    answer = since(c, ["pool"], answer["token"], 20.0)
    took = time.time() - start
    timer.join()
    equal([e["snapshot"]["other_config"].get("systest") for e in answer["events"]], ["barrier"], "a waiter is woken")
    check(took < 3, "a waiter is woken at once", took)
    other.s("pool.remove_from_other_config", pool, "systest")

    token = works(lambda: c.s("event.inject", "pool", pool), "event.inject")
    answer = since(c, ["pool"], token)
    equal([(e["ref"], e["operation"]) for e in answer["events"]], [(pool, "mod")], "an injected event comes")
    check(answer["token"] > token, "its token is above the injected one", token, answer["token"])
    gone = fresh_ref()
    fails(lambda: c.s("event.inject", "VM", gone), "HANDLE_INVALID", "VM", gone)
    fails(lambda: c.s("event.inject", "vm", pool), "HANDLE_INVALID", "vm", pool)

    # A session that ends wakes its own waiter.
    session, ended = other.session, []
    def wait():
        try:
            other.s("event.from", ["vm"], answer["token"], 20.0)
        except Failure as f:
            ended.append([f.code] + f.params)
    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.3)
    third = Client(url)
    third.session = session
    third.s("session.logout")
    waiter.join(5)
    equal(ended, [["SESSION_INVALID", session]], "a waiter of a session that ended")


def legacy(c):
    f = fails(lambda: c.s("event.next"), "SESSION_NOT_REGISTERED", ANY)
    check(f is None or f.params[0].startswith("trackid=") or f.params[0].startswith("OpaqueRef:"), "the session is named", f)
    c.s("event.register", ["network"])
    check(int(c.s("event.get_current_id")) >= 0, "event.get_current_id")
    network = c.s("network.create", {"name_label": "legacy", "name_description": "", "other_config": {}})
    events = []
    deadline = time.time() + 10
    while time.time() < deadline and not any(e["ref"] == network for e in events):
        events += c.s("event.next")
    equal([(e["class"], e["operation"]) for e in events if e["ref"] == network][:1], [("network", "add")], "event.next")
    c.s("network.destroy", network)
    while time.time() < deadline and not any(e["operation"] == "del" for e in events):
        events += c.s("event.next")
    equal([e["ref"] for e in events if e["operation"] == "del"], [network], "event.next of a del")
    c.s("event.unregister", ["network"])


def main(url, user, password):
    c = Client(url)
    c.login(user, password)
    changes(c)
    waiting(c, url, user, password)
    legacy(c)
    c.s("session.logout")


run(main)
