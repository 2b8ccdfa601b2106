import { formatDuration } from '@platform/core'
import { html, type Markup } from '../markup.ts'
import type { Bar, Timeline } from '../timeline.ts'

/** A waterfall for each run: what was done when, and what it waited for. */
export function timingsPart(timelines: readonly Timeline[]): Markup {
  return html`<h2 id="timings">Timings</h2>
${timelines.map(waterfall)}
${!timelines.length && html`<p class="soft">No run of this cluster has left its events.</p>`}`
}

function waterfall({ command, startedAt, length, bars }: Timeline): Markup {
  const ticks = ticksOf(length)
  const at = (ms: number) => `${((100 * ms) / length).toFixed(2)}%`
  return html`<div class="card"><p><b>${command}</b> <span class="soft">${formatDuration(length)}, begun ${new Date(startedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC</span></p>
<div class="waterfall">
<div></div><div class="ticks">${ticks.map((tick) => html`<small style="left:${at(tick)}">${formatDuration(tick)}</small>`)}</div>
${bars.map((bar) => row(bar, at))}
</div></div>
`
}

function row({ label, kind, from, to, failed, detail, waited }: Bar, at: (ms: number) => string): Markup {
  const took = formatDuration(to - from)
  const title = `${label}: ${took}, from ${formatDuration(from)} to ${formatDuration(to)}${detail ? ` (${detail})` : ''}`
  const [last] = waited?.on ?? []
  const wait =
    waited && waited.to > 0
      ? html`<i class="wait" style="left:0;width:${at(waited.to)}" title="${waited.on.length ? `waited for ${waited.on.join(', ')}` : 'before it began'}"></i><small class="for" style="width:${at(waited.to)}"><span>${last ? `waits for ${last}` : waited.first ? 'reads and plans' : 'waits for its turn'}</span></small>`
      : ''
  const bar = html`<i class="${kind}${failed ? ' bad' : ''}" style="left:${at(from)};width:${at(to - from)}" title="${title}"></i>`
  return html`<div class="${kind}" title="${title}">${label} <span class="soft">${took}</span></div><div>${wait}${bar}</div>
`
}

const distances = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000]

function ticksOf(length: number): number[] {
  const distance = distances.find((each) => length / each <= 8) ?? 3_600_000
  return Array.from({ length: Math.ceil(length / distance) }, (_, n) => n * distance)
}
