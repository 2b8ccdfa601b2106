import type { Manifest } from '../../kubernetes/objects.ts'
import { corednsLabels as labels } from './coredns-labels.ts'

/** CoreDNS itself, on an image whose program is called as upstream's is. */
export const corednsDeployment = (image: string): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'coredns',
    namespace: 'kube-system',
    labels: {
      ...labels,
      'k8s-app': 'kube-dns',
    },
  },
  spec: {
    replicas: 1,
    revisionHistoryLimit: 2,
    strategy: {
      type: 'RollingUpdate',
      rollingUpdate: {
        maxUnavailable: 0,
        maxSurge: 1,
      },
    },
    selector: {
      matchLabels: {
        'k8s-app': 'kube-dns',
      },
    },
    template: {
      metadata: {
        labels: {
          'app.kubernetes.io/name': 'coredns',
          'k8s-app': 'kube-dns',
        },
      },
      spec: {
        serviceAccountName: 'coredns',
        priorityClassName: 'system-cluster-critical',
        // The node's own resolver: with ClusterFirst CoreDNS would forward to itself.
        dnsPolicy: 'Default',
        terminationGracePeriodSeconds: 15,
        // A rebuilt image has no file capabilities: this is what lets its user, who is not root, have port 53.
        securityContext: {
          seccompProfile: {
            type: 'RuntimeDefault',
          },
          sysctls: [
            {
              name: 'net.ipv4.ip_unprivileged_port_start',
              value: '0',
            },
          ],
        },
        nodeSelector: {
          'kubernetes.io/os': 'linux',
        },
        tolerations: [
          {
            key: 'CriticalAddonsOnly',
            operator: 'Exists',
          },
          {
            key: 'node-role.kubernetes.io/control-plane',
            effect: 'NoSchedule',
          },
        ],
        containers: [
          {
            name: 'coredns',
            image: image,
            imagePullPolicy: 'IfNotPresent',
            args: ['-conf', '/etc/coredns/Corefile'],
            ports: [
              {
                name: 'dns',
                containerPort: 53,
                protocol: 'UDP',
              },
              {
                name: 'dns-tcp',
                containerPort: 53,
                protocol: 'TCP',
              },
              {
                name: 'metrics',
                containerPort: 9153,
                protocol: 'TCP',
              },
            ],
            resources: {
              requests: {
                cpu: '50m',
                memory: '40Mi',
              },
              limits: {
                memory: '170Mi',
              },
            },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: {
                add: ['NET_BIND_SERVICE'],
                drop: ['ALL'],
              },
            },
            // Starting takes a fraction of a second here; the default of ten would make every `up` wait for its clock.
            readinessProbe: {
              httpGet: {
                path: '/ready',
                port: 8181,
                scheme: 'HTTP',
              },
              periodSeconds: 1,
              timeoutSeconds: 2,
              failureThreshold: 5,
            },
            livenessProbe: {
              httpGet: {
                path: '/health',
                port: 8080,
                scheme: 'HTTP',
              },
              initialDelaySeconds: 30,
              periodSeconds: 10,
              timeoutSeconds: 5,
              failureThreshold: 5,
            },
            volumeMounts: [
              {
                name: 'config',
                mountPath: '/etc/coredns',
                readOnly: true,
              },
            ],
          },
        ],
        volumes: [
          {
            name: 'config',
            configMap: {
              name: 'coredns',
              items: [
                {
                  key: 'Corefile',
                  path: 'Corefile',
                },
              ],
            },
          },
        ],
      },
    },
  },
})
