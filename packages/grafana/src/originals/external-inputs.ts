import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ExternalInputs, ExternalInputsContext } from '@platform/engine'
import { isKept, keptAt, type Original, wantedOriginals } from './wanted.ts'

type FromAfar = Extract<Original, { readonly id: number }>

/** How long grafana.com may take for one, in ms. */
const limitMs = 15_000

/** YAML is loaded only where a file has the key. */
async function named({ root, files }: ExternalInputsContext): Promise<readonly Original[]> {
  if (!files.some((file) => /^["']?originals["']?\s*:/m.test(readFileSync(file, 'utf8')))) return []
  const { readOverlays } = await import('@platform/engine/overlays')
  return wantedOriginals(readOverlays(files, root).own, root)
}

async function notKept(input: ExternalInputsContext): Promise<readonly FromAfar[]> {
  const all = await named(input)
  return all.filter((each): each is FromAfar => 'id' in each && !isKept(input.settings, each.id, each.revision))
}

export async function missing(input: ExternalInputsContext): Promise<readonly string[]> {
  return (await notKept(input)).map(({ id, revision }) => `dashboard ${id}, revision ${revision}`)
}

/** Which of grafana.com's are there, and what the files hold. */
export async function state(input: ExternalInputsContext): Promise<string> {
  const parts = (await named(input)).map((each) => {
    if ('id' in each) return `${each.id}-${each.revision} ${isKept(input.settings, each.id, each.revision)}`
    try {
      return readFileSync(each.path, 'utf8')
    } catch {
      return 'not there'
    }
  })
  return JSON.stringify(parts)
}

/** Files and fetched dashboards that cannot be used. Each `up` reports them until they are fixed or removed. */
export async function wrong(input: ExternalInputsContext): Promise<readonly string[]> {
  const all = await named(input)
  if (!all.length) return []
  const { readOriginals } = await import('./read-originals.ts')
  return readOriginals(all, input.settings).flatMap(({ problems }) => problems)
}

/** Fetches what is missing from grafana.com. Where the network does not allow it, it says so, and nothing fails. */
export async function fetchOriginals(
  input: ExternalInputsContext,
  { emit, signal }: Parameters<ExternalInputs['fetch']>[1],
): Promise<readonly string[]> {
  const base = input.settings.components.GRAFANA_COM_URL ?? ''
  const wrong: string[] = []
  for (const { id, revision, place } of await notKept(input)) {
    const url = `${base.replace(/\/$/, '')}/api/dashboards/${id}/revisions/${revision}/download`
    const found = await ask(url, signal)
    if ('text' in found) keep(keptAt(input.settings, id, revision), found.text)
    else if (found.gone) wrong.push(`${place}: dashboard ${id}, revision ${revision}: ${found.why}`)
    else {
      const message = `${place}: dashboard ${id} could not be fetched, and all else goes on without it: ${found.why}; this asks directly, not through HTTPS_PROXY: where only a proxy leads out, download it and name it as a file, or set GRAFANA_COM_URL to a mirror`
      emit({ type: 'notice', level: 'warn', message, hint: `curl -fL ${url} -o values/default/dashboards/${id}.json` })
    }
  }
  signal.throwIfAborted()
  return wrong
}

type Found = { readonly text: string } | { readonly why: string; readonly gone: boolean }

async function ask(url: string, signal: AbortSignal): Promise<Found> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) })
    if (answer.status === 404) return { why: `${url}: 404, there is no such dashboard or revision`, gone: true }
    if (!answer.ok) return { why: `${url}: ${answer.status}`, gone: false }
    const text = await answer.text()
    // A page of a proxy's is not a dashboard.
    JSON.parse(text)
    return { text }
  } catch (error) {
    signal.throwIfAborted()
    const { message, cause } = error as Error
    return { why: `${url}: ${(cause as Error | undefined)?.message || message}`, gone: false }
  }
}

/** Whole or not at all. */
function keep(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const part = `${path}.${process.pid}`
  writeFileSync(part, text)
  renameSync(part, path)
}
