// The npm client xen-api against one way in: calls, errors, its event watch
// and its cache of objects.
//
// usage: node client.mjs URL USER PASSWORD TRANSPORT   (auto, json-rpc, xml-rpc)

import assert from 'node:assert/strict'
import { createClient } from 'xen-api'

const [url, user, password, transport] = process.argv.slice(2)
const options = { url, auth: { user, password }, allowUnauthorized: true, transport, debounce: 20 }

// The client reports trouble of its event loop by console.warn only.
const warnings = []
console.warn = (...what) => warnings.push(what)

const delay = ms => new Promise(resolve => setTimeout(resolve, ms))

async function until(what, condition) {
  const deadline = Date.now() + 10e3
  for (;;) {
    const value = condition()
    if (value) return value
    assert(Date.now() < deadline, `${what} within 10 s`)
    await delay(10)
  }
}

function vmRecord(name) {
  return {
    name_label: name, name_description: '', user_version: 1, is_a_template: false, affinity: 'OpaqueRef:NULL',
    memory_static_max: 1 << 30, memory_dynamic_max: 1 << 30, memory_dynamic_min: 1 << 30, memory_static_min: 1 << 30,
    VCPUs_params: {}, VCPUs_max: 2, VCPUs_at_startup: 1, actions_after_shutdown: 'destroy',
    actions_after_reboot: 'restart', actions_after_crash: 'restart', PV_bootloader: '', PV_kernel: '', PV_ramdisk: '',
    PV_args: '', PV_bootloader_args: '', PV_legacy_args: '', HVM_boot_policy: 'BIOS order',
    HVM_boot_params: { order: 'cdn' }, platform: {}, PCI_bus: '', other_config: {}, recommendations: '',
  }
}

async function failures(xapi) {
  const gone = 'OpaqueRef:00000000-0000-0000-0000-000000000000'
  await assert.rejects(xapi.call('VM.get_record', gone), { code: 'HANDLE_INVALID', params: ['VM', gone] })
  await assert.rejects(xapi.call('VM.nothing'), { code: 'MESSAGE_METHOD_UNKNOWN', params: ['VM.nothing'] })
  await assert.rejects(xapi.call('VM.get_record'), { code: 'MESSAGE_PARAMETER_COUNT_MISMATCH', params: ['VM.get_record', '1', '0'] })
  await assert.rejects(xapi.callAsync('VM.destroy', gone), { code: 'HANDLE_INVALID', params: ['VM', gone] })
}

async function cache(xapi) {
  const hosts = await xapi.getAllRecords('host')
  assert.equal(hosts.length, 1)
  const host = xapi.getObjectByUuid(hosts[0].uuid)
  assert.equal(host.$type, 'host')
  assert.equal(host.$metrics.$type, 'host_metrics')
  assert.equal(xapi.pool.$master.$ref, host.$ref)
  const vms = await xapi.getAllRecords('VM')
  const cached = Object.values(xapi.objects.indexes.type.VM)
  assert.deepEqual(cached.map(vm => vm.$ref).sort(), vms.map(vm => vm.$ref).sort())
}

async function watch(xapi) {
  const name = `npm ${transport}`
  const ref = await xapi.call('VM.create', vmRecord(name))
  const vm = await until('the new VM', () => xapi.getObjectByRef(ref, undefined))
  assert.equal(vm.name_label, name)
  assert.equal(xapi.getObjectByUuid(vm.uuid), vm)

  await xapi.setField('VM', ref, 'name_label', name + ' 2')
  await until('the new name', () => xapi.getObjectByRef(ref).name_label === name + ' 2')
  await xapi.setFieldEntry('VM', ref, 'other_config', 'k', 'v')
  await until('the new key', () => xapi.getObjectByRef(ref).other_config.k === 'v')
  await xapi.setFieldEntry('VM', ref, 'other_config', 'k', null)
  await until('the key to go', () => xapi.getObjectByRef(ref).other_config.k === undefined)
  await xapi.call('VM.add_tags', ref, 't')
  await xapi.barrier(ref)
  assert.deepEqual(xapi.getObjectByRef(ref).tags, ['t'])

  const network = await xapi.call('network.create', { name_label: name, name_description: '', other_config: {} })
  const vif = await xapi.call('VIF.create', {
    device: '0', network, VM: ref, MAC: '', MTU: 1500, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {},
  })
  await until('the VIF on both ends', () => xapi.getObjectByRef(ref).VIFs[0] === vif &&
    xapi.getObjectByRef(network, undefined)?.VIFs[0] === vif)
  await xapi.call('VIF.destroy', vif)
  await xapi.call('network.destroy', network)
  await until('the network to go', () => xapi.getObjectByRef(network, undefined) === undefined)

  assert.equal(await xapi.callAsync('VM.destroy', ref), '')
  await until('the VM to go', () => xapi.getObjectByRef(ref, undefined) === undefined)
  assert.equal(xapi.getObjectByUuid(vm.uuid, undefined), undefined)
}

// A session that ended is opened again by the client itself, once.
async function sessionLost(xapi) {
  const old = xapi.sessionId
  await xapi._call('session.logout', [old])
  assert.equal((await xapi.getAllRecords('pool')).length, 1)
  assert.notEqual(xapi.sessionId, old)
}

const xapi = createClient({ ...options, url, watchEvents: true })
let reloads = 0
const refresh = xapi._refreshCachedRecords
xapi._refreshCachedRecords = function (types) {
  if (types.length === 1 && types[0] === 'task') ++reloads
  return refresh.call(this, types)
}

await xapi.connect()
await xapi.objectsFetched
await cache(xapi)
await failures(xapi)
await watch(xapi)

// valid_ref_counts that are not numbers would reload all tasks on each event.
const before = reloads
for (let i = 0; i < 5; ++i) {
  await xapi.setFieldEntry('pool', xapi.pool.$ref, 'other_config', 'systest', String(i))
  await until('the pool', () => xapi.pool.other_config.systest === String(i))
}
await xapi.setFieldEntry('pool', xapi.pool.$ref, 'other_config', 'systest', null)
assert(reloads - before <= 1, `tasks were reloaded ${reloads - before} times`)
assert.deepEqual(warnings, [], 'warnings of the event loop')

await sessionLost(xapi)
if (!process.env.LOCAL) {
  const wrong = createClient({ ...options, auth: { user, password: password + 'x' }, watchEvents: false })
  await assert.rejects(wrong.connect(), { code: 'SESSION_AUTHENTICATION_FAILED' })
}
await xapi.disconnect()
console.log('1 passed, 0 failed')
process.exit(0)
