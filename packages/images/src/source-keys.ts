import { createHash } from 'node:crypto'
import type { Runner, Settings } from '@platform/core'
import { goProgramKey } from '@platform/toolchain'
import type { ImageDefinition } from './definition.ts'
import { FORMAT } from './image-cache.ts'
import { readArchives } from './operator-archives.ts'
import { normalizeReference } from './reference.ts'

/**
 * A key for each image that changes with what the image is made from: its definition, the sources of its Go programs, and
 * the archive of IMAGE_ARCHIVES that has it. It is known before the image is built or pulled, and asks no registry.
 *
 * @returns key by full reference, 12 hexadecimal digits each
 * @throws PlatformError INVALID_IMAGE_ARCHIVE
 */
export async function imageSourceKeys(
  definitions: readonly ImageDefinition[],
  settings: Pick<Settings, 'IMAGE_ARCHIVES' | 'REQUIRE_UPSTREAM'>,
  runner: Runner,
): Promise<ReadonlyMap<string, string>> {
  if (!definitions.length) return new Map()
  const archives = await readArchives(settings.IMAGE_ARCHIVES, runner)
  return new Map(
    definitions.map((definition) => {
      const reference = normalizeReference(definition.upstream)
      const recipes = [definition.rebuilt, definition.standIn]
      const programs = recipes.flatMap((recipe) =>
        (recipe?.sources ?? []).flatMap((source) => (source.kind === 'go' ? [goProgramKey(source)] : [])),
      )
      const { REQUIRE_UPSTREAM } = settings
      const archive = archives.get(reference)?.config
      const all = JSON.stringify({ FORMAT, definition, programs, REQUIRE_UPSTREAM, archive })
      return [reference, createHash('sha256').update(all).digest('hex').slice(0, 12)]
    }),
  )
}
