import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, PlatformError } from '@platform/core'
import type { Access } from '../target.ts'

/** A `kubectl proxy` that runs for us. */
export interface ProxyProcess {
  /** Its UNIX socket, in a folder that only this user may enter. */
  readonly socket: string
  end(): void
}

const startMs = 15_000

/**
 * Runs kubectl and waits for the end of its own stdin, which is our end whatever it is, SIGKILL too. Then it ends kubectl
 * and takes the folder away. stdout is kubectl's alone, so that its end is seen.
 */
const guard = `"$@" </dev/null & exec >&- 2>&-; read -r _; kill $! ; wait; rm -rf -- "$0"`

/** @throws PlatformError API_UNREACHABLE with what kubectl said */
export async function startProxy({ kubectl, kubeconfig, context }: Access): Promise<ProxyProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'platform-api-')) // mode 0700
  const socket = join(folder, 'socket')
  const words = [kubectl, 'proxy', `--unix-socket=${socket}`, ...(context ? ['--context', context] : [])]
  const child = spawn('/bin/sh', ['-c', guard, folder, ...words], {
    // Ctrl-C must not end it before our last questions (what to clean up) are answered.
    detached: true,
    env: { ...environment(), KUBECONFIG: kubeconfig, KUBECTL_KUBERC: 'false', KUBERC: 'off' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const end = () => {
    process.off('exit', end)
    child.stdin.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', end)
  try {
    await new Promise<void>((resolve, reject) => {
      let said = ''
      const timer = setTimeout(() => reject(new Error(`kubectl proxy does not start: ${said}`)), startMs)
      const hear = (chunk: Buffer) => {
        said += chunk.toString()
        if (!said.includes('Starting to serve')) return
        clearTimeout(timer)
        resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('error', reject)
      child.stdout.once('end', () => reject(new Error(said.trim() || 'kubectl proxy ended')))
    })
  } catch (error) {
    end()
    throw new PlatformError('API_UNREACHABLE', `no way to the API server: ${(error as Error).message}`, {
      cause: error,
    })
  }
  // A process that has nothing else to do may end; the guard sees it.
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref()
  return { socket, end }
}
