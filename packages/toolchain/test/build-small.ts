/** Builds one small unit for real, as its own process: what toolchain.e2e.ts interrupts, starves and races. */
import { loadSettings, runMain, systemRunner } from '@platform/core'
import { buildToolchain } from '../src/build.ts'
import { units } from '../src/units.ts'

await runMain(async ({ env, signal, print }) => {
  const result = await buildToolchain({
    settings: loadSettings({ env }),
    runner: systemRunner,
    units: units.filter(({ name }) => name === 'cni'),
    emit: (event) => void process.stderr.write(`${JSON.stringify(event)}\n`),
    signal,
  })
  print(JSON.stringify(result))
  return 0
})
