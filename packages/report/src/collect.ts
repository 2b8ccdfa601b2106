import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CheckSkipped, type UnitContext } from '@platform/core'
import type { Component, ReportSection, ReportSections } from '@platform/engine'
import {
  type ComponentStatus,
  capabilities,
  loadComponents,
  openSession,
  statusOf,
  withProofContext,
} from '@platform/engine/live'
import { type AskedBoards, askDashboards, reportView } from './ask-dashboards.ts'
import { openGrafana } from './ask-grafana.ts'

/** How long asking for all of it may take, in ms. */
const limitMs = 5 * 60_000

/** What the cluster told. What could not be asked is missing, with the reason in `problems`. */
export interface Collected {
  readonly components: readonly ComponentStatus[]
  readonly sections: readonly ReportSection[]
  /** Undefined: Grafana could not be asked. */
  readonly grafana?: { readonly version: string; readonly standIn: boolean } & AskedBoards
  readonly problems: readonly string[]
}

/** Asks the cluster for all that the report shows of it. Never throws for what it says or does not say. */
export async function collect(
  context: UnitContext,
  { minutes, say }: { readonly minutes: number; readonly say: (what: string) => void },
): Promise<Collected> {
  const problems: string[] = []
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    say(what)
    try {
      return await work()
    } catch (error) {
      context.signal.throwIfAborted()
      problems.push(`${what}: ${(error as Error).message}`)
      return undefined
    }
  }
  const all = await loadComponents()
  const session = await attempt('the cluster', async () => {
    const opened = await openSession(context)
    await opened.api.get('/version')
    return opened
  })
  if (!session) return { components: [], sections: [], problems }
  const status = (component: Component) =>
    attempt(`status of ${component.name}`, () => statusOf(context, component, session))
  const components = (await Promise.all(all.map(status))).filter((each) => each !== undefined)
  const sections: ReportSection[] = []
  for (const component of all) {
    const scope = { context, component, session, signal: context.signal, limitMs }
    const ask = await loadSections(component)
    const told = ask && (await attempt(`what ${component.name} adds`, () => withProofContext(scope, ask)))
    sections.push(...(told ?? []))
  }
  const grafana = await attempt('Grafana', async () => {
    const endpoint = await capabilities(session, context.settings)('grafana')
    const component = all.find(({ provides }) => provides?.grafana && provides.grafana === endpoint)
    const login = component?.pages?.find((page) => page.login)?.login
    if (!endpoint || !component || !login) throw new CheckSkipped('no deployed component provides grafana')
    const scope = { context, component, session, signal: context.signal, limitMs }
    return withProofContext(scope, async (proof) => {
      const [user, password, door] = await Promise.all([
        proof.secret(login.secret, login.user, login.namespace),
        proof.secret(login.secret, login.password, login.namespace),
        proof.forward(endpoint),
      ])
      const asked = await openGrafana({ ...door, login: { user, password } }, proof.signal)
      const { version, standIn } = asked
      const onBoard = (title: string) => say(`dashboard ${title}`)
      return { version, standIn, ...(await askDashboards(asked, { view: reportView(minutes), onBoard })) }
    })
  })
  return { components, sections, grafana, problems: [...problems, ...(grafana?.problems ?? [])] }
}

/** What a component's src/report.ts exports as `sections`; undefined: it has nothing to add. */
async function loadSections({ directory }: Component): Promise<ReportSections | undefined> {
  const file = join(directory, 'src', 'report.ts')
  if (!existsSync(file)) return undefined
  const { sections } = (await import(pathToFileURL(file).href)) as { sections?: ReportSections }
  if (!sections) throw new Error(`${file} must export \`sections\``)
  return sections
}
