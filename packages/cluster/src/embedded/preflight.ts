import type { Settings } from '@platform/core'
import { buildNeeds } from '../preflight/build-needs.ts'
import { hostNeeds } from '../preflight/host-needs.ts'
import { kernelNeeds } from '../preflight/kernel-needs.ts'
import { probeKernel } from '../preflight/kernel-probe.ts'
import { thisMachine } from '../preflight/machine.ts'
import { checkNeeds, type Need, type Purpose, requireNeeds } from '../preflight/need.ts'
import { type NodePlace, networkNeeds } from '../preflight/network-needs.ts'
import { pythonNeed } from '../preflight/python.ts'
import { registryNeeds } from '../preflight/registry-needs.ts'
import type { NeedResult, TargetDependencies } from '../target.ts'

/** What already exists, as far as preflight is concerned. */
export interface Present {
  /** The toolchain and the system images are built. */
  readonly built: boolean
  /** The unpacked Debian root, if it exists. */
  readonly nodeRoot: string | undefined
  readonly place: NodePlace
}

/** All requirements of the embedded target, prerequisites first. */
export function embeddedNeeds({ built, place }: Present): readonly Need[] {
  return [...hostNeeds, ...kernelNeeds, ...buildNeeds(built), ...networkNeeds(place), ...registryNeeds, pythonNeed]
}

/** Checks all requirements and returns the passed ones too. */
export async function embeddedPreflight(
  settings: Settings,
  { runner }: TargetDependencies,
  present: Present,
): Promise<NeedResult[]> {
  return checkNeeds(embeddedNeeds(present), machineOf(settings, runner, present))
}

/**
 * Checks only the requirements of the next steps; takes milliseconds if nothing has to be built.
 *
 * @throws PlatformError with the need's own code, or PREFLIGHT_FAILED with all that are not met; nothing was touched
 */
export async function requireEmbedded(
  settings: Settings,
  { runner }: TargetDependencies,
  present: Present,
  purposes: readonly Purpose[],
): Promise<void> {
  const needs = embeddedNeeds(present).filter((need) => need.purposes.some((purpose) => purposes.includes(purpose)))
  requireNeeds(needs, await checkNeeds(needs, machineOf(settings, runner, present)))
}

function machineOf(settings: Settings, runner: TargetDependencies['runner'], { nodeRoot }: Present) {
  return thisMachine(settings, runner, (machine) => probeKernel(machine, nodeRoot))
}
