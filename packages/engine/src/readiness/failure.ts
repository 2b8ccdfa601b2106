import type { Api } from '@platform/cluster'
import { PlatformError, withoutCredentials } from '@platform/core'
import type { Component } from '../component/component.ts'
import { readLog } from './evidence.ts'
import type { PodFailure } from './pod-failure.ts'
import type { Watched } from './watch-release.ts'

/** Log lines in the error; the evidence has more. */
const shownLines = 12

/** Why a release did not become ready: each reason once, with the last log lines of its container. */
export async function describeFailure(
  api: Api,
  { failures, waiting, late }: NonNullable<Watched['failure']>,
  limitMs: number,
): Promise<string> {
  const reasons = await Promise.all(unique(failures).map((failure) => describe(api, failure)))
  if (!late) return reasons.join('\n')
  const rest = waiting.map(({ object, missing: lacks }) => `  ${object}: ${lacks}`)
  return [`not ready after ${Math.round(limitMs / 1000)} s:`, ...rest, ...reasons].join('\n')
}

function unique(failures: readonly PodFailure[]): PodFailure[] {
  // Replicas fail for the same reason: show it once.
  const seen = new Map<string, PodFailure>()
  for (const failure of failures) {
    const key = failure.reason.replaceAll(failure.pod || '\0', '')
    if (!seen.has(key)) seen.set(key, failure)
  }
  return [...seen.values()].slice(0, 5)
}

async function describe(api: Api, { pod, namespace, container, previous, reason }: PodFailure): Promise<string> {
  if (!container) return reason
  const at = { metadata: { name: pod, namespace } }
  const read = (last: boolean) => readLog(api, at, { container, previous: last, lines: shownLines }).catch(() => '')
  const text = (await read(previous ?? false)).trim() || (previous ? (await read(false)).trim() : '')
  if (!text) return reason
  const lines = withoutCredentials(text)
    .split('\n')
    .map((line) => `  | ${line.slice(0, 400)}`)
  return [reason, 'last log lines:', ...lines].join('\n')
}

/** The error of a failed component, with the result of the rollback. */
export function componentFailed(
  { name, namespace }: Component,
  {
    why,
    evidence,
    undone,
    cause,
  }: {
    readonly why: string
    readonly evidence: string | undefined
    readonly undone: string
    readonly cause?: unknown
  },
): PlatformError {
  const where = evidence ? `; the evidence is in ${evidence}` : ''
  return new PlatformError('COMPONENT_FAILED', `${name} did not come up: ${why}\n${undone}${where}`, {
    hint: evidence ? `ls ${evidence}` : `pnpm kubectl get pods,events -n ${namespace}`,
    cause,
  })
}
