import { join } from 'node:path'
import type { Runner, Settings } from '@platform/core'
import { findOnPath } from '../find-on-path.ts'
import {
  atLeast,
  minorsApart,
  oldestHelm,
  oldestKubernetes,
  parseVersion,
  type Version,
  versionFromJson,
  withinSkew,
} from '../kubernetes/version.ts'
import type { TargetDependencies } from '../target.ts'

/** A binary and its version. */
export interface Tool {
  readonly path: string
  readonly version: Version
}

/** Sources of tools: PATH first; the toolchain builds only what is missing. */
export interface ToolSources {
  readonly find: (name: string) => string | undefined
  readonly build: (unit: 'kubectl' | 'helm') => Promise<string>
}

/** PATH and the toolchain of the settings. */
export function toolSources(settings: Settings, { runner, emit, signal }: TargetDependencies): ToolSources {
  return {
    find: findOnPath,
    async build(unit) {
      const { ensureToolchain, toolchainUnits } = await import('@platform/toolchain')
      const units = toolchainUnits.filter(({ name }) => name === unit)
      const { bin } = await ensureToolchain({ settings, runner, emit, signal, units })
      return join(bin, unit)
    },
  }
}

/** The version of a kubectl; undefined if it can't be determined. */
export async function kubectlVersion(binary: string, runner: Runner): Promise<Version | undefined> {
  const { stdout, exitCode } = await runner.probe([binary, 'version', '--client', '-o', 'json'])
  if (exitCode !== 0) return undefined
  try {
    return versionFromJson(stdout)
  } catch {
    return undefined
  }
}

/** The version of a Helm; undefined if it can't be determined. */
export async function helmVersion(binary: string, runner: Runner): Promise<Version | undefined> {
  const { stdout, exitCode } = await runner.probe([binary, 'version', '--template', '{{.Version}}'])
  return exitCode === 0 ? parseVersion(stdout) : undefined
}

/** Absolute path of a kubectl that is new enough for the first requests: from PATH, otherwise the toolchain's. */
export async function findKubectl(runner: Runner, sources: ToolSources): Promise<string> {
  const found = sources.find('kubectl')
  const version = found && (await kubectlVersion(found, runner))
  return found && version && atLeast(version, oldestKubernetes) ? found : sources.build('kubectl')
}

/** The kubectl for this server: from PATH if within one minor version, otherwise the toolchain's if it is nearer. */
export async function fittingKubectl(
  server: Version,
  first: string,
  runner: Runner,
  sources: ToolSources,
): Promise<Tool> {
  const version = await kubectlVersion(first, runner)
  const onPath = version && atLeast(version, oldestKubernetes) ? { path: first, version } : undefined
  if (onPath && withinSkew(onPath.version, server)) return onPath
  const path = await sources.build('kubectl')
  const built = await kubectlVersion(path, runner)
  if (!built) throw new Error(`can't determine the version of ${path}`)
  const nearer = !onPath || minorsApart(built, server) < minorsApart(onPath.version, server)
  return nearer ? { path, version: built } : onPath
}

/** Absolute path of a Helm that is new enough: from PATH, otherwise the toolchain's. */
export async function findHelm(runner: Runner, sources: ToolSources): Promise<string> {
  const found = sources.find('helm')
  const version = found && (await helmVersion(found, runner))
  return found && version && atLeast(version, oldestHelm) ? found : sources.build('helm')
}
