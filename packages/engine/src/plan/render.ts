import { CommandError, usageError } from '@platform/core'
import type { Component } from '../component/component.ts'
import { observeObjects } from '../diff/observe.ts'
import { chartArguments, keepVolumes, upgradeArguments } from '../release/helm-arguments.ts'
import { parseManifest } from '../release/manifest.ts'
import type { Session } from '../session/session.ts'
import type { DesiredRelease } from '../values/types.ts'
import type { Rendered } from './types.ts'

/**
 * The arguments of `helm template`. Our charts are rendered on the client, which takes half the time and works without the
 * namespace, where a dry run of `upgrade` answers 404. A replaced chart may use `lookup`, so it needs the server.
 */
export function templateArguments(
  { release, namespace }: Pick<Component, 'release' | 'namespace'>,
  { chart }: Pick<DesiredRelease, 'chart'>,
  kubeVersion?: string,
): string[] {
  return [
    ...['template', release, ...chartArguments(chart), `--namespace=${namespace}`, '--values=-', '--no-hooks'],
    ...(chart.kind === 'own'
      ? kubeVersion
        ? [`--kube-version=${kubeVersion}`]
        : []
      : ['--dry-run=server', `--post-renderer=${keepVolumes.name}`]),
  ]
}

/** Renders the desired release and reads the live objects. Writes nothing. */
export async function render(session: Session, component: Component, release: DesiredRelease): Promise<Rendered> {
  const { api, helm, helmCommand } = session
  const { gitVersion } = await api.get<{ gitVersion: string }>('/version')
  const [{ stdout }, command] = await Promise.all([
    helm(templateArguments(component, release, gitVersion), {
      input: JSON.stringify(release.values),
      env: { HELM_PLUGINS: keepVolumes.plugins },
    }).catch((error: unknown) => refuse(component, error)),
    helmCommand(upgradeArguments(component, release, 'RUN')),
  ])
  const objects = await observeObjects(api, component.namespace, parseManifest(stdout))
  return { release, objects, command }
}

/** A chart that fails to render is a usage error: nothing was changed. */
function refuse({ name }: Component, error: unknown): never {
  if (!(error instanceof CommandError)) throw error
  throw usageError(
    'CHART_NOT_RENDERED',
    `cannot render the chart of ${name}:\n${error.result.stderr.trim()}`,
    error.hint,
  )
}
