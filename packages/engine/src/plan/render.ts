import { CommandError, usageError } from '@platform/core'
import type { Component } from '../component/component.ts'
import { observeObjects } from '../diff/observe.ts'
import { chartArguments, keepVolumes, upgradeArguments } from '../release/helm-arguments.ts'
import { parseManifest } from '../release/manifest.ts'
import type { Session } from '../session/session.ts'
import type { DesiredRelease } from '../values/types.ts'
import type { Rendered } from './types.ts'

/**
 * The words of `helm template`. Ours on the client, which asks nobody and also works where the namespace is still missing
 * (a dry run of `upgrade` is a 404 there) and takes half of its time; a foreign chart may look things up in the cluster,
 * so it is rendered with the server's answers.
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

/** Renders what the release should be, and looks up what is there in its place. Nothing is written. */
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

/** A chart that can't be rendered is wrong before anything is touched. */
function refuse({ name }: Component, error: unknown): never {
  if (!(error instanceof CommandError)) throw error
  throw usageError(
    'CHART_NOT_RENDERED',
    `the chart of ${name} can't be rendered:\n${error.result.stderr.trim()}`,
    error.hint,
  )
}
