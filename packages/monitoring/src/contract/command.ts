import { ExitCode, loadSettings, type MainContext, repositoryRoot, stderrEmit, systemRunner } from '@platform/core'
import { loadComponents, openSession, withProofContext } from '@platform/engine/live'
import { component } from '../component.ts'
import { buildContract } from './build.ts'
import { readContract, writeContract } from './files.ts'
import { liveHomes } from './live.ts'
import { allNeeds } from './needs.ts'

/**
 * `pnpm verify --contract --write`: writes packages/<component>/metrics.json, what rules and dashboards need, by what
 * serves it. Who serves what is asked of the cluster, on which everything must run.
 */
export async function writeContractCommand(main: MainContext): Promise<number> {
  const settings = loadSettings({ env: main.env })
  const { emit, end } = stderrEmit(main.env)
  const context = { settings, runner: systemRunner, emit, signal: main.signal }
  try {
    const [session, needs, components] = await Promise.all([
      openSession(context),
      allNeeds(repositoryRoot),
      loadComponents(),
    ])
    const before = readContract(repositoryRoot)
    const homes = await withProofContext({ context, component, session, signal: main.signal }, async (proof) =>
      liveHomes(await proof.prometheus(), needs, { components, before }),
    )
    const written = writeContract(repositoryRoot, buildContract(needs, homes))
    main.print(`${written.join('\n')}\n`)
    return ExitCode.done
  } finally {
    end()
  }
}
