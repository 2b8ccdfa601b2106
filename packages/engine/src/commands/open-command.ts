import { spawn } from 'node:child_process'
import type { PodObject, ServiceObject } from '@platform/cluster'
import {
  discoverUnits,
  ExitCode,
  loadSettings,
  type MainContext,
  PlatformError,
  repositoryRoot,
  type Settings,
  selectUnits,
  stderrEmit,
  systemRunner,
  usageError,
} from '@platform/core'
import type { OpenDocument } from '@platform/core/documents'
import { parseCommandLine } from '../cli/arguments.ts'
import type { Component, Page } from '../component/component.ts'
import { loadComponent } from '../component/load.ts'
import { readHistory } from '../release/history.ts'
import { loadedImages, otherThanUpstream, runningImages } from '../release/running-images.ts'
import { openSession, type Session } from '../session/session.ts'
import { capabilities } from '../verify/proof/capabilities.ts'
import { type Forwarding, startForwarding } from '../verify/proof/forward.ts'
import { choosePage, formatOpen, localUrl, loginOf } from './open-page.ts'

const usage = 'pnpm open <component> [page] [--print] [--forward] [--json]'

/**
 * `pnpm open <component> [page]`: prints the URL and the login of a page, and opens it in a browser if there is a display
 * and no --print. If the ingress is not reachable from this machine, it forwards a port until Ctrl-C.
 */
export async function openCommand(main: MainContext): Promise<number> {
  const { positionals, flags } = parseCommandLine(main.args, usage, {
    ...{ print: { type: 'boolean' }, json: { type: 'boolean' }, forward: { type: 'boolean' } },
  })
  const [name, page, ...more] = positionals
  if (!name || more.length)
    throw usageError(
      'INVALID_ARGUMENTS',
      `open takes one component and at most one page\nusage: ${usage}`,
      'pnpm status',
    )
  const settings = loadSettings({ env: main.env })
  const units = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const [unit] = selectUnits(units, [name], { verb: 'open' })
  if (!unit || name === 'all')
    throw usageError('INVALID_ARGUMENTS', `open takes one component, not all\nusage: ${usage}`, 'pnpm status')
  const component = await loadComponent(unit.directory)
  const chosen = choosePage(component, page)
  const { emit, end } = stderrEmit(main.env)
  const context = { settings, runner: systemRunner, emit, signal: main.signal }
  try {
    const session = await openSession(context)
    await requireDeployed(session, component)
    const served = !flags.forward && (await capabilities(session, settings)('ingress'))
    const direct = served ? localUrl(chosen, session.access.local) : undefined
    const forwarding = direct ? undefined : await startForwarding(session.kubectl, chosen.endpoint, main)
    const url = direct ?? forwardedUrl(chosen, forwarding)
    const login = loginOf(chosen, settings, Boolean(forwarding))
    const notes = await imageNotes(session, chosen, settings).catch(() => [])
    const document: OpenDocument = {
      ...{ verb: 'open', component: name, page: chosen.name, url, forwarded: Boolean(forwarding) },
      ...{ user: login && (await userOf(session, login)), password: login?.command },
      ...(notes.length && { notes }),
    }
    main.print(flags.json ? JSON.stringify(document) : formatOpen(document))
    if (!flags.print && !flags.json) showInBrowser(url, main)
    if (forwarding) await untilStopped(forwarding, main)
  } finally {
    end()
  }
  return ExitCode.done
}

async function requireDeployed({ api }: Session, component: Component): Promise<void> {
  if ((await readHistory(api, component)).deployed) return
  throw new PlatformError('NOT_DEPLOYED', `${component.name} is not deployed`, { hint: `pnpm up ${component.name}` })
}

function forwardedUrl({ endpoint, path = '/' }: Page, forwarding: Forwarding | undefined): string {
  return `${endpoint.scheme ?? 'http'}://${forwarding?.host}:${forwarding?.port}${path}`
}

/** Differences of the page's images from upstream, because the page itself may differ. */
async function imageNotes({ api }: Session, { endpoint }: Page, settings: Settings): Promise<string[]> {
  const path = `/api/v1/namespaces/${endpoint.namespace}`
  const service = await api.get<ServiceObject>(`${path}/services/${endpoint.service}`)
  const { selector = {} } = service.spec as { selector?: Readonly<Record<string, string>> }
  const labels = Object.entries(selector).map(([name, value]) => `${name}=${value}`)
  const pods = labels.length ? await api.list<PodObject>(`${path}/pods`, { labels: labels.join(',') }) : []
  return otherThanUpstream(runningImages(pods, settings, loadedImages(settings)))
}

async function userOf({ api }: Session, login: { namespace: string; secret: string; user: string }) {
  const { namespace, secret, user } = login
  const found = await api.find<{ data?: Readonly<Record<string, string>> }>(
    `/api/v1/namespaces/${namespace}/secrets/${secret}`,
  )
  const text = found?.data?.[user]
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString()
}

/** Opens a browser if there is a display. Errors are ignored, because the URL was printed. */
function showInBrowser(url: string, { env }: MainContext): void {
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

async function untilStopped({ ended }: Forwarding, { signal }: MainContext): Promise<void> {
  await ended
  if (signal.aborted) return
  throw new PlatformError('PORT_FORWARD_ENDED', 'the port forwarding ended; the pod may have been replaced', {
    hint: 'run the command again',
  })
}
