import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Runner } from '@platform/core'
import type { ImageFile } from './definition.ts'

/** A path in the image that is not root's. */
export interface Owned {
  readonly path: string
  readonly owner: number
}

/**
 * Puts a source's extra files into an unpacked image.
 *
 * @param root the folder that becomes the image's `/`
 * @returns what belongs to someone other than root; the archive gives it its owner
 */
export async function placeFiles(root: string, files: readonly ImageFile[], runner: Runner): Promise<Owned[]> {
  const owned: Owned[] = []
  for (const file of files) {
    const path = join(root, file.path)
    mkdirSync(dirname(path), { recursive: true })
    if ('link' in file) {
      rmSync(path, { force: true })
      symlinkSync(file.link, path)
    } else if ('from' in file) {
      renameSync(join(root, file.from), path)
    } else if ('text' in file) {
      writeFileSync(path, file.text)
      chmodSync(path, file.mode ?? 0o644)
    } else if ('folder' in file) {
      mkdirSync(path, { recursive: true })
      chmodSync(path, file.mode ?? 0o755)
      if (file.owner) owned.push({ path: file.path, owner: file.owner })
    } else if ('concatenate' in file) {
      writeFileSync(path, concatenated(join(root, file.concatenate)))
    } else {
      await linkApplets(path, join(root, file.applets), runner)
    }
  }
  return owned
}

function concatenated(dir: string): string {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.map((name) => join(dir, name)).filter((file) => lstatSync(file).isFile())
  return files.map((file) => `${readFileSync(file, 'utf8').trimEnd()}\n`).join('')
}

async function linkApplets(dir: string, busybox: string, runner: Runner): Promise<void> {
  mkdirSync(dir, { recursive: true })
  const { stdout } = await runner.run([busybox, '--list'])
  const target = relative(dir, busybox) || basename(busybox)
  for (const applet of stdout.split('\n').filter(Boolean)) {
    const path = join(dir, applet)
    if (!existsSync(path)) symlinkSync(target, path)
  }
}
