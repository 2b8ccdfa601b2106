import { readFileSync } from 'node:fs'
import type { Settings } from '@platform/core'
import type { ComponentIdentity } from '../component/identity.ts'
import { overlayFiles } from './overlay-files.ts'

/** Whether an overlay replaces our chart with another. Does not load YAML. */
export function replacesChart(component: Pick<ComponentIdentity, 'name'>, settings: Settings, root: string): boolean {
  const files = overlayFiles(component.name, settings, root)
  return files.some((file) => /^["']?chart["']?\s*:(?!\s*(null|~)\s*(#.*)?$)/m.test(readFileSync(file, 'utf8')))
}
