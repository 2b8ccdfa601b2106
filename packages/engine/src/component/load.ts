import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { discoverUnits, repositoryRoot } from '@platform/core'
import type { Component } from './component.ts'

const loaded = new Map<string, Promise<readonly Component[]>>()

/** The components of a checkout, dependencies first: packages with `"platform": {"component": true}`. */
export function loadComponents(root: string = repositoryRoot): Promise<readonly Component[]> {
  const known = loaded.get(root)
  if (known) return known
  const units = discoverUnits(root).filter(({ isComponent }) => isComponent)
  const components = Promise.all(units.map(({ directory }) => loadComponent(directory)))
  loaded.set(root, components)
  return components
}

/** The `component` that a package exports from src/component.ts. */
export async function loadComponent(directory: string): Promise<Component> {
  const file = join(directory, 'src', 'component.ts')
  const { component } = (await import(pathToFileURL(file).href)) as { component?: Component }
  if (!component) throw new Error(`${file} must export \`component\``)
  return component
}
