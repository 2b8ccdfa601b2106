import * as assert from 'uvu/assert'
import { httpGet } from '../support/http-get.ts'
import type { Group, Subject } from '../support/subject.ts'
import { container, pod, serveHostname, service } from '../support/workloads.ts'

const namespace = 'e2e-load-balancers'
const onPort = (port: number) => ({ type: 'LoadBalancer', ports: [{ name: 'http', port, targetPort: 8080 }] })

function address({ wait, get }: Subject, name: string): Promise<string> {
  const what = `the Service ${name} has an EXTERNAL-IP`
  const ask = async () => (await get(namespace, 'service', name)).status.loadBalancer.ingress?.[0]?.ip
  return wait(namespace, what, ask, 15_000)
}

/** Of LoadBalancer Services, and of the host's port for the ingress. */
export const loadBalancers: Group = {
  objects: [
    pod(namespace, 'first', [container('server', serveHostname)]),
    pod(namespace, 'second', [container('server', serveHostname)]),
    service(namespace, 'first', 'first', onPort(8090)),
    service(namespace, 'second', 'second', onPort(8090)),
  ],
  rows: {
    'two LoadBalancer Services have two addresses, and both answer the host': async (subject) => {
      await subject.ready(namespace, 'first')
      await subject.ready(namespace, 'second')
      const addresses = [await address(subject, 'first'), await address(subject, 'second')]
      assert.is(new Set(addresses).size, 2, `the addresses are ${addresses}`)
      // kube-proxy takes up to a second after the address is there
      const bodies = await subject.wait(namespace, `both of ${addresses} answer`, () =>
        Promise.all(addresses.map(async (each) => (await httpGet(`http://${each}:8090/`)).body)),
      )
      assert.equal(bodies, ['first\n', 'second\n'])
    },
    'the address of a deleted LoadBalancer Service is silent, then free for the next': async (subject) => {
      const freed = await address(subject, 'second')
      await subject.kubectl.run(['delete', 'service', 'second', '-n', namespace])
      await subject.wait(
        namespace,
        `nothing answers at ${freed}`,
        async () =>
          httpGet(`http://${freed}:8090/`, { limitMs: 1500 }).then(
            () => false,
            () => true,
          ),
        15_000,
      )
      await subject.create([service(namespace, 'third', 'second', onPort(8090))])
      assert.is(await address(subject, 'third'), freed)
      const body = await subject.wait(
        namespace,
        `the Service third answers at ${freed}`,
        async () => (await httpGet(`http://${freed}:8090/`)).body,
        15_000,
      )
      assert.is(body, 'second\n')
    },
    "the host's ingress port says what is missing, and leads to the first LoadBalancer with port 80": async (
      subject,
    ) => {
      const { listen, forwards } = subject.cluster.node().config
      const url = `http://${listen}:${forwards.find(({ service }) => service === 80)?.port}/`
      const before = await httpGet(url, { host: 'grafana.localhost' })
      assert.is(before.status, 503)
      assert.match(before.body, /pnpm up ingress/)
      await subject.create([service(namespace, 'ingress', 'first', onPort(80))])
      await address(subject, 'ingress')
      const body = await subject.wait(
        namespace,
        `${url} leads to the Service ingress`,
        async () => {
          const { status, body } = await httpGet(url, { host: 'grafana.localhost' })
          return status === 200 && body
        },
        15_000,
      )
      assert.is(body, 'first\n')
    },
  },
}
