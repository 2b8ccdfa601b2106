import type { Settings } from '@platform/core'
import { coredns as corednsImage } from '@platform/images/definitions/coredns'
import { dnsAddress } from '@platform/node'
import { differences } from '../kubernetes/differences.ts'
import type { Kubectl } from '../kubernetes/kubectl.ts'
import type { KubeList, KubeObject } from '../kubernetes/objects.ts'
import { coredns } from './addons/coredns.ts'
import { storageClass } from './addons/storage-class.ts'
import type { AddonDifference } from './plan.ts'

/** The objects that make the node a cluster one can work with, as they should be under these settings. */
export function wantedAddons(settings: Pick<Settings, 'SERVICE_SUBNET'>): KubeObject[] {
  return [...coredns({ address: dnsAddress(settings), image: corednsImage.upstream }), storageClass]
}

/** Compares what should be there with what is there, in every field that the manifests set. */
export async function addonDifferences(kubectl: Kubectl, wanted: readonly KubeObject[]): Promise<AddonDifference[]> {
  const live = await kubectl.json<KubeList<KubeObject> | KubeObject>(['get', '--ignore-not-found', '-f', '-'], {
    input: asList(wanted),
  })
  return compareAddons(wanted, 'items' in live ? live.items : [live])
}

/** The wanted objects that are missing among the live ones, or differ from them. */
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

/** Applies all of them on the server, and takes back fields that someone else changed. */
export async function applyAddons(kubectl: Kubectl, wanted: readonly KubeObject[]): Promise<void> {
  await kubectl.run(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=platform', '--validate=false', '-f', '-'],
    {
      input: asList(wanted),
    },
  )
}

function asList(items: readonly KubeObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

function objectName({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`
}
