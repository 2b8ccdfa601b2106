import { createTarget } from '@platform/cluster'
import {
  discoverUnits,
  ExitCode,
  loadSettings,
  type MainContext,
  PlatformError,
  repositoryRoot,
  selectUnits,
  stderrEmit,
  styleText,
  systemRunner,
  type UnitContext,
  wantsColor,
} from '@platform/core'
import type { StatusDocument } from '@platform/core/documents'
import { parseCommandLine } from '../cli/arguments.ts'
import { textTable } from '../cli/text-table.ts'
import { loadComponent } from '../component/load.ts'
import { imagesText, otherThanUpstream } from '../release/running-images.ts'
import { openSession } from '../session/session.ts'
import { type ComponentStatus, statusOf } from '../status/status-of.ts'

/** Errors that mean that the cluster is unreachable, which is a valid status. */
const unreachableCodes = new Set(['CLUSTER_NOT_RUNNING', 'API_UNREACHABLE'])

/** `pnpm status [component…] [--json]`: prints a table of components. Exits with 0 whatever their health is. */
export async function statusCommand(main: MainContext): Promise<number> {
  const { positionals, flags } = parseCommandLine(main.args, 'pnpm status [component…] [--json]', {
    json: { type: 'boolean' },
  })
  const settings = loadSettings({ env: main.env })
  const units = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const names = positionals.length ? positionals : ['all']
  const selected = selectUnits(units, names, { verb: 'status' })
  const { emit, end } = stderrEmit(main.env)
  const context: UnitContext = { settings, runner: systemRunner, emit, signal: main.signal }
  try {
    const cluster = await clusterStatus(context)
    const components = await Promise.all(selected.map(({ directory }) => componentStatus(context, directory, cluster)))
    const target = { kind: settings.TARGET, cluster: settings.CLUSTER_NAME, context: settings.KUBE_CONTEXT }
    const document: StatusDocument = { verb: 'status', target, cluster, components }
    main.print(flags.json ? JSON.stringify(document) : formatStatus(document, wantsColor(process.stdout, main.env)))
  } finally {
    end()
  }
  return ExitCode.done
}

async function clusterStatus(context: UnitContext): Promise<StatusDocument['cluster']> {
  const target = await createTarget(context.settings, context)
  const { state } = await target.plan({ verb: 'up' })
  try {
    await (await openSession(context)).api.get('/version')
    return { state, running: true }
  } catch (error) {
    if (!(error instanceof PlatformError) || !unreachableCodes.has(error.code)) throw error
    return { state, running: false }
  }
}

async function componentStatus(
  context: UnitContext,
  directory: string,
  { running }: StatusDocument['cluster'],
): Promise<ComponentStatus> {
  const component = await loadComponent(directory)
  if (running) return statusOf(context, component, await openSession(context))
  const { name, release, namespace } = component
  const unknown = { status: 'unknown', health: 'unknown' as const, problems: [], addresses: [], images: [] }
  return { name, release, namespace, ...unknown }
}

const styles = { ready: 'green', 'not ready': 'red', absent: 'dim', unknown: 'yellow' } as const

/** Formats the table, the problems below it, and the images that are not upstream's. */
export function formatStatus({ target, cluster, components }: StatusDocument, color: boolean): string {
  const where = target.kind === 'context' ? `context ${target.context}` : target.cluster
  const rows = components.map(({ name, namespace, release, status, revision, version, health, addresses, images }) => [
    styleText('bold', name, color),
    `${namespace}/${release}`,
    `${status}${revision === undefined ? '' : ` (${revision})`}`,
    version ?? '',
    styleText(styles[health], health, color),
    imagesText(images),
    addresses.join(', '),
  ])
  const table = textTable([['component', 'release', 'status', 'version', 'health', 'images', 'addresses'], ...rows])
  const problems = components.flatMap(({ name, problems: lines }) => lines.map((line) => `${name}: ${line}`))
  const others = components.flatMap(({ images }) => otherThanUpstream(images))
  return [`cluster ${where}: ${cluster.state}`, ...table, ...problems, ...others, ''].join('\n')
}
