import { ExitCode, loadSettings, type MainContext, repositoryRoot, stderrEmit, systemRunner } from '@platform/core'
import { loadComponents, openSession, withProofContext } from '@platform/engine/live'
import { component } from '../component.ts'
import { buildContract, ownershipOf } from './build.ts'
import { readContract, writeContract } from './files.ts'
import { liveOwnership } from './live.ts'
import { allNeeds } from './needs.ts'
import type { Need, Ownership } from './types.ts'

/**
 * `pnpm verify --contract --write`: writes packages/<component>/metrics.json, the metrics that rules and dashboards need, by
 * the component that serves them. The job of a new metric is looked up on the cluster, where all components must be running.
 * Before a metric can move to another job, remove it from its file.
 */
export async function writeContractCommand(main: MainContext): Promise<number> {
  const needs = await allNeeds(repositoryRoot)
  const before = readContract(repositoryRoot)
  const known = ownershipOf(before, needs)
  const isNew = ({ name, job }: Need) => (job === undefined ? !known.jobs.has(name) : !known.owners.has(job))
  const unknown = needs.filter(isNew)
  const ownership = unknown.length ? merged(known, await lookUpOnCluster(main, unknown)) : known
  main.print(`${writeContract(repositoryRoot, buildContract(needs, ownership)).join('\n')}\n`)
  return ExitCode.done
}

function merged(known: Ownership, found: Ownership): Ownership {
  return {
    jobs: new Map([...found.jobs, ...known.jobs]),
    owners: new Map([...found.owners, ...known.owners]),
    seldom: new Set([...found.seldom, ...known.seldom]),
  }
}

async function lookUpOnCluster(main: MainContext, needs: readonly Need[]): Promise<Ownership> {
  const { emit, end } = stderrEmit(main.env)
  const context = { settings: loadSettings({ env: main.env }), runner: systemRunner, emit, signal: main.signal }
  try {
    const [session, components] = await Promise.all([openSession(context), loadComponents()])
    return await withProofContext({ context, component, session, signal: main.signal }, async (proof) =>
      liveOwnership(await proof.prometheus(), needs, { components }),
    )
  } finally {
    end()
  }
}
