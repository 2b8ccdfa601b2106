import type { ReportColumn, ReportSection } from '@platform/engine'
import { formatValue } from '@platform/panels'
import { html, type Markup } from '../markup.ts'

/** What components add to the report: a table each. */
export function sectionParts(sections: readonly ReportSection[]): Markup {
  return html`${sections.map(
    ({ id, title, note, columns, rows }) => html`<h2 id="${id}">${title}</h2>
${note && html`<p class="soft">${note}</p>`}
<div class="card scroll"><table><thead><tr>${columns.map(({ name, unit }) => html`<th class="${unit ? 'number' : ''}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(({ cells, state }) => html`<tr class="${state ?? ''}">${cells.map((value, n) => cell(value, columns[n]))}</tr>`)}</tbody></table></div>
`,
  )}`
}

function cell(value: string | number | null, column: ReportColumn | undefined): Markup {
  if (value === null) return html`<td class="${column?.unit ? 'number soft' : 'soft'}">–</td>`
  if (typeof value === 'string') return html`<td>${value}</td>`
  return html`<td class="number">${formatValue(value, column?.unit ?? 'none')}</td>`
}
