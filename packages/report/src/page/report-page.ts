import { formatDuration, type Settings } from '@platform/core'
import type { VerifyDocument } from '@platform/core/documents'
import type { Collected } from '../collect.ts'
import { html, Markup, scriptJson } from '../markup.ts'
import type { Timeline } from '../timeline.ts'
import { checksPart } from './checks-part.ts'
import { componentsPart } from './components-part.ts'
import { sectionParts } from './section-parts.ts'
import { timingsPart } from './timings-part.ts'

/** All that the page is made of. */
export interface ReportInput {
  readonly settings: Pick<Settings, 'CLUSTER_NAME' | 'TARGET' | 'KUBE_CONTEXT'>
  readonly collected: Collected
  /** Undefined: the checks could not be asked. */
  readonly verify: VerifyDocument | undefined
  readonly timelines: readonly Timeline[]
  readonly script: string
  readonly style: string
  readonly madeAt: Date
}

/** The report as one HTML file that asks for nothing else. Pure: the same input gives the same bytes. */
export function reportPage(input: ReportInput): string {
  const { settings, collected, verify, timelines, script, style, madeAt } = input
  const { components, sections, grafana, problems } = collected
  const where = settings.TARGET === 'context' ? `context ${settings.KUBE_CONTEXT}` : `cluster ${settings.CLUSTER_NAME}`
  const links = [
    ['components', 'Components'],
    ['checks', 'Checks'],
    ['timings', 'Timings'],
    ...sections.map(({ id, title }) => [id, title]),
    ['dashboards', 'Dashboards'],
  ]
  const boards = (grafana?.boards ?? []).map(({ dashboard, answers }) => ({ dashboard, answers }))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Report of ${where}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${standIns(collected)}
<main>
<header>
<h1>Report of ${where}</h1>
<button id="theme" type="button">light / dark</button>
</header>
<p class="soft">${madeAt.toISOString().slice(0, 19).replace('T', ' ')} UTC${grafana && html` · dashboards show ${formatDuration((grafana.view.to - grafana.view.from) * 1000)} until ${clock(grafana.view.to)} UTC, a point each ${grafana.view.step} s`}</p>
<nav>${links.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
${problems.length > 0 && html`<section class="card problems"><h2>What could not be asked</h2><ul>${problems.map((problem) => html`<li class="failed">${problem}</li>`)}</ul></section>`}
${componentsPart(components)}
${checksPart(verify)}
${timingsPart(timelines)}
${sectionParts(sections)}
${dashboardsPart(collected)}
</main>
<script type="application/json" id="data">${scriptJson({ dashboards: boards })}</script>
<script>${new Markup(script.replaceAll('</script', '<\\/script'))}</script>
</body>
</html>
`
  return page.text
}

/** Nobody is to take a picture of a stand-in for one of the real thing. */
function standIns({ components, grafana }: Collected): Markup | undefined {
  const lines = components.flatMap(({ images }) =>
    images.flatMap(({ container, fidelity, note }) =>
      fidelity === 'stand-in' ? [`${container}: ${note ?? 'a stand-in'}`] : [],
    ),
  )
  if (!lines.length && !grafana?.standIn) return undefined
  const first = grafana?.standIn
    ? html`Grafana here is a stand-in (${grafana.version}), not Grafana: its image could not be had. `
    : html`Stand-ins run here. `
  return html`<div class="banner" role="note">${first}<small>${lines.join(' · ')}</small></div>`
}

function dashboardsPart({ grafana }: Collected): Markup {
  if (!grafana) {
    return html`<h2 id="dashboards">Dashboards</h2><p class="failed">Grafana could not be asked: there is none to show.</p>`
  }
  const rows = grafana.boards.map(({ dashboard, panels, errors, empty }, n) => {
    const said = [`${panels} panels`, errors > 0 && `${errors} queries failed`, empty > 0 && `${empty} gave nothing`]
    const note = said.filter(Boolean).join(', ')
    return html`<details class="board" data-dashboard="${dashboard.uid}"${n === 0 && new Markup(' open')}><summary><b>${dashboard.title}</b> <span class="${errors ? 'failed' : 'soft'}">${note}</span></summary>
${dashboard.description ? html`<p class="soft">${dashboard.description}</p>` : undefined}</details>
`
  })
  return html`<h2 id="dashboards">Dashboards</h2>
<p class="soft">${grafana.boards.length} dashboards${grafana.standIn && ' of the stand-in for Grafana'}, asked through its datasource, as their variables stand. <button id="all" type="button">open all</button></p>
${rows}`
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19)
}
