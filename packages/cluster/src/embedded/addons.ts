import type { Settings } from '@platform/core'
import { coredns as corednsImage } from '@platform/images/definitions/coredns'
import { dnsAddress } from '@platform/node'
import type { Api } from '../kubernetes/api.ts'
import { differences } from '../kubernetes/differences.ts'
import type { KubeObject, Manifest } from '../kubernetes/objects.ts'
import { referenceOf } from '../kubernetes/open-api.ts'
import { coredns } from './addons/coredns.ts'
import { storageClass } from './addons/storage-class.ts'
import type { AddonDifference } from './plan.ts'

/** Manifests of the addons under these settings. */
export function wantedAddons(settings: Pick<Settings, 'SERVICE_SUBNET'>): Manifest[] {
  return [...coredns({ address: dnsAddress(settings), image: corednsImage.upstream }), storageClass]
}

/** Compares the manifests with the live objects, in every field that the manifests set. */
export async function addonDifferences(api: Api, wanted: readonly Manifest[]): Promise<AddonDifference[]> {
  const live = await Promise.all(
    wanted.map(async (object) => api.find<KubeObject>(await api.pathOf(referenceOf(object)))),
  )
  return compareAddons(
    wanted,
    live.filter((object) => object !== undefined),
  )
}

/** The desired objects that are missing or have drift. */
export function compareAddons(wanted: readonly KubeObject[], live: readonly KubeObject[]): AddonDifference[] {
  const found = new Map(live.map((object) => [objectName(object), object]))
  return wanted.flatMap((object) => {
    const name = objectName(object)
    const there = found.get(name)
    if (!there) return [{ object: name, fields: [] }]
    const fields = differences(object, there)
    return fields.length ? [{ object: name, fields }] : []
  })
}

/** Applies all of them with server-side apply, and forces conflicts with other field managers. */
export async function applyAddons(api: Api, wanted: readonly Manifest[]): Promise<void> {
  for (const object of wanted) await api.apply(object, { manager: 'platform', force: true })
}

function objectName({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`
}
