/**
 * How numbers are written, by Grafana's ids of units; those that our dashboards use, and what is common in others'. An
 * unknown unit is written after the number.
 */
export function formatValue(value: number | null | undefined, unit = 'short', decimals?: number | null): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞'
  const format = formats[unit]
  return format ? format(value, decimals ?? undefined) : `${plain(value, decimals ?? undefined)} ${unit}`.trim()
}

type Format = (value: number, decimals?: number) => string

function scaled(base: number, names: readonly string[], suffix = ''): Format {
  return (value, decimals) => {
    let size = Math.abs(value)
    let n = 0
    while (size >= base && n < names.length - 1) {
      size /= base
      n += 1
    }
    const unit = `${names[n] ?? ''}${suffix}`
    return `${plain(Math.sign(value) * size, decimals)}${unit ? ` ${unit}` : ''}`
  }
}

/** At most three significant places after the point, none that say nothing. */
function plain(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals)
  const size = Math.abs(value)
  const places = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return String(Number(value.toFixed(Math.max(places, size > 0 && size < 0.001 ? 6 : 0))))
}

const steps: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
]

const seconds: Format = (value, decimals) => {
  const [size, name] = steps.find(([from]) => Math.abs(value) >= from) ?? [1, 's']
  return `${plain(value / size, decimals)} ${name}`
}

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const decimal = ['', 'K', 'M', 'B', 'T']
const metric = ['', 'k', 'M', 'G', 'T', 'P']
const percent: Format = (value, decimals) => `${plain(value, decimals)}%`

const formats: Readonly<Record<string, Format>> = {
  none: plain,
  short: scaled(
    1000,
    decimal.map((name) => (name === 'B' ? 'Bil' : name)),
  ),
  bytes: scaled(1024, binary),
  decbytes: scaled(1000, metric, 'B'),
  Bps: scaled(1000, metric, 'B/s'),
  binBps: (value, decimals) => `${scaled(1024, binary)(value, decimals)}/s`,
  bps: scaled(1000, metric, 'b/s'),
  pps: scaled(1000, metric, 'p/s'),
  percent,
  percentunit: (value, decimals) => percent(value * 100, decimals),
  s: seconds,
  ms: (value, decimals) => seconds(value / 1000, decimals),
  dtdurations: seconds,
  cores: (value, decimals) => `${plain(value, decimals)} cores`,
  ops: scaled(1000, metric, 'ops/s'),
  reqps: scaled(1000, metric, 'req/s'),
  rps: scaled(1000, metric, 'reads/s'),
  wps: scaled(1000, metric, 'writes/s'),
  iops: scaled(1000, metric, 'io/s'),
  cps: scaled(1000, metric, 'c/s'),
  hertz: scaled(1000, metric, 'Hz'),
  celsius: (value, decimals) => `${plain(value, decimals)} °C`,
  bool: (value) => (value ? 'true' : 'false'),
  bool_yes_no: (value) => (value ? 'yes' : 'no'),
  bool_on_off: (value) => (value ? 'on' : 'off'),
  dateTimeAsIso: (value) => new Date(value).toISOString().slice(0, 19).replace('T', ' '),
  dateTimeFromNow: (value) => `${seconds((Date.now() - value) / 1000)} ago`,
  currencyUSD: (value, decimals) => `$${plain(value, decimals ?? 2)}`,
  currencyEUR: (value, decimals) => `€${plain(value, decimals ?? 2)}`,
}

/** The ids of the units that are written in their own way. */
export const knownUnits: readonly string[] = Object.keys(formats)
