import { formatDuration } from '@platform/core'
import type { VerifyDocument } from '@platform/core/documents'
import { html, Markup } from '../markup.ts'

type Unit = VerifyDocument['units'][number]
type Check = Unit['checks'][number]

/** What was proved, unit by unit; those with a failure are open. */
export function checksPart(verify: VerifyDocument | undefined): Markup {
  if (!verify) return html`<h2 id="checks">Checks</h2><p class="failed">The checks could not be asked.</p>`
  const { passed, failed, skipped, units, error } = verify
  const skips = skipped ? html`, <span class="soft">${skipped} could not be asked here</span>` : ''
  return html`<h2 id="checks">Checks</h2>
<p><b class="ok">${passed} passed</b>, <b class="${failed ? 'failed' : 'soft'}">${failed} failed</b>${skips}</p>
${error && html`<p class="failed">${error.code}: ${error.message}</p>`}
${units.map(unitPart)}`
}

function unitPart({ name, outcome, checks, error }: Unit): Markup {
  const bad = checks.filter(({ outcome }) => outcome === 'failed').length
  const open = bad > 0 || outcome !== 'done'
  const state = outcome === 'done' ? `${checks.length - bad} of ${checks.length}` : outcome
  return html`<details class="card"${open && new Markup(' open')}><summary><b>${name}</b> <span class="${open ? 'failed' : 'ok'}">${state}</span></summary>
${error && html`<p class="failed">${error.code}: ${error.message}</p>`}
<div class="scroll"><table><tbody>${checks.map(checkRow)}</tbody></table></div></details>
`
}

function checkRow({ name, outcome, ms, message, hint }: Check): Markup {
  const [mark, state] = { passed: ['✓', 'ok'], skipped: ['–', 'skipped'], failed: ['✗', 'failed'] }[outcome]
  return html`<tr><td class="${state}">${mark}</td><td class="wrap">${name}</td><td class="number soft">${formatDuration(ms)}</td><td class="wrap soft">${message}${outcome === 'failed' && hint && html`<br><code>${hint}</code>`}</td></tr>
`
}
