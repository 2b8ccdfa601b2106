import type { ComponentStatus } from '@platform/engine/live'
import { html, type Markup } from '../markup.ts'

const healths: Readonly<Record<string, string>> = {
  ready: 'ok',
  'not ready': 'failed',
  absent: 'soft',
  unknown: 'soft',
}

/** What is there: releases, versions, how near the images are to upstream, and where it answers. */
export function componentsPart(components: readonly ComponentStatus[]): Markup {
  if (!components.length) {
    return html`<h2 id="components">Components</h2><p class="failed">The cluster could not be asked.</p>`
  }
  const rows = components.map(
    ({ name, namespace, release, status, revision, version, health, problems, addresses, images }) => html`<tr>
<td><b>${name}</b></td>
<td>${namespace}/${release}<br><span class="soft">${status}${revision !== undefined && `, revision ${revision}`}</span></td>
<td>${version ?? '–'}</td>
<td class="${healths[health]}">${health}${problems.map((line) => html`<br><small>${line}</small>`)}</td>
<td>${images.map(({ container, image, fidelity, note }) => html`<div title="${note ?? image}"><span class="badge ${fidelity}">${fidelity}</span> ${container} <span class="soft">${shortImage(image)}</span></div>`)}</td>
<td>${addresses.map((address) => html`<div>${/^https?:/.test(address) ? html`<a href="${address}">${address}</a>` : address}</div>`)}</td>
</tr>`,
  )
  return html`<h2 id="components">Components</h2>
<div class="card scroll"><table>
<thead><tr><th>component</th><th>release</th><th>version</th><th>health</th><th>images: how near to upstream</th><th>addresses</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

/** `traefik:v3.7.15`: the registry and the folder say nothing here. */
function shortImage(image: string): string {
  return image.split('@')[0]?.split('/').at(-1) ?? image
}
