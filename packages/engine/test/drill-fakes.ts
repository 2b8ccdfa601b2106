import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '@platform/cluster'
import { type Check, CheckSkipped, loadSettings, systemRunner, type Unit } from '@platform/core'
import type { DrillWork } from '../src/drill/work.ts'
import type { Session } from '../src/session/session.ts'

/** A check that passes, is skipped (`skip`), or fails with this message. */
export function fakeCheck(id: string, failure?: string, ms = 0, executed: string[] = []): Check {
  return {
    ...{ id, name: id, timeoutMs: 1000 },
    async run() {
      executed.push(id)
      await sleep(ms)
      if (failure === 'skip') throw new CheckSkipped('no provider')
      if (failure) throw new Error(failure)
      return 'fine'
    },
  }
}

/** The context of a drill, without a cluster. */
export function drillWork(
  given: Partial<Omit<DrillWork, 'unit'>> & { readonly unit?: Pick<Unit, 'plan' | 'up'> },
): DrillWork {
  const settings = loadSettings({ env: { HOME: '/home/test' }, root: '/nowhere' })
  const context = { settings, runner: systemRunner, emit: () => {}, signal: new AbortController().signal }
  const api = { request: async () => ({ status: 200, headers: {}, body: '{"items":[]}' }) } as unknown as Api
  const component = { name: 'fake', directory: '/nowhere', release: 'fake', namespace: 'fake' }
  return {
    ...{ component, context, session: { api, kubectl: {} } as Session, stop: new AbortController().signal },
    ...{
      progress: () => {},
      emit: () => {},
      prepareChecks: async () => ({ checks: [], closed: async () => {} }),
    },
    ...given,
    unit: (given.unit ?? {}) as Unit,
  }
}
