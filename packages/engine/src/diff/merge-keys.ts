import { isRecord } from '../values/merge.ts'

/** The merge keys of lists, by the list's name. Every other list is one value. */
const mergeKeys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  volumes: [['name']],
  env: [['name']],
  imagePullSecrets: [['name']],
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  hostAliases: [['ip']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  webhooks: [['name']],
  resourceClaims: [['name']],
  secrets: [['name']],
}

/** Defaults of merge keys. */
const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' }

/** The merge keys of this list; undefined: its items are compared by position. */
export function keysOf(list: string, items: readonly unknown[]): readonly string[] | undefined {
  const keys = mergeKeys[list]?.find(([first = '']) => items.every((item) => isRecord(item) && first in item))
  if (!keys) return undefined
  const names = items.map((item) => itemName(item, keys))
  return new Set(names).size === names.length ? keys : undefined
}

export function keyOf(item: unknown, key: string): unknown {
  return (isRecord(item) ? item[key] : undefined) ?? keyDefaults[key]
}

/** `name=server`, `port=80,protocol=TCP`. */
export function itemName(item: unknown, keys: readonly string[]): string {
  return keys.map((key) => `${key}=${String(keyOf(item, key))}`).join(',')
}

/** Finds the item with the same keys. */
export function findItem(items: unknown, wanted: unknown, keys: readonly string[]): unknown {
  if (!Array.isArray(items)) return undefined
  return items.find((item) => keys.every((key) => keyOf(item, key) === keyOf(wanted, key)))
}
