import type { KubeObject } from '@platform/cluster'
import { isRecord } from '../values/merge.ts'
import type { Difference } from './compare.ts'

/** `Deployment monitoring/prometheus-server`. */
export function objectName({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`
}

/** A longer line is shown only around the difference. */
const longLine = 200

/** `spec.replicas: 3 → 1`; multi-line texts line by line; of a Secret only the names of its keys. */
export function describeDifference(kind: string | undefined, { path, live, wanted }: Difference): string {
  const where = pathText(path)
  if (isSecretData(kind, path)) return `${where}: ${keyNames(live, wanted)}`
  if (isText(live) && isText(wanted) && `${live}${wanted}`.includes('\n')) {
    return [`${where}:`, ...lineDifference(live, wanted).map((line) => `  ${line}`)].join('\n')
  }
  if (isText(live) && isText(wanted) && Math.max(live.length, wanted.length) > longLine) {
    const [before, after] = around(live, wanted)
    return `${where}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`
  }
  return `${where}: ${valueText(live)} → ${valueText(wanted)}`
}

/** `spec.template.spec.containers[name=server].image`; names with dots in brackets. */
export function pathText(path: readonly string[]): string {
  return path.reduce((text, part) => {
    if (part.startsWith('[')) return `${text}${part}`
    if (/[./]/.test(part)) return `${text}["${part}"]`
    return text ? `${text}.${part}` : part
  }, '')
}

/** A field of a Secret whose value must not be shown. */
export function isSecretData(kind: string | undefined, path: readonly string[]): boolean {
  return kind === 'Secret' && (path[0] === 'data' || path[0] === 'stringData')
}

function keyNames(live: unknown, wanted: unknown): string {
  const keys = (value: unknown) => (isRecord(value) ? ` (keys ${Object.keys(value).join(', ')})` : '')
  if (live === undefined) return `is missing${keys(wanted)}, value not shown`
  if (wanted === undefined) return `is not in the chart${keys(live)}, value not shown`
  return 'differs, values not shown'
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** The full value; the output shortens it. */
function valueText(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

/** Removed and added lines, with one line of context on each side. */
export function lineDifference(before: string, after: string): string[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const lines = focused(middle(a.slice(start, a.length - end), b.slice(start, b.length - end)))
  return [...(start > 0 ? [`  ${a[start - 1]}`] : []), ...lines, ...(end > 0 ? [`  ${a[a.length - end]}`] : [])]
}

/** By longest common subsequence. Beyond a size limit all old lines are removed and all new ones added. */
function middle(a: readonly string[], b: readonly string[]): string[] {
  if (a.length * b.length > 1_000_000) return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)]
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  const at = (i: number, j: number) => table[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i]
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i]}`)
      i++
      j++
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${a[i++]}`)
    else lines.push(`+ ${b[j++]}`)
  }
  return trimSame(lines)
}

/** Shortens long changed lines, such as JSON without line breaks, to the difference and its surroundings. */
function focused(lines: readonly string[]): string[] {
  const shown = [...lines]
  for (const [i, gone] of lines.entries()) {
    const come = lines[i + 1] ?? ''
    if (!gone.startsWith('- ') || !come.startsWith('+ ') || Math.max(gone.length, come.length) <= longLine) continue
    const [before, after] = around(gone.slice(2), come.slice(2))
    shown[i] = `- ${before}`
    shown[i + 1] = `+ ${after}`
  }
  return shown
}

function around(a: string, b: string): [string, string] {
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const cut = (text: string) => {
    const [from, to] = [Math.max(0, start - 40), Math.min(text.length, text.length - end + 40)]
    return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`
  }
  return [cut(a), cut(b)]
}

/** Shortens long unchanged parts. */
function trimSame(lines: readonly string[]): string[] {
  const changed = (i: number) => lines[i] !== undefined && !lines[i].startsWith('  ')
  return lines.flatMap((line, i) => {
    if (changed(i) || changed(i - 1) || changed(i + 1)) return [line]
    return changed(i - 2) ? ['  …'] : []
  })
}
