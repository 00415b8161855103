"""Fields and records written and read back, with the errors of each."""

import time
import uuid

from toolstack import ANY, NULL, Client, check, equal, fails, fresh_ref, run, vm_record, works


def fields(c, vm):
    works(lambda: c.s("VM.set_name_description", vm, "h\u00e9 <&> \"quoted\"\n\ttab"), "set a text")
    equal(c.s("VM.get_name_description", vm), "h\u00e9 <&> \"quoted\"\n\ttab", "a text comes back as it was")
    equal(c.s("VM.set_name_description", vm, ""), "", "void is the empty text")
    equal(c.s("VM.get_name_description", vm), "", "an empty text stays one")
    works(lambda: c.s("VM.set_user_version", vm, "7"), "an int as text")
    works(lambda: c.s("VM.set_user_version", vm, 8), "an int as int")
    equal(c.s("VM.get_user_version", vm), "8", "an int")
    c.s("VM.set_other_config", vm, {"a": "1", "b c": "<x>"})
    equal(c.s("VM.get_other_config", vm), {"a": "1", "b c": "<x>"}, "a map")

    works(lambda: c.s("VM.add_to_other_config", vm, "k", "v"), "add_to")
    fails(lambda: c.s("VM.add_to_other_config", vm, "k", "v"), "MAP_DUPLICATE_KEY", "VM", "other_config", vm, "k")
    fails(lambda: c.s("VM.add_to_other_config", vm, "k", "w"), "MAP_DUPLICATE_KEY", "VM", "other_config", vm, "k")
    fails(lambda: c.s("VM.add_to_HVM_boot_params", vm, "order", "c"), "MAP_DUPLICATE_KEY", "VM", "HVM__boot_params", vm, "order")
    equal(c.s("VM.get_other_config", vm)["k"], "v", "add_to did not overwrite")
    works(lambda: c.s("VM.remove_from_other_config", vm, "k"), "remove_from")
    works(lambda: c.s("VM.remove_from_other_config", vm, "k"), "remove_from what is not there")
    equal("k" in c.s("VM.get_other_config", vm), False, "removed")

    works(lambda: c.s("VM.add_tags", vm, "t"), "add to a set")
    works(lambda: c.s("VM.add_tags", vm, "t"), "add to a set again")
    equal(c.s("VM.get_tags", vm), ["t"], "a set has it once")
    works(lambda: c.s("VM.remove_tags", vm, "t"), "remove from a set")
    works(lambda: c.s("VM.remove_tags", vm, "t"), "remove from a set again")
    equal(c.s("VM.get_tags", vm), [], "removed from the set")
    c.s("VM.set_tags", vm, ["x", "y"])
    equal(sorted(c.s("VM.get_tags", vm)), ["x", "y"], "a set written whole")


def field_errors(c, vm):
    gone = fresh_ref()
    for method, args in (
        ("VM.get_record", []), ("VM.get_name_label", []), ("VM.set_name_label", ["x"]), ("VM.get_VBDs", []),
        ("VM.add_to_other_config", ["k", "v"]), ("VM.remove_from_other_config", ["k"]), ("VM.add_tags", ["t"]),
        ("VM.destroy", []),
    ):
        fails(lambda: c.s(method, gone, *args), "HANDLE_INVALID", "VM", gone, what=method + " of an unknown reference")
        fails(lambda: c.s(method, NULL, *args), "HANDLE_INVALID", "VM", NULL, what=method + " of the null reference")
    host = c.s("host.get_all")[0]
    fails(lambda: c.s("VM.get_name_label", host), "HANDLE_INVALID", "VM", host, what="a reference of another class")
    fails(lambda: c.s("host_metrics.get_record", gone), "HANDLE_INVALID", "host_metrics", gone)
    fails(lambda: c.s("VM.get_by_uuid", c.s("host.get_uuid", host)), "UUID_INVALID", "VM", c.s("host.get_uuid", host),
          what="a uuid of another class")
    # A DynamicRO field has no setter on the wire.
    fails(lambda: c.s("VM.set_resident_on", vm, host), "MESSAGE_METHOD_UNKNOWN", "VM.set_resident_on")


def machines(c):
    """A VM with what hangs on it; both ends of each relation."""
    network = works(lambda: c.s("network.create", {"name_label": "systest", "name_description": "", "other_config": {}, "MTU": "1500", "tags": ["n"]}), "network.create")
    vm = works(lambda: c.s("VM.create", vm_record("systest vm")), "VM.create")
    record = c.s("VM.get_record", vm)
    equal(record["name_label"], "systest vm", "name_label")
    equal(record["power_state"], "Halted", "a new VM is halted")
    equal(record["VCPUs_max"], "2", "VCPUs_max")
    equal(str(uuid.UUID(record["uuid"])), record["uuid"], "a new VM has a uuid")
    equal(c.s("VM.get_by_uuid", record["uuid"]), vm, "get_by_uuid of a new VM")
    check(vm in c.s("VM.get_by_name_label", "systest vm"), "get_by_name_label of a new VM")
    equal(list(c.s("VM.get_all_records_where", 'field "uuid" = "%s"' % record["uuid"])), [vm], "where of a new VM")

    vif = works(lambda: c.s("VIF.create", {
        "device": "0", "network": network, "VM": vm, "MAC": "", "MTU": "1500", "other_config": {},
        "qos_algorithm_type": "", "qos_algorithm_params": {}}), "VIF.create")
    equal(c.s("VM.get_VIFs", vm), [vif], "the VM lists its VIF")
    equal(c.s("network.get_VIFs", network), [vif], "the network lists its VIF")
    check(len(c.s("VIF.get_MAC", vif).split(":")) == 6, "a VIF gets a MAC", c.s("VIF.get_MAC", vif))

    vbd = works(lambda: c.s("VBD.create", {
        "VM": vm, "VDI": NULL, "userdevice": "3", "bootable": False, "mode": "RO", "type": "CD", "unpluggable": True,
        "empty": True, "other_config": {}, "qos_algorithm_type": "", "qos_algorithm_params": {}}), "VBD.create")
    equal(c.s("VM.get_VBDs", vm), [vbd], "the VM lists its VBD")
    equal(c.s("VBD.get_record", vbd)["VM"], vm, "the VBD knows its VM")

    works(lambda: c.s("VBD.destroy", vbd), "VBD.destroy")
    equal(c.s("VM.get_VBDs", vm), [], "the VM's VBD is gone")
    fails(lambda: c.s("VBD.get_record", vbd), "HANDLE_INVALID", "VBD", vbd, what="a destroyed VBD")
    works(lambda: c.s("VIF.destroy", vif), "VIF.destroy")
    equal(c.s("network.get_VIFs", network), [], "the network's VIF is gone")
    works(lambda: c.s("network.destroy", network), "network.destroy")
    check(network not in c.s("network.get_all"), "the network is gone")
    fields(c, vm)
    field_errors(c, vm)
    works(lambda: c.s("VM.destroy", vm), "VM.destroy")
    fails(lambda: c.s("VM.get_record", vm), "HANDLE_INVALID", "VM", vm, what="a destroyed VM")
    equal(c.s("VM.get_by_name_label", "systest vm"), [], "the name is gone")


def constructors(c):
    """Records of other classes that are only rows, and what a bad one answers."""
    secret = works(lambda: c.s("secret.create", {"value": "hush", "other_config": {"k": "v"}}), "secret.create")
    equal(c.s("secret.get_value", secret), "hush", "secret.get_value")
    works(lambda: c.s("secret.set_value", secret, "louder"), "secret.set_value")
    equal(c.s("secret.get_record", secret)["value"], "louder", "the secret in its record")
    works(lambda: c.s("secret.destroy", secret), "secret.destroy")
    fails(lambda: c.s("secret.get_record", secret), "HANDLE_INVALID", "secret", secret)

    appliance = works(lambda: c.s("VM_appliance.create", {"name_label": "a", "name_description": ""}), "VM_appliance.create")
    check(appliance in c.s("VM_appliance.get_by_name_label", "a"), "VM_appliance.get_by_name_label")
    vm = c.s("VM.create", vm_record("in an appliance"))
    works(lambda: c.s("VM.set_appliance", vm, appliance), "VM.set_appliance")
    equal(c.s("VM_appliance.get_VMs", appliance), [vm], "both ends of the relation")
    works(lambda: c.s("VM_appliance.destroy", appliance), "VM_appliance.destroy")
    c.s("VM.destroy", vm)

    task = works(lambda: c.s("task.create", "mine", "by hand"), "task.create")
    equal(c.s("task.get_status", task), "pending", "a new task is pending")
    works(lambda: c.s("task.set_progress", task, 0.5), "task.set_progress")
    equal(c.s("task.get_progress", task), 0.5, "task.get_progress")
    works(lambda: c.s("task.set_status", task, "success"), "task.set_status")
    works(lambda: c.s("task.destroy", task), "task.destroy")
    fails(lambda: c.s("task.get_status", task), "HANDLE_INVALID", "task", task)

    incomplete = vm_record("x")
    del incomplete["memory_static_max"]
    f = fails(lambda: c.s("VM.create", incomplete), "INVALID_VALUE", ANY, ANY, what="a record that lacks a field")
    check(f is None or "memory_static_max" in " ".join(f.params), "the missing field is named", f)
    fails(lambda: c.s("VM.create", vm_record("x", is_a_template="true")), "INVALID_VALUE", ANY, ANY, what="a bad type inside a record")
    equal(c.s("VM.get_by_name_label", "x"), [], "a refused constructor leaves nothing")


def finished(c, task):
    """The record of a task that is over, waiting for its events."""
    token, end = "", time.time() + 20
    while time.time() < end:
        record = c.s("task.get_record", task)
        if record["status"] != "pending":
            break
        token = c.s("event.from", ["task/" + task], token, 1.0)["token"]
    return record


def asynchronous(c):
    vm = c.s("VM.create", vm_record("async"))
    task = works(lambda: c.s("Async.VM.destroy", vm), "Async.VM.destroy")
    check(task in c.s("task.get_all"), "the task is there")
    record = finished(c, task)
    equal(record["status"], "success", "the task ends well")
    equal(record["name_label"], "Async.VM.destroy", "the task's name")
    check(record["result"] in ("", "<value></value>", "<value/>"), "a void result", record["result"])
    equal(record["progress"], 1.0, "the task's progress")
    c.s("task.destroy", task)
    gone = fresh_ref()
    task = c.s("Async.VM.destroy", gone)
    record = finished(c, task)
    equal([record["status"], record["error_info"]], ["failure", ["HANDLE_INVALID", "VM", gone]], "a task that fails")
    c.s("task.destroy", task)


def main(url, user, password):
    c = Client(url)
    c.login(user, password)
    machines(c)
    constructors(c)
    asynchronous(c)
    c.s("session.logout")


run(main)
