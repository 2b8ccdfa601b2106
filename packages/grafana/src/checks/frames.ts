import type { HttpResponse } from '@platform/engine'
import { told } from '../grafana-client.ts'

/** One series at one instant; `at` in seconds. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly at: number
  readonly value: number
}

interface Frame {
  readonly schema: {
    readonly fields?: readonly { readonly type: string; readonly labels?: Readonly<Record<string, string>> }[]
  }
  readonly data: { readonly values: readonly (readonly (number | null)[])[] }
}

/** The samples in Grafana's data frames for an instant query. Throws with Grafana's own words. */
export function readFrames(answer: HttpResponse, refId: string): Series[] {
  const { results } = JSON.parse(answer.body) as {
    results?: Record<string, { error?: string; frames?: readonly Frame[] }>
  }
  const result = results?.[refId]
  if (answer.status !== 200 || !result || result.error) throw new Error(result?.error ?? told(answer))
  return (result.frames ?? []).flatMap(({ schema: { fields = [] }, data }) => {
    const time = fields.findIndex(({ type }) => type === 'time')
    return fields.flatMap(({ type, labels = {} }, n) => {
      const value = data.values[n]?.[0]
      const at = data.values[time]?.[0]
      if (type !== 'number' || value === undefined || at === undefined || at === null) return []
      return [{ labels, at: at / 1000, value: value ?? Number.NaN }]
    })
  })
}

/** What differs, in one line; undefined when both have the same series with the same values at the same instant. */
export function sameSeries(through: readonly Series[], direct: readonly Series[]): string | undefined {
  const key = ({ labels }: Series) => JSON.stringify(Object.entries(labels).sort())
  const found = new Map(through.map((each) => [key(each), each]))
  if (through.length !== direct.length)
    return `${through.length} series through Grafana, ${direct.length} from Prometheus`
  for (const wanted of direct) {
    const got = found.get(key(wanted))
    const name = JSON.stringify(wanted.labels)
    if (!got) return `no series ${name} through Grafana`
    if (!Object.is(got.value, wanted.value))
      return `${name} is ${got.value} through Grafana, ${wanted.value} from Prometheus`
    if (Math.abs(got.at - wanted.at) > 0.001)
      return `${name} is of ${got.at} through Grafana, of ${wanted.at} from Prometheus`
  }
  return undefined
}
