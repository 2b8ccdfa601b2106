import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders, type Settings, usageError } from '@platform/core'

/**
 * The overlay files of a component, absolute, in the order of VALUES.
 *
 * @throws PlatformError INVALID_OVERLAY, exit code 2: an overlay that does not exist, or a file of no component
 */
export function overlayFiles(component: string, { VALUES }: Pick<Settings, 'VALUES'>, root: string): string[] {
  const folder = join(root, 'values')
  const problems = VALUES.flatMap((overlay) => overlayProblems(overlay, folder, root, component))
  if (problems.length) {
    const there = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []
    const names = there.filter((each) => each.isDirectory()).map(({ name }) => name)
    throw usageError(
      'INVALID_OVERLAY',
      `VALUES=${VALUES.join(',')}: ${problems.join('; ')}`,
      `VALUES=${names.join(',') || 'default'} would name the existing folders`,
    )
  }
  return VALUES.map((overlay) => join(folder, overlay, `${component}.yaml`)).filter(existsSync)
}

function overlayProblems(overlay: string, folder: string, root: string, component: string): string[] {
  if (!/^[\w][\w.-]*$/.test(overlay)) return [`"${overlay}" is not a folder name under values/`]
  const path = join(folder, overlay)
  if (!existsSync(path)) return [`there is no folder values/${overlay}`]
  const known = new Set([component, ...packageFolders(root).map(({ name }) => name)])
  return readdirSync(path).flatMap((file) => {
    const [, name = '', ending] = /^(.*)\.(ya?ml)$/.exec(file) ?? []
    if (!ending) return []
    if (ending === 'yml') return [`values/${overlay}/${file} is not read: rename it to ${name}.yaml`]
    return known.has(name) ? [] : [`values/${overlay}/${file}: unknown component "${name}"`]
  })
}
