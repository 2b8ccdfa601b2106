export type { Suite } from './apt-config.ts'
export * from './sha256-file.ts'
export * from './unpack.ts'
