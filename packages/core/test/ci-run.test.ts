import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { environment } from '../src/environment.ts'
import { repositoryRoot } from '../src/paths.ts'

const test = suite('.ci/run ends with a count')
const folder = mkdtempSync(join(tmpdir(), 'ci-run-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const failure = 'echo " ELIFECYCLE  Command failed with exit code 1." >&2; exit 1'
const success = 'echo checked'

interface Row {
  /** Shell scripts in place of `pnpm lint` and `pnpm test`. */
  readonly lint: string
  readonly test: string
  /** Shell script in place of `pnpm smoke`; default: no failure. */
  readonly smoke?: string
  readonly last: string
  readonly code: number
}

const rows: Record<string, Row> = {
  'everything passes': { lint: success, test: 'echo "12 passed, 0 failed"', last: '12 passed, 0 failed', code: 0 },
  'some are skipped': {
    lint: success,
    test: 'echo "12 passed, 0 failed, 2 skipped"',
    last: '12 passed, 0 failed, 2 skipped',
    code: 0,
  },
  'a test fails, and pnpm writes after the count': {
    lint: success,
    test: `echo "11 passed, 1 failed"; ${failure}`,
    last: '11 passed, 1 failed',
    code: 1,
  },
  'the checks fail: no test runs': {
    lint: failure,
    test: 'echo "12 passed, 0 failed"',
    last: '0 passed, 1 failed',
    code: 1,
  },
  'the tests end without a count': { lint: success, test: 'exit 7', last: '0 passed, 1 failed', code: 7 },
  'the tests exit with 0 but without a count': { lint: success, test: 'true', last: '0 passed, 1 failed', code: 1 },
  'the count has no failure, but the command fails': {
    lint: success,
    test: `echo "12 passed, 0 failed"; ${failure}`,
    last: '12 passed, 1 failed',
    code: 1,
  },
  'the count has a failure, but the command exits with 0': {
    lint: success,
    test: 'echo "11 passed, 1 failed"',
    last: '11 passed, 1 failed',
    code: 1,
  },
  'the count of the smoke run is added': {
    lint: success,
    test: 'echo "12 passed, 0 failed, 2 skipped"',
    smoke: 'echo "✓ up"; echo "5 passed, 0 failed"',
    last: '17 passed, 0 failed, 2 skipped',
    code: 0,
  },
  'a step of the smoke run fails': {
    lint: success,
    test: 'echo "12 passed, 0 failed"',
    smoke: `echo "3 passed, 2 failed"; ${failure}`,
    last: '15 passed, 2 failed',
    code: 1,
  },
  'the smoke run ends without a count': {
    lint: success,
    test: 'echo "12 passed, 0 failed"',
    smoke: 'exit 2',
    last: '12 passed, 1 failed',
    code: 2,
  },
  'a test fails, and smoke still runs': {
    lint: success,
    test: `echo "11 passed, 1 failed"; ${failure}`,
    smoke: 'echo "5 passed, 0 failed"',
    last: '16 passed, 1 failed',
    code: 1,
  },
  'CI is set and stdin is empty': {
    lint: 'test "$CI" = true',
    test: 'test -z "$(cat)" && echo "1 passed, 0 failed"',
    last: '1 passed, 0 failed',
    code: 0,
  },
}

for (const [name, row] of Object.entries(rows)) {
  test(name, () => {
    const npx = join(folder, 'npx')
    writeFileSync(
      npx,
      `#!/bin/sh\ncase "$3" in\nlint) ${row.lint} ;;\ntest) ${row.test} ;;\nsmoke) ${row.smoke ?? 'echo "0 passed, 0 failed"'} ;;\nesac\n`,
    )
    chmodSync(npx, 0o755)
    const { CI: _, PATH = '', ...env } = environment()
    const { status, stdout } = spawnSync(join(repositoryRoot, '.ci/run'), {
      encoding: 'utf8',
      env: { ...env, PATH: [folder, PATH].join(delimiter) },
      input: 'an answer',
      timeout: 30_000,
    })
    const lines = stdout.trimEnd().split('\n')
    assert.is(lines.at(-1), row.last, stdout)
    assert.is(lines.filter((line) => /\d passed, \d+ failed/.test(line)).length, 1, stdout)
    assert.is(status, row.code)
  })
}

test.run()
