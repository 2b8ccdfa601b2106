import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Settings } from '@platform/core'
import type { Component } from '../component/component.ts'
import { inputsHash } from './inputs-hash.ts'

/**
 * The fingerprint of a component's desired release. It is cached with a hash of its inputs in the cluster's state folder:
 * while that hash is the same, the values are not resolved.
 *
 * @param resolve computes it from the values (`desiredRelease`), which loads YAML and the component's sources
 */
export async function fingerprintOf(
  component: Component,
  settings: Settings,
  root: string,
  resolve: () => Promise<{ readonly fingerprint: string }>,
): Promise<string> {
  const inputs = await inputsHash(component, settings, root)
  const file = join(settings.clusterDir, 'fingerprints', `${component.name}.json`)
  const known = readKnown(file)
  if (known?.inputs === inputs) return known.fingerprint
  const { fingerprint } = await resolve()
  // Without a cluster there is no state folder.
  if (existsSync(settings.clusterDir)) remember(file, { inputs, fingerprint })
  return fingerprint
}

interface Known {
  readonly inputs: string
  readonly fingerprint: string
}

function readKnown(file: string): Known | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Known
  } catch {
    return undefined
  }
}

/** A cache: where it cannot be written, the next call resolves again. */
function remember(file: string, known: Known): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(known))
    renameSync(`${file}.${process.pid}`, file)
  } catch {}
}
