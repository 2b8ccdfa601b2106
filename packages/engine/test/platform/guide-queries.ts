import * as assert from 'uvu/assert'
import { eventually } from '../../../cluster/test/support/eventually.ts'
import type { Platform, Rows } from './subject.ts'

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** What Prometheus answers, once it has something: the series of a container come with the second scrape at most. */
async function ask({ cluster }: Platform, query: string, wanted: (found: Series) => boolean): Promise<Series[]> {
  const service = '/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy'
  return eventually(`${query} has the series it speaks of`, 90_000, async () => {
    const text = await cluster.kubectl().raw(`${service}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { data } = JSON.parse(text) as { data: { result: Series[] } }
    return data.result.some(wanted) && data.result
  })
}

/** The container that the guide's section on limits is about, by today's label and by the one of its time. */
const ofMysql = ({ metric }: Series) =>
  metric.container === 'mysql-release' && metric.container_name === 'mysql-release' && metric.namespace === 'storage'

const metrics = [
  'container_spec_memory_limit_bytes',
  'container_memory_usage_bytes',
  'container_spec_memory_reservation_limit_bytes',
  'container_cpu_usage_seconds_total',
  'container_spec_cpu_quota',
  'container_spec_cpu_period',
]

/** What the guide filters by the old label, and what is right: the release's limit; nothing sets a soft one. */
const filtered: Readonly<Record<string, number>> = {
  'container_spec_memory_reservation_limit_bytes{container_name="mysql-release"}': 0,
  'container_spec_memory_limit_bytes{container_name="mysql-release"}': 768 * 2 ** 20,
}

export const guideQueries: Rows = Object.fromEntries([
  ...metrics.map((metric) => [
    `PromQL: ${metric}`,
    async (platform: Platform) => {
      const found = await ask(platform, metric, ofMysql)
      const namespaces = new Set(found.map((each) => each.metric.namespace))
      for (const name of ['kube-system', 'monitoring', 'storage']) assert.ok(namespaces.has(name), name)
    },
  ]),
  ...Object.entries(filtered).map(([query, value]) => [
    `PromQL: ${query} is ${value}`,
    async (platform: Platform) => {
      const found = await ask(platform, query, ofMysql)
      assert.equal([...new Set(found.map((each) => Number(each.value[1])))], [value])
    },
  ]),
])
