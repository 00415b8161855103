"""Logins, and every way to read: each class that listMethods names, records,
look-ups by uuid and label, where-queries."""

from toolstack import ANY, Client, Failure, check, equal, fails, proxy, run, works


def logins(url, user, password):
    c = Client(url)
    for extra in ([], ["1.0"], ["2.23", "systest"]):
        session = works(lambda: c.login(user, password, *extra), "login with %d parameters" % (2 + len(extra)))
        check(session.startswith("OpaqueRef:"), "a session is a reference", session)
        equal(c.s("session.get_uuid", session) != "", True, "a session has a uuid")
        works(lambda: c.s("session.logout"), "logout")
        fails(lambda: c.s("VM.get_all"), "SESSION_INVALID", session, what="a session that was logged out")
    c.login(user, password, "1.1", "systest")
    equal(c.s("session.get_originator", c.session), "systest", "the originator is kept")
    equal(c.s("session.get_this_host", c.session) in c.s("host.get_all"), True, "this_host is a host")
    if not url.startswith("unix:"):
        fails(lambda: Client(url).login(user, password + "x"), "SESSION_AUTHENTICATION_FAILED", user, ANY)
    else:  # who may open the local socket needs no password
        works(lambda: Client(url).login("root", ""), "login without a password")
    return c


def every_class(c, methods):
    classes = sorted({m.split(".")[0] for m in methods if m.endswith(".get_all_records")})
    check(len(classes) >= 60, "classes with get_all_records", len(classes))
    removed = []
    for name in classes:
        try:
            records = c.s(name + ".get_all_records")
        except Failure as f:
            equal([f.code] + f.params, ["MESSAGE_REMOVED"], name + ".get_all_records")
            removed.append(name)
            continue
        check(isinstance(records, dict), name + ".get_all_records is a map", type(records))
        refs = c.s(name + ".get_all")
        check(set(refs) == set(records) or name == "task", name + ".get_all names the same objects")
        if records:
            one_record(c, methods, name, *next(iter(records.items())))
    equal(removed, ["VBD_metrics", "VIF_metrics", "VMPP"], "classes whose messages were removed")


def one_record(c, methods, name, ref, record):
    if name == "task":  # gone by now
        return
    equal(c.s(name + ".get_record", ref), record, name + ".get_record is what get_all_records said")
    if name + ".get_by_uuid" in methods:
        equal(c.s(name + ".get_by_uuid", record["uuid"]), ref, name + ".get_by_uuid")
        fails(lambda: c.s(name + ".get_by_uuid", "no-such-uuid"), "UUID_INVALID", name, "no-such-uuid")
    if name + ".get_by_name_label" in methods:
        check(ref in c.s(name + ".get_by_name_label", record["name_label"]), name + ".get_by_name_label")
        equal(c.s(name + ".get_by_name_label", "no such name"), [], name + ".get_by_name_label of nothing")
    for field in record:
        getter = name + ".get_" + field
        if getter in methods:
            try:
                equal(c.s(getter, ref), record[field], getter)
            except Failure as f:
                equal([f.code], ["MESSAGE_REMOVED"], getter)


def types(c):
    """How each kind of value looks to a client that knows no schema."""
    pool, record = next(iter(c.s("pool.get_all_records").items()))
    master = record["master"]
    host = c.s("host.get_record", master)
    equal(type(host["API_version_major"]), str, "an int is text")
    equal(host["API_version_major"] + "." + host["API_version_minor"], "2.23", "API version")
    equal(type(host["enabled"]), bool, "a bool is a bool")
    equal(type(host["other_config"]), dict, "a map is a struct")
    equal(type(host["capabilities"]), list, "a set is an array")
    metrics = c.s("host_metrics.get_record", host["metrics"])
    equal(type(metrics["last_updated"]).__name__, "DateTime", "a date is a date")
    vm, dom0 = host["control_domain"], None
    dom0 = c.s("VM.get_record", vm)
    equal(type(dom0["HVM_shadow_multiplier"]), float, "a float is a double")
    equal(dom0["is_control_domain"], True, "the control domain knows what it is")
    equal(dom0["resident_on"], master, "the control domain runs on the host")
    check(vm in host["resident_VMs"], "the host lists its control domain")
    check("CPU" not in host["cpu_info"] and int(host["cpu_info"]["cpu_count"]) > 0, "cpu_info", host["cpu_info"])
    check(int(metrics["memory_total"]) > 0, "memory_total", metrics)
    check("restrict_zstd_export" in record["restrictions"], "pool.restrictions", record["restrictions"])
    for key in ("product_brand", "product_version", "platform_version", "xapi", "build_number"):
        check(host["software_version"].get(key), "software_version has " + key, host["software_version"])
    check(c.s("pool.get_default_SR", pool) in c.s("SR.get_all"), "the default SR exists")
    templates = [v for v in c.s("VM.get_all_records").values() if v["is_a_template"]]
    check(len(templates) >= 4, "templates", [v["name_label"] for v in templates])
    check(any(v["name_label"] == "Other install media" for v in templates), "Other install media",
          [v["name_label"] for v in templates])


def where(c):
    def q(expr, name="VM"):
        refs = c.s(name + ".get_all_where", expr)
        records = c.s(name + ".get_all_records_where", expr)
        equal(sorted(records), sorted(refs), "both where-calls agree on " + expr)
        return set(refs)

    everything = c.s("VM.get_all_records")
    equal(q("true"), set(everything), "true")
    equal(q("false"), set(), "false")
    templates = {r for r, v in everything.items() if v["is_a_template"]}
    equal(q('field "is_a_template" = "true"'), templates, "a bool")
    equal(q('not field "is_a_template" = "true"'), set(everything) - templates, "not")
    equal(q('field "is_a_template"="false" and field "is_control_domain"="true"'),
          {r for r, v in everything.items() if v["is_control_domain"]}, "and")
    name = "Other install media"
    label = {r for r, v in everything.items() if v["name_label"] == name}
    equal(q('field "name__label" = "%s"' % name), label, "a storage name")
    equal(q('"%s" = field "name__label"' % name), label, "the field may stand on the right")
    ref = next(iter(label))
    equal(q('field "_ref" = "%s"' % ref), {ref}, "_ref")
    equal(q('(field "_ref" = "%s")' % ref), {ref}, "brackets")
    # and, or: one precedence, left to right, both tighter than not
    equal(q('"a"="a" or "a"="a" and "a"="b"'), set(), "or, and from left to right")
    equal(q('not "a"="b" and "a"="b"'), set(everything), "not takes the whole and")
    roles = c.s("role.get_all_records_where", "subroles<>[]")
    equal(len(roles), 7, "the roles")
    for bad in ("", "field", 'field "x" = ', '"a" = a', 'field "name__label" == "x"', '"a"="a" and', "((true)", "true true"):
        fails(lambda: c.s("VM.get_all_records_where", bad), "INVALID_VALUE", bad, ANY, what="query %r" % bad)
    f = fails(lambda: c.s("VM.get_all_where", 'field "no_such_field" = "1"'), "INVALID_VALUE", ANY, ANY,
              what="query for an unknown field")
    check(f is None or any("no_such_field" in p for p in f.params), "an unknown field is named", f)


def names(c, url):
    """Both spellings, and the calls that need no session."""
    p = proxy(url)
    methods = p.system.listMethods()
    check(len(methods) > 1900, "system.listMethods lists everything", len(methods))
    check(all("." in m and not m.startswith("Async.") for m in methods), "dotted synchronous names only")
    equal(getattr(p, "system.isAlive:x")("hello"), {"Status": "Success", "Value": "hello"}, "isAlive")
    equal(sorted(c.s("VM_get_all")), sorted(c.s("VM.get_all")), "VM_get_all is VM.get_all")
    equal(sorted(c.s("host_cpu_get_all")), sorted(c.s("host_cpu.get_all")), "host_cpu_get_all is host_cpu.get_all")
    return set(methods)


def main(url, user, password):
    c = logins(url, user, password)
    methods = names(c, url)
    every_class(c, methods)
    types(c)
    where(c)
    c.s("session.logout")


run(main)
