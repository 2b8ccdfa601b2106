/** A datasource that Grafana has. */
export interface KnownDatasource {
  readonly uid: string
  readonly name: string
  readonly type: string
}

interface Input {
  readonly name?: string
  readonly type?: string
  readonly pluginId?: string
  readonly value?: string
}

type Json = Readonly<Record<string, unknown>>

/**
 * Fills in what an exported dashboard leaves open: `${DS_X}` of a Prometheus becomes the datasource that Grafana has, constants
 * become their values. The list of inputs is taken out: it is done.
 */
export function resolveInputs(
  json: Json,
  known: readonly KnownDatasource[],
): { readonly resolved: Json; readonly problems: readonly string[] } {
  const { __inputs, __requires, __elements, ...rest } = json
  const problems: string[] = []
  const values = new Map<string, string>()
  for (const input of Array.isArray(__inputs) ? (__inputs as Input[]) : []) {
    const { name = '', type, pluginId = '', value = '' } = input ?? {}
    if (type === 'constant') values.set(name, value)
    else if (type === 'datasource') {
      const found = known.find((each) => each.type === pluginId)
      if (found) values.set(name, found.uid)
      else problems.push(`__inputs.${name}: it wants a datasource of the type ${pluginId}, and Grafana has none`)
    } else problems.push(`__inputs.${name}: the type ${type} is unknown`)
  }
  return { resolved: fill(rest, values) as Json, problems }
}

function fill(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole)
  }
  if (Array.isArray(value)) return value.map((each) => fill(each, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, values)]))
}
