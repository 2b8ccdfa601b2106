import type { UnitResult } from '@platform/core'
import type { LoadedImage } from '@platform/images'
import type { Component } from '../component/component.ts'
import type { ReleaseRecord } from '../release/types.ts'
import type { Addresses } from '../status/addresses.ts'
import type { DesiredRelease } from '../values/types.ts'

export interface Applied {
  readonly component: Component
  readonly desired: DesiredRelease
  readonly revision: number
  readonly loaded: readonly LoadedImage[]
  readonly addresses: Addresses
  readonly record: ReleaseRecord
}

/** The result of an `up`: version, addresses, DNS records to create, and the fidelity of the images. */
export function summaryOf({ component, desired, revision, loaded, addresses, record }: Applied): UnitResult {
  const { chart } = record
  const version = chart.appVersion ?? chart.version
  const { loadBalancers, pages } = addresses
  const urls = pages.map(({ url, host }) => url ?? host)
  const records = pages.flatMap((page) => page.record ?? [])
  const images = loaded.map(({ name, fidelity, says, versions }) => ({ name, fidelity, says, versions }))
  const parts = [
    `${component.release} ${version}`,
    ...Object.entries(loadBalancers).map(([service, address]) => `${service} at ${address}`),
    urls.length && urls.join(', '),
    records.length && `to create in DNS or /etc/hosts: ${records.join('; ')}`,
    images.length && `images: ${images.map(({ name, fidelity }) => `${name} ${fidelity}`).join(', ')}`,
    desired.chart.kind !== 'own' && `replaced chart: ${chart.name} ${chart.version}`,
  ]
  return {
    summary: parts.filter(Boolean).join('; '),
    data: {
      ...{ release: component.release, namespace: component.namespace, revision },
      chart: { name: chart.name, version: chart.version, appVersion: chart.appVersion, source: desired.chart.kind },
      ...{ fingerprint: desired.fingerprint, images, loadBalancers, pages },
    },
  }
}
