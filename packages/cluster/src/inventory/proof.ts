import { setTimeout as sleep } from 'node:timers/promises'
import { environment, PlatformError, type PlatformEvent, RunDirectory, repositoryRoot, step } from '@platform/core'
import type { Api } from '../kubernetes/api.ts'
import { leftOver, unseen } from './compare.ts'
import { readInventory, writeInventory } from './file.ts'
import { type Inventory, type InventoryEntry, nameOf } from './inventory.ts'
import { ownReleases } from './own-releases.ts'
import { takeInventory } from './take.ts'

/** Time for controllers to delete dependents: EndpointSlices, IPAddresses, ControllerRevisions. */
const garbageLimitMs = 30_000
const everyMs = 1_000

interface ProofOptions {
  readonly emit: (event: PlatformEvent) => void
  readonly signal?: AbortSignal
}

/** Records the inventory, for the comparison after the last `down`. */
export async function recordInventory(api: Api, file: string, { emit, signal }: ProofOptions): Promise<Inventory> {
  return step(
    emit,
    'take the inventory',
    async () => {
      const inventory = await takeInventory(api, await ownReleases(repositoryRoot), { signal })
      writeInventory(file, inventory)
      return inventory
    },
    { detail: ({ entries, unread }) => `${entries.length} objects${unreadText(unread)}` },
  )
}

interface Compared {
  readonly left: readonly InventoryEntry[]
  readonly now: Inventory
  /** Kinds that were readable before and are not now. */
  readonly dark: readonly string[]
}

/**
 * Compares the cluster with its inventory. Retries while garbage collection runs or the API server does not answer for a
 * kind. Without the file, objects count as ours only by their labels.
 *
 * @returns an error with each leftover and each kind that is no longer readable, or undefined; the caller throws it after
 *   its own cleanup
 */
export async function compareInventory(
  api: Api,
  file: string,
  {
    emit,
    signal,
    onlyOurs,
    garbageMs = garbageLimitMs,
    pollMs = everyMs,
  }: ProofOptions & { readonly onlyOurs: boolean; readonly garbageMs?: number; readonly pollMs?: number },
): Promise<PlatformError | undefined> {
  const before = readInventory(file)
  const releases = await ownReleases(repositoryRoot)
  const compare = async (progress: (message: string) => void): Promise<Compared> => {
    const started = performance.now()
    for (;;) {
      const now = await takeInventory(api, releases, { signal })
      const left = leftOver(before, now, { onlyOurs: onlyOurs || !before })
      const dark = unseen(before, now)
      if ((!left.length && !dark.length) || performance.now() - started > garbageMs) return { left, now, dark }
      progress(
        left.length
          ? `waiting for the garbage collection: ${left.length} left, ${left.slice(0, 3).map(nameOf).join(', ')}`
          : `waiting for the API server to answer for ${dark.join(', ')}`,
      )
      await sleep(pollMs, undefined, { signal })
    }
  }
  const { left, dark } = await step(emit, 'compare with the inventory', compare, {
    detail: (result) =>
      result.left.length
        ? `${result.left.length} left over`
        : `${result.now.entries.length} objects, none left over${unreadText(result.now.unread)}`,
  })
  return left.length ? leftOverError(left, dark) : dark.length ? unseenError(dark) : undefined
}

function unseenError(dark: readonly string[]): PlatformError {
  return new PlatformError(
    'INVENTORY_INCOMPLETE',
    `that nothing is left over is not proved: the API server does not answer for ${dark.join(', ')}, which it did before the first \`up\``,
    { hint: 'pnpm kubectl get apiservices; pnpm down all --purge' },
  )
}

function leftOverError(left: readonly InventoryEntry[], dark: readonly string[]): PlatformError {
  const names = left.map((entry) => `  ${nameOf(entry)}`)
  return new PlatformError(
    'RESOURCES_LEFT_OVER',
    `${left.length === 1 ? 'an object is' : `${left.length} objects are`} left over that ${left.length === 1 ? 'was' : 'were'} not there before the first \`up\`:\n${names.join('\n')}${dark.length ? `\nand not read: ${dark.join(', ')}` : ''}`,
    { hint: 'pnpm kubectl get all,ingress,pvc,configmap,secret -A; pnpm kubectl delete …' },
  )
}

function unreadText(unread: readonly string[]): string {
  return unread.length ? `; not read, so not proved: ${unread.join(', ')}` : ''
}

/**
 * Whether this process works for a run over all units. Only then must nothing be left: who takes down the cluster alone
 * means its components too, as they are.
 */
export function isRunOfAll(): boolean {
  const { RUN_DIR } = environment()
  if (!RUN_DIR) return false
  return new RunDirectory(RUN_DIR).describe().command.split(' ').includes('all')
}
