import type { ProofContext } from '@platform/engine'

interface Pod {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly volumes?: readonly { name: string; persistentVolumeClaim?: { claimName: string } }[]
    readonly containers: readonly { volumeMounts?: readonly { name: string; mountPath: string }[] }[]
  }
}

interface Claim {
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } }
}

const claim = 'grafana-dashboard'
const data = '/var/lib/grafana'

/** The running pod, not the Deployment, is asked: its data folder is the claim, and the claim is bound. */
export async function persistent({ api, pods, component: { namespace } }: ProofContext): Promise<string> {
  const running = await pods('app.kubernetes.io/name=grafana')
  if (!running.length) throw new Error('no pod of Grafana is ready')
  for (const name of running) {
    const { spec } = await api.get<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}`)
    const mounted = spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
    const volume = mounted.find(({ mountPath }) => mountPath === data)?.name
    const of = spec.volumes?.find((each) => each.name === volume)?.persistentVolumeClaim?.claimName
    if (of !== claim)
      throw new Error(`${data} of pod ${name} is ${of ? `the claim ${of}` : 'no claim'}, wanted ${claim}`)
  }
  const { status } = await api.get<Claim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`)
  if (status?.phase !== 'Bound') throw new Error(`the claim ${claim} is ${status?.phase}, wanted Bound`)
  return `${claim}, ${status.capacity?.storage}`
}
