import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Runner } from '@platform/core'
import { sha256File } from '@platform/toolchain'
import type { ImageConfig } from './definition.ts'
import type { Owned } from './image-files.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const EPOCH = '1970-01-01T00:00:00Z'

/** Makes tar write the same bytes for the same files, whoever runs it and whenever. */
const REPRODUCIBLE = ['--format=gnu', '--sort=name', '--mtime=@0', '--numeric-owner']

export interface ArchiveInput {
  /** The unpacked image; its owners do not matter. */
  readonly root: string
  readonly owned: readonly Owned[]
  /** In full. */
  readonly reference: string
  readonly config: ImageConfig
  readonly labels: Readonly<Record<string, string>>
  /** An empty folder of ours, on the disk where `file` goes. */
  readonly work: string
  /** The archive to write. */
  readonly file: string
  readonly runner: Runner
  readonly signal?: AbortSignal
}

export interface ArchiveDigests {
  /** Of the manifest, `sha256:…`: what a container runtime shows as the image's digest. */
  readonly digest: string
  /** Of the config: the image's id, which a pod's imageID shows. */
  readonly config: string
}

/**
 * Writes an image as one tar that is both a docker-archive and an OCI layout, so that its manifest's digest is known
 * before anything imports it. The same input gives the same bytes.
 */
export async function writeArchive(input: ArchiveInput): Promise<ArchiveDigests> {
  const { work, file, reference, runner, signal } = input
  const blobs = join(work, 'blobs/sha256')
  mkdirSync(blobs, { recursive: true })
  const layer = await writeLayer(input, blobs)
  const config = writeBlob(blobs, configDocument(input, layer.digest))
  const manifest = writeBlob(blobs, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  })
  const annotations = {
    'io.containerd.image.name': reference,
    'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
  }
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  writeJson(join(work, 'index.json'), { schemaVersion: 2, manifests: [{ mediaType, ...manifest, annotations }] })
  writeJson(join(work, 'oci-layout'), { imageLayoutVersion: '1.0.0' })
  const path = ({ digest }: { digest: string }) => `blobs/sha256/${digest.replace('sha256:', '')}`
  writeJson(join(work, 'manifest.json'), [{ Config: path(config), RepoTags: [reference], Layers: [path(layer)] }])
  // The small documents first: whoever looks for them does not read past the layer.
  const members = ['manifest.json', 'index.json', 'oci-layout', path(config), path(manifest), path(layer)]
  await runner.run(
    ['tar', ...REPRODUCIBLE, '--owner=:0', '--group=:0', '--mode=0644', '-C', work, '-cf', file, ...members],
    {
      signal,
    },
  )
  return { digest: manifest.digest, config: config.digest }
}

async function writeLayer(input: ArchiveInput, blobs: string): Promise<{ digest: string; size: number }> {
  const { root, owned, runner, signal } = input
  const layer = join(blobs, 'layer')
  const inside = ({ path }: Owned) => `.${path}`
  const tar = ['tar', ...REPRODUCIBLE, '-C', root]
  const excludes = owned.map((entry) => `--exclude=${inside(entry)}`)
  const all = ['--owner=:0', '--group=:0', '--anchored', '--no-wildcards', ...excludes, '-cf', layer, '.']
  await runner.run([...tar, ...all], { signal })
  for (const owner of [...new Set(owned.map((entry) => entry.owner))].sort((a, b) => a - b)) {
    const paths = owned.filter((entry) => entry.owner === owner).map(inside)
    const some = [`--owner=:${owner}`, `--group=:${owner}`, '--no-recursion', '-rf', layer, ...paths.sort()]
    await runner.run([...tar, ...some], { signal })
  }
  const digest = await sha256File(layer)
  renameSync(layer, join(blobs, `${digest}`))
  return { digest: `sha256:${digest}`, size: statSync(join(blobs, `${digest}`)).size }
}

function configDocument({ config, labels }: ArchiveInput, diffId: string): unknown {
  const env = { PATH, ...config.env }
  const ports = (config.ports ?? []).map((port) => [port.includes('/') ? port : `${port}/tcp`, {}])
  return {
    architecture: 'amd64',
    os: 'linux',
    created: EPOCH,
    config: {
      ...(config.user && { User: config.user }),
      ...(ports.length && { ExposedPorts: Object.fromEntries(ports) }),
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(config.entrypoint && { Entrypoint: config.entrypoint }),
      ...(config.cmd && { Cmd: config.cmd }),
      WorkingDir: config.workdir ?? '/',
      Labels: Object.fromEntries(Object.entries(labels).sort()),
    },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created: EPOCH, created_by: 'observable-platform' }],
  }
}

function writeBlob(blobs: string, document: unknown): { digest: string; size: number } {
  const text = JSON.stringify(document)
  const digest = createHash('sha256').update(text).digest('hex')
  writeFileSync(join(blobs, digest), text)
  return { digest: `sha256:${digest}`, size: Buffer.byteLength(text) }
}

function writeJson(file: string, document: unknown): void {
  rmSync(file, { force: true })
  writeFileSync(file, JSON.stringify(document))
}
