import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryRoot } from '@platform/core'
import { type TestCluster, testCluster } from '../../../cluster/test/support/test-cluster.ts'

/** The platform as a user has it, on a cluster of the test's own: an env file, overlays, and what is typed. */
export interface Platform {
  readonly cluster: TestCluster
  /** For files of the test's own; goes with it. */
  readonly folder: string
  /** Changes lines of the env file; undefined takes one away. */
  configure(lines: Readonly<Record<string, string | undefined>>): void
  /** Writes a file of an overlay of the test's own, a folder under values/ that goes with the test. Returns its name. */
  overlay(file: string, text: string): string
  /** `pnpm run <words> --json`: its document, and what it said meanwhile. Throws at any other exit code than this. */
  run<T>(words: readonly string[], exitCode?: number): Promise<{ document: T; said: string }>
  /** A command line in the shell that `pnpm shell` opens, in the test's folder. */
  shell(line: string): Promise<{ stdout: string; stderr: string; exitCode: number }>
  /** A key of a Secret, decoded. */
  secret(namespace: string, name: string, key: string): Promise<string>
  /** The address of the ingress' load balancer. */
  address(): Promise<string>
  /** Takes everything away, whatever there is of it. */
  remove(): Promise<void>
}

/** By what they prove; they are asked in this order, each on what the one before it left. */
export type Rows = Readonly<Record<string, (platform: Platform) => Promise<void>>>

/** Nothing is started yet. */
export function platformSubject(name: string): Platform {
  const folder = mkdtempSync(join(tmpdir(), `platform-${name}-`))
  const envFile = join(folder, 'test.env')
  writeFileSync(envFile, '')
  const cluster = testCluster(name, { ENV_FILE: envFile, SHELL: '/bin/sh' })
  const overlay = `e2e-${randomBytes(4).toString('hex')}`
  const overlayFolder = join(repositoryRoot, 'values', overlay)
  let settings: Readonly<Record<string, string | undefined>> = {}
  return {
    cluster,
    folder,
    configure(lines) {
      settings = { ...settings, ...lines }
      const text = Object.entries(settings).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}='${value}'`],
      )
      writeFileSync(envFile, `${text.join('\n')}\n`)
    },
    overlay(file, text) {
      mkdirSync(overlayFolder, { recursive: true })
      writeFileSync(join(overlayFolder, file), text)
      return overlay
    },
    async run<T>(words: readonly string[], wanted = 0) {
      const { exitCode, stdout, stderr } = await cluster.pnpm(['run', ...words, '--json'])
      if (exitCode === wanted) return { document: JSON.parse(stdout) as T, said: stderr }
      throw new Error(`pnpm ${words.join(' ')} ended with ${exitCode}, not ${wanted}\n${stderr}\n${stdout}`)
    },
    shell: (line) => cluster.pnpm(['shell', '-c', `cd '${folder}' && ${line}`]),
    async secret(namespace, secret, key) {
      const { data } = await cluster
        .kubectl()
        .json<{ data: Record<string, string> }>(['get', 'secret', secret, '-n', namespace])
      return Buffer.from(data[key] ?? '', 'base64').toString()
    },
    async address() {
      const words = ['get', 'service', 'traefik-ingress', '-n', 'kube-system', '-o']
      const { stdout } = await cluster.kubectl().run([...words, 'jsonpath={.status.loadBalancer.ingress[0].ip}'])
      return stdout
    },
    async remove() {
      try {
        await cluster.remove()
      } finally {
        rmSync(overlayFolder, { recursive: true, force: true })
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}
