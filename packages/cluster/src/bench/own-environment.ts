import { allSettingNames, type Environment, loadSettings } from '@platform/core'

/** Location of the cluster of a benchmark or a test. */
export interface OwnPlace {
  readonly CLUSTER_NAME: string
  /** Absolute. */
  readonly STATE_DIR: string
}

/**
 * The variables that make a command work on a cluster of its own and on no other, to be laid over a process's
 * environment; `undefined` takes a variable away. The person's settings still say where the cache is and where packages
 * and images come from: those of this machine. All else (.env, a subnet, ports, the run that this is part of) is out.
 *
 * @param env the process's environment
 */
export function ownEnvironment(env: Environment, place?: OwnPlace): Environment {
  const { cacheDir, DEBIAN_MIRROR, DEBIAN_KEYRING, IMAGE_ARCHIVES, IMAGE_REGISTRY } = loadSettings({ env })
  return {
    ...Object.fromEntries([...allSettingNames(), 'RUN_DIR'].map((name) => [name, undefined])),
    ENV_FILE: '/dev/null',
    CACHE_DIR: cacheDir,
    DEBIAN_MIRROR,
    DEBIAN_KEYRING,
    IMAGE_ARCHIVES: IMAGE_ARCHIVES.join() || undefined,
    IMAGE_REGISTRY,
    ...place,
  }
}
