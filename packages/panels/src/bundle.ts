import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A page's script and style, each as one text. */
export interface Bundle {
  readonly script: string
  readonly style: string
}

/** The pages that are drawn with this package: the report, which has its data in it, and the stand-in's, which asks for it. */
export type PageName = 'report' | 'live'

const here = dirname(fileURLToPath(import.meta.url))

/**
 * Makes a page's script and style of the sources, with uPlot in them: nothing else has to be loaded. The same sources
 * give the same bytes.
 */
export async function bundlePage(name: PageName): Promise<Bundle> {
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'))
  const licence = readFileSync(join(uplot, 'LICENSE'), 'utf8').trim()
  const { outputFiles } = await build({
    entryPoints: [join(here, 'draw', `${name}-page.ts`)],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    // What is handed on has its licence with it.
    banner: { js: `/*! uPlot\n${licence}\n*/` },
    absWorkingDir: here,
    logLevel: 'silent',
  })
  const style = `${readFileSync(join(uplot, 'dist/uPlot.min.css'), 'utf8').trim()}\n${readFileSync(join(here, 'draw/style.css'), 'utf8')}`
  return { script: outputFiles[0]?.text ?? '', style }
}
