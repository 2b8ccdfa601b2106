export type { Suite } from './apt-config.ts'
export * from './unpack.ts'
