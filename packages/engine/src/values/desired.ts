import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { repositoryRoot, type Settings, systemRunner, usageError } from '@platform/core'
import { atMirror, imageSourceKeys, normalizeReference } from '@platform/images'
import { parse } from 'yaml'
import type { Component } from '../component/component.ts'
import type { Values } from '../component/identity.ts'
import { imagesOf } from '../component/images.ts'
import { ignoredProblems } from './ignored.ts'
import { isRecord, mergeValues, withoutNulls } from './merge.ts'
import { overlayFiles } from './overlay-files.ts'
import { readOverlays } from './read-overlays.ts'
import { releaseFingerprint } from './release-fingerprint.ts'
import type { DesiredRelease } from './types.ts'
import { overlayProblems, valuesProblems } from './validate.ts'

/**
 * The desired release of a component. The layers of its values, lowest first: the chart's defaults (added by Helm), the
 * component's presets, the overlays, values that settings decide and overlays cannot change, the engine's own. Loads YAML
 * and the schema validator, so it is called only if the inputs changed.
 *
 * @throws PlatformError INVALID_VALUES, exit code 2, that lists all problems in all files
 */
export async function desiredRelease(
  component: Component,
  settings: Settings,
  root: string = repositoryRoot,
): Promise<DesiredRelease> {
  const files = overlayFiles(component.name, settings, root)
  const { own, foreign, chart, problems } = readOverlays(files, root)
  const schema = join(component.directory, 'chart', 'values.schema.json')
  refuse([...problems, ...overlayProblems(schema, own)], component)
  if (chart) {
    const values = mergeValues(...foreign.map((overlay) => overlay.values))
    return { fingerprint: releaseFingerprint(component, chart, values), chart, values, overlays: files }
  }
  const defaults = chartDefaults(component)
  const above = (await component.values?.({ settings, root, overlays: own })) ?? {}
  refuse(ignoredProblems(own, above, component.decides), component)
  const below = component.presets?.(settings) ?? {}
  const layers = mergeValues(below, ...own.map((overlay) => overlay.values), above)
  const values = mergeValues(layers, await engineValues(component, settings, mergeValues(defaults, layers)))
  const wrong = valuesProblems(schema, withoutNulls(mergeValues(defaults, values)))
  const sources = [...own.map(({ file }) => file), relative(root, join(component.directory, 'src/component.ts'))]
  refuse(
    wrong.map((problem) => `${sources.join(' and ')} together: ${problem}`),
    component,
  )
  const ownChart = { kind: 'own', path: join(component.directory, 'chart') } as const
  return { fingerprint: releaseFingerprint(component, ownChart, values), chart: ownChart, values, overlays: files }
}

/** The chart's own values.yaml. */
export function chartDefaults({ directory }: Component): Values {
  const values: unknown = parse(readFileSync(join(directory, 'chart', 'values.yaml'), 'utf8'))
  return isRecord(values) ? values : {}
}

/** Values that no overlay can change: the target, the sources of the images, and where a cluster pulls them from. */
async function engineValues(component: Component, settings: Settings, merged: Values): Promise<Values> {
  const { TARGET: target, IMAGE_REGISTRY: mirror } = settings
  const images = isRecord(merged.images) ? merged.images : {}
  if (target === 'context') {
    const mirrored = Object.entries(images).map(([name, image]) => [name, atMirror(String(image), mirror)])
    return { global: { images: {}, target }, ...(mirror && { images: Object.fromEntries(mirrored) }) }
  }
  const keys = await imageSourceKeys(await imagesOf(component), settings, systemRunner)
  const used = Object.values(images).map(String)
  const sources = used.flatMap((reference) => {
    const source = keys.get(normalizeReference(reference))
    return source ? [[reference, { source }]] : []
  })
  return { global: { images: Object.fromEntries(sources), target } }
}

function refuse(problems: readonly string[], component: Component): void {
  if (!problems.length) return
  throw usageError(
    'INVALID_VALUES',
    `${problems.length === 1 ? 'a value' : `${problems.length} values`} of ${component.name} cannot be used:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    `every value is described in packages/${component.name}/chart/values.yaml`,
  )
}
