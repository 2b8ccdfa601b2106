import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { ReleaseFile } from '../src/release/upstream.ts'

/** What a server does with a path in the place of giving the file. */
export type Misbehaviour = (response: ServerResponse, content: Buffer) => void

export interface ReleaseServer {
  /** For TOOLCHAIN_RELEASE_MIRROR. */
  readonly mirror: string
  /** The paths that were asked for, in order, without the mirror's. */
  readonly asked: string[]
  /** By the end of a path. */
  readonly bad: Map<string, Misbehaviour>
  readonly close: () => Promise<void>
}

/** Serves a folder as a mirror of releases, on loopback. */
export async function serveReleases(folder: string): Promise<ReleaseServer> {
  const asked: string[] = []
  const bad = new Map<string, Misbehaviour>()
  const server: Server = createServer(({ url = '' }, response) => {
    asked.push(url.slice(1))
    const misbehave = [...bad].find(([end]) => url.endsWith(end))?.[1]
    try {
      const content = readFileSync(join(folder, url))
      if (misbehave) misbehave(response, content)
      else response.end(content)
    } catch {
      response.writeHead(404).end('not found')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return { mirror: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, bad, close }
}

/**
 * Lays out a release's file and its checksum as its upstream does.
 *
 * @param contents program → its bytes, or the path of a file
 */
export function layOutRelease(
  folder: string,
  { url, checksums, programs }: ReleaseFile,
  contents: (program: string) => string | Uint8Array,
): void {
  const place = (address: string) => join(folder, address.replace('https://', ''))
  const file = place(url)
  const tree = `${file}.tree`
  mkdirSync(dirname(file), { recursive: true })
  for (const [program, member] of Object.entries(programs)) {
    const target = member === '.' ? file : join(tree, member)
    mkdirSync(dirname(target), { recursive: true })
    const content = contents(program)
    if (typeof content === 'string') cpSync(content, target)
    else writeFileSync(target, content)
    chmodSync(target, 0o755)
  }
  // As upstream packs it: everything below a dot, and fast.
  if (!Object.values(programs).includes('.')) execFileSync('tar', ['-C', tree, '-I', 'gzip -1', '-cf', file, '.'])
  rmSync(tree, { recursive: true, force: true })
  const digest = createHash('sha256')
    .update(new Uint8Array(readFileSync(file)))
    .digest('hex')
  const name = url.slice(url.lastIndexOf('/') + 1)
  writeFileSync(place(checksums), url.includes('dl.k8s.io') ? digest : `${digest}  ${name}\n`)
}
