import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { eventually } from '../../../cluster/test/support/eventually.ts'
import { httpGet } from '../../../cluster/test/support/http-get.ts'
import type { Platform, Rows } from './subject.ts'

const ip = String.raw`\d+\.\d+\.\d+\.\d+`

/** The guide's commands that look at things, letter by letter, and what each must print. */
const commands: Readonly<Record<string, readonly RegExp[]>> = {
  'helm version': [/v4\.\d+/],
  "kubectl describe svc traefik-ingress --namespace kube-system | grep Ingress | awk '{print $3}'": [
    new RegExp(`^${ip}\n$`),
  ],
  'kubectl describe svc traefik-ingress --namespace kube-system': [
    /^Type: +LoadBalancer$/m,
    new RegExp(`^LoadBalancer Ingress: +${ip}`, 'm'),
    /^Port: +web +80\/TCP$/m,
    /^Port: +websecure +443\/TCP$/m,
  ],
  'kubectl get svc traefik-ingress --namespace kube-system': [
    new RegExp(`^traefik-ingress +LoadBalancer +${ip} +${ip} +80:\\d+/TCP,443:\\d+/TCP`, 'm'),
  ],
  'kubectl get pod,svc --all-namespaces': [
    /^kube-system +pod\/traefik-ingress-\S+ +1\/1 +Running/m,
    /^monitoring +pod\/prometheus-server-\S+ +\d\/\d +Running/m,
    /^monitoring +pod\/grafana-dashboard-\S+ +1\/1 +Running/m,
    /^storage +pod\/mysql-release-0 +2\/2 +Running/m,
    new RegExp(`^kube-system +service/traefik-ingress +LoadBalancer +${ip} +${ip} `, 'm'),
    new RegExp(`^storage +service/mysql-release +ClusterIP +${ip} +<none> +3306/TCP`, 'm'),
  ],
  'kubectl get all -n monitoring': [
    /^service\/prometheus-kube-state-metrics +ClusterIP +None +<none> +80\/TCP /m,
    /^service\/prometheus-node-exporter +ClusterIP +None +<none> +9100\/TCP /m,
    new RegExp(`^service/prometheus-server +ClusterIP +${ip} +<none> +80/TCP`, 'm'),
    new RegExp(`^service/prometheus-alertmanager +ClusterIP +${ip} +<none> +\\d+/TCP`, 'm'),
    new RegExp(`^service/grafana-dashboard +ClusterIP +${ip} +<none> +\\d+/TCP`, 'm'),
    /^deployment\.apps\/prometheus-server +1\/1 +1 +1 /m,
    /^deployment\.apps\/grafana-dashboard +1\/1 +1 +1 /m,
    /^daemonset\.apps\/prometheus-node-exporter +1 +1 +1 /m,
  ],
  'kubectl get service -n kube-system': [/^traefik-ingress +LoadBalancer /m, /^traefik-ingress-dashboard +NodePort /m],
  'kubectl get service -n kube-system traefik-ingress-dashboard': [
    new RegExp(`^traefik-ingress-dashboard +NodePort +${ip} +<none> +\\d+:\\d+/TCP`, 'm'),
  ],
  'kubectl get all -n storage': [
    /^pod\/mysql-release-0 +2\/2 +Running/m,
    /^service\/mysql-release +ClusterIP /m,
    /^statefulset\.apps\/mysql-release +1\/1 /m,
  ],
}

const plain: Rows = Object.fromEntries(
  Object.entries(commands).map(([command, patterns]) => [
    `in \`pnpm shell\`: ${command}`,
    async (platform: Platform) => {
      const { stdout, stderr, exitCode } = await platform.shell(command)
      assert.is(exitCode, 0, stderr)
      for (const pattern of patterns) assert.match(stdout, pattern)
    },
  ]),
)

export const guideCommands: Rows = {
  ...plain,
  'in `pnpm shell`: kubectl get svc traefik-ingress --namespace kube-system -w, which goes on until it is stopped':
    async ({ shell }) => {
      const { stdout, exitCode } = await shell('timeout 3 kubectl get svc traefik-ingress --namespace kube-system -w')
      assert.is(exitCode, 124, stdout)
      assert.match(stdout, new RegExp(`^traefik-ingress +LoadBalancer +${ip} +${ip} `, 'm'))
    },
  'in `pnpm shell`: the command that shows the password of Grafana shows the one that logs in': async (platform) => {
    const command =
      'kubectl get secret --namespace monitoring grafana-dashboard -o jsonpath="{.data.admin-password}" | base64 --decode ; echo'
    const { stdout, stderr } = await platform.shell(command)
    assert.match(stdout, /^\S{8,}\n$/, stderr)
    const login = { user: 'admin', password: stdout.trim() }
    const host = 'grafana.monitoring.com'
    const url = `http://${await platform.address()}/api/user`
    await eventually(`${url} lets it in`, 10_000, async () => (await httpGet(url, { host, login })).status === 200)
  },
  'in `pnpm shell`: the Service of the dashboard as a file has the type and the annotations that the guide adds by hand':
    async ({ shell, folder }) => {
      const { exitCode, stderr } = await shell(
        'kubectl get -n kube-system service traefik-ingress-dashboard -o yaml > traefik-service.yaml',
      )
      assert.is(exitCode, 0, stderr)
      assert.ok(existsSync(join(folder, 'traefik-service.yaml')))
      const text = readFileSync(join(folder, 'traefik-service.yaml'), 'utf8')
      for (const line of [
        /^ {2}type: NodePort$/m,
        /prometheus\.io\/scrape: "true"$/m,
        /prometheus\.io\/port: "8080"$/m,
      ]) {
        assert.match(text, line)
      }
    },
  'http://localhost:nodeport of that Service has the dashboard at /dashboard, and /metrics': async ({ cluster }) => {
    const words = ['get', 'service', '-n', 'kube-system', 'traefik-ingress-dashboard', '-o']
    const { stdout: port } = await cluster.kubectl().run([...words, 'jsonpath={.spec.ports[0].nodePort}'])
    await eventually(`http://localhost:${port} answers`, 10_000, async () => {
      const page = await fetch(`http://localhost:${port}/dashboard`, { signal: AbortSignal.timeout(5_000) })
      assert.is(page.status, 200)
      assert.match(await page.text(), /<html/i)
      return true
    })
    const { status, body } = await httpGet(`http://localhost:${port}/metrics`)
    assert.is(status, 200)
    assert.match(body, /^traefik_config_reloads_total \d/m)
  },
}
