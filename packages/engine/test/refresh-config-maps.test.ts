import type { Api, KubeObject } from '@platform/cluster'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refreshConfigMaps } from '../src/apply/refresh-config-maps.ts'

const test = suite('nudging pods whose ConfigMaps changed')

const map = (name: string, resourceVersion: string) => ({
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', resourceVersion },
})
const pod = (name: string, volumes: object[], told?: string) => ({
  metadata: { name, namespace: 'n', annotations: told ? { 'platform.local/config-versions': told } : {} },
  spec: { volumes },
})
const volume = { configMap: { name: 'a' } }
const projected = { projected: { sources: [{ configMap: { name: 'a' } }, { secret: { name: 's' } }] } }

const rows: [name: string, pod: ReturnType<typeof pod>, told: string | undefined][] = [
  ['a pod that has it as a volume is told', pod('p', [volume]), 'a=7'],
  ['a pod that has it in a projected volume is told', pod('p', [projected]), 'a=7'],
  ['a pod that knew an older one is told', pod('p', [volume], 'a=6'), 'a=7'],
  ['a pod with the current version is not changed', pod('p', [volume], 'a=7'), undefined],
  ['a pod with another ConfigMap is not changed', pod('p', [{ configMap: { name: 'b' } }]), undefined],
  ['a pod without volumes is not changed', pod('p', []), undefined],
]

for (const [name, one, told] of rows) {
  test(name, async () => {
    const patched: [string, string][] = []
    const api = {
      list: async (path: string) => (path.endsWith('/pods') ? [one] : [map('a', '7'), map('b', '9')]),
      request: async (path: string, { body = '' } = {}) => {
        patched.push([path, JSON.parse(body).metadata.annotations['platform.local/config-versions']])
        return { status: 200, headers: {}, body: '' }
      },
    } as unknown as Api
    // Only `a` is the release's.
    await refreshConfigMaps(api, [map('a', '7') as KubeObject])
    assert.equal(patched, told ? [['/api/v1/namespaces/n/pods/p', told]] : [])
  })
}

test.run()
