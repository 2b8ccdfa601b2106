import type { FieldConfig } from '../model/dashboard.ts'
import { formatValue } from '../model/units.ts'

interface Mapping {
  readonly type?: string
  readonly options?: Readonly<Record<string, unknown>> & {
    readonly from?: number
    readonly to?: number
    readonly result?: { readonly text?: string }
  }
}

/** A value as the field writes it: by its mappings, else by its unit. */
export function shownValue(value: number | null, config: FieldConfig): string {
  for (const { type, options } of (config.mappings ?? []) as readonly Mapping[]) {
    if (type === 'value') {
      const text = (options?.[String(value)] as { text?: string } | undefined)?.text
      if (text) return text
    }
    if (type === 'range' && value !== null && options) {
      const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, result } = options
      if (value >= from && value <= to && result?.text) return result.text
    }
  }
  if (value === null) return config.noValue ?? '–'
  return formatValue(value, config.unit, config.decimals)
}
