import type { FieldConfig } from '../model/dashboard.ts'

/** Told apart on light and dark ground alike, also with red-green blindness by their lightness; then they repeat. */
const palette = [
  '#4c8ed9',
  '#e0903a',
  '#4fae6a',
  '#c65b8f',
  '#8a72d6',
  '#b8a02c',
  '#3aa7ad',
  '#d0605e',
  '#7d8894',
  '#9a6b3f',
]

/** Grafana's names of colours. */
const named: Readonly<Record<string, string>> = {
  green: '#4fae6a',
  'dark-green': '#37803f',
  'semi-dark-green': '#45994f',
  yellow: '#d8b530',
  orange: '#e0903a',
  'dark-orange': '#c46f1a',
  red: '#d0605e',
  'dark-red': '#b03a3a',
  'semi-dark-red': '#c24a4a',
  blue: '#4c8ed9',
  'dark-blue': '#2f6db5',
  'semi-dark-blue': '#3d7dc8',
  'light-blue': '#86b6ea',
  purple: '#8a72d6',
  'dark-purple': '#6a51b8',
  text: 'currentColor',
  transparent: 'transparent',
}

/** The colour of the n-th series. */
export function seriesColor(n: number, config?: FieldConfig): string {
  const fixed = config?.color?.mode === 'fixed' ? config.color.fixedColor : undefined
  return fixed ? colorOf(fixed) : (palette[n % palette.length] ?? '#4c8ed9')
}

/** A colour by Grafana's name, or as it is. */
export function colorOf(name: string): string {
  return named[name] ?? name
}

/** The colour that a value has by the field's thresholds; undefined when there are none. */
export function thresholdColor(value: number | null, config: FieldConfig): string | undefined {
  const steps = config.thresholds?.steps
  if (!steps?.length || value === null) return undefined
  const [from, to] = [config.min ?? 0, config.max ?? 100]
  const compared = config.thresholds?.mode === 'percentage' ? ((value - from) / (to - from)) * 100 : value
  const reached = steps.filter(({ value: least }) => least === null || compared >= least)
  return colorOf(reached.at(-1)?.color ?? steps[0]?.color ?? 'green')
}
