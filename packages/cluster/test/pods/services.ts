import * as assert from 'uvu/assert'
import { httpGet } from '../support/http-get.ts'
import type { Any, Group, Subject } from '../support/subject.ts'
import { container, idle, object, pod, serveHostname, service, template } from '../support/workloads.ts'

const namespace = 'e2e-services'
const zone = `${namespace}.svc.cluster.local`
const hostPort = 18_099

/** The addresses of the pods `app: web` that are Ready, sorted. */
async function webAddresses({ wait, list }: Subject): Promise<string[]> {
  const pods = await wait(namespace, 'both pods of the Deployment web are Ready', async () => {
    const { status } = ((await list(namespace, 'deployments')) as Any[])[0]
    return status.readyReplicas === 2 && (list(namespace, 'pods', 'app=web') as Promise<Any[]>)
  })
  return pods.map(({ status }) => status.podIP).sort()
}

/** Of names and addresses in the cluster, and of the ports that lead in from the host. */
export const services: Group = {
  objects: [
    object('apps/v1', 'Deployment', namespace, 'web', {
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: template('web', [
          container('web', serveHostname, { readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } }),
        ]),
      },
    }),
    service(namespace, 'web', 'web'),
    service(namespace, 'web-headless', 'web', {
      clusterIP: 'None',
      ports: [{ name: 'http', port: 8080, targetPort: 8080 }],
    }),
    service(namespace, 'web-node', 'web', { type: 'NodePort' }),
    pod(namespace, 'alone', [container('alone', serveHostname, { ports: [{ containerPort: 8080, hostPort }] })]),
    service(namespace, 'alone', 'alone'),
    pod(namespace, 'client', [container('client', idle)]),
  ],
  rows: {
    'a ClusterIP Service spreads over its pods, by its short name': async (subject) => {
      await webAddresses(subject)
      await subject.ready(namespace, 'client')
      const said = await subject.exec(namespace, 'client', 'for i in $(seq 30); do wget -T 5 -qO- http://web/; done')
      const pods = await subject.list(namespace, 'pods', 'app=web')
      assert.equal([...new Set(said.split('\n'))].sort(), pods.map(({ metadata }: Any) => metadata.name).sort())
    },
    'a pod reaches itself by way of its own Service': async ({ ready, exec }) => {
      await ready(namespace, 'alone')
      assert.is(await exec(namespace, 'alone', `wget -T 5 -qO- http://alone.${namespace}/`), 'alone')
    },
    'a headless Service is the addresses of its pods in DNS': async (subject) => {
      const expected = await webAddresses(subject)
      const said = await subject.exec(namespace, 'client', `nslookup -type=a web-headless.${zone}`)
      const answer = said.split('\n\n').slice(1).join('\n')
      assert.equal([...answer.matchAll(/^Address: (.*)$/gm)].map(([, address]) => address).sort(), expected)
    },
    'a named port of a headless Service has an SRV record for each pod': async (subject) => {
      const expected = await webAddresses(subject)
      const said = await subject.exec(namespace, 'client', `nslookup -type=srv _http._tcp.web-headless.${zone}`)
      const records = [...said.matchAll(/service = (\d+) (\d+) (\d+) (\S+)$/gm)]
      assert.equal(
        records.map(([, , , port]) => port),
        ['8080', '8080'],
      )
      assert.equal(records.map(([, , , , target]) => target?.split('.')[0]?.replaceAll('-', '.')).sort(), expected)
    },
    'a NodePort Service answers on the node and on a port of the host': async (subject) => {
      await webAddresses(subject)
      const { network, listen } = subject.cluster.node().config
      const { spec } = await subject.get(namespace, 'service', 'web-node')
      for (const address of [network.nodeAddress, listen]) {
        const { status, body } = await httpGet(`http://${address}:${spec.ports[0].nodePort}/`)
        assert.is(status, 200)
        assert.match(body, /^web-/)
      }
    },
    'a hostPort answers on the node': async ({ ready, cluster }) => {
      await ready(namespace, 'alone')
      const { body } = await httpGet(`http://${cluster.node().config.network.nodeAddress}:${hostPort}/`)
      assert.is(body, 'alone\n')
    },
  },
}
