import type { Manifest } from '../../kubernetes/objects.ts'
import { corednsDeployment } from './coredns-deployment.ts'
import { corednsLabels as labels } from './coredns-labels.ts'

// Every field that is set here is compared with the live object, so what the API server would normalise (quantities,
// durations) is written the way it answers.

/** What is decided elsewhere. */
export interface CorednsValues {
  /** The address of the Service kube-dns. */
  readonly address: string
  readonly image: string
}

/** The cluster's DNS. */
export function coredns(values: CorednsValues): Manifest[] {
  return [serviceAccount, clusterRole, clusterRoleBinding, configMap, corednsDeployment(values.image), service(values)]
}

const corefile = `.:53 {
    errors
    health {
        lameduck 1s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
        max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`

const serviceAccount: Manifest = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name: 'coredns',
    namespace: 'kube-system',
    labels,
  },
}

const clusterRole: Manifest = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: {
    name: 'system:coredns',
    labels,
  },
  rules: [
    {
      apiGroups: [''],
      resources: ['services', 'pods', 'namespaces'],
      verbs: ['list', 'watch'],
    },
    {
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      verbs: ['list', 'watch'],
    },
  ],
}

const clusterRoleBinding: Manifest = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: {
    name: 'system:coredns',
    labels,
  },
  roleRef: {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    name: 'system:coredns',
  },
  subjects: [
    {
      kind: 'ServiceAccount',
      name: 'coredns',
      namespace: 'kube-system',
    },
  ],
}

const configMap: Manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'coredns',
    namespace: 'kube-system',
    labels,
  },
  data: {
    Corefile: corefile,
  },
}

const service = ({ address }: CorednsValues): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kube-dns',
    namespace: 'kube-system',
    labels: {
      ...labels,
      'k8s-app': 'kube-dns',
      'kubernetes.io/cluster-service': 'true',
      'kubernetes.io/name': 'CoreDNS',
    },
    annotations: {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9153',
    },
  },
  spec: {
    clusterIP: address,
    selector: {
      'k8s-app': 'kube-dns',
    },
    ports: [
      {
        name: 'dns',
        port: 53,
        targetPort: 53,
        protocol: 'UDP',
      },
      {
        name: 'dns-tcp',
        port: 53,
        targetPort: 53,
        protocol: 'TCP',
      },
      {
        name: 'metrics',
        port: 9153,
        targetPort: 9153,
        protocol: 'TCP',
      },
    ],
  },
})
