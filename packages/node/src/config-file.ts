import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { NodeConfig } from './config.ts'

/** Reads a node's config; undefined when there is none or the file is damaged (an editor, a crash of the machine). */
export function readConfigFile(file: string): NodeConfig | undefined {
  const config = readJson<Partial<NodeConfig>>(file)
  const whole = config?.id && config.paths?.bin && config.network?.subnet && Array.isArray(config.forwards)
  return whole ? (config as NodeConfig) : undefined
}

/** Writes a node's config, all of it or nothing. */
export function writeConfigFile(file: string, config: NodeConfig): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The content of a JSON file; undefined when it is not there or is no JSON. */
export function readJson<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined // a crash of the machine can leave an empty file: as good as none
  }
}
