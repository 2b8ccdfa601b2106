import { type Containerd, ctrCommand } from './containerd-images.ts'
import { ImageLoadError } from './image-load-error.ts'
import type { ResolvedImage } from './resolve.ts'

/** A pull that has brought nothing new for this long, in ms, is given up. */
const STALL_MS = 60_000

/** How often a pull says how far it is, in ms. */
const SAY_MS = 5_000

export interface PullOptions extends Containerd {
  readonly progress: (message: string) => void
  /** In ms. Default: a minute. */
  readonly stallMs?: number
}

/**
 * Lets a containerd pull an image, from its registry or the mirror, under the upstream's reference. It may take as long
 * as it needs while something comes.
 *
 * @throws PlatformError IMAGE_PULL_FAILED, also for a pull that stands still
 */
export async function pullImage(
  { reference, pull: from = reference }: Pick<ResolvedImage, 'reference' | 'pull'>,
  options: PullOptions,
): Promise<void> {
  const { runner, signal, progress, stallMs = STALL_MS } = options
  signal?.throwIfAborted()
  const end = new AbortController()
  const onAbort = () => end.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const news = newsReader()
  let last = performance.now()
  let stalled = false
  const look = () => {
    const still = performance.now() - last
    if (still >= stallMs) {
      stalled = true
      end.abort()
    } else progress(still < SAY_MS ? news.said : `${news.said}, nothing new for ${Math.round(still / 1000)} s`)
  }
  const timer = setInterval(look, Math.min(SAY_MS, stallMs / 4))
  const onLine = (line: string) => {
    if (news.isNew(line)) last = performance.now()
  }
  try {
    const result = await runner.probe(ctrCommand(options, 'images', 'pull', from), { signal: end.signal, onLine })
    signal?.throwIfAborted()
    if (result.exitCode !== 0) {
      const said = result.stderr.trim().split('\n').slice(-3).join('\n')
      const why = stalled ? `nothing came for ${stallMs / 1000} s (${news.said})` : said
      throw new ImageLoadError('IMAGE_PULL_FAILED', `${from} could not be pulled:\n${why}`, reference)
    }
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  if (from !== reference) await runner.run(ctrCommand(options, 'images', 'tag', '--force', from, reference), { signal })
}

/** Tells what is new in the lines of `ctr images pull`, which repeats all of them, with the time, while a layer unpacks. */
function newsReader(): { isNew(line: string): boolean; readonly said: string } {
  const seen = new Set<string>()
  let said = 'asking the registry'
  return {
    isNew(line) {
      const [what = '', total] = line.split(/\s*elapsed:.*?total:/)
      const bytes = total?.replace(/\(.*/, '').trim()
      if (bytes && !/^0(\.0)? ?B?$/.test(bytes)) said = `${bytes} so far`
      const content = `${what.trim()} ${bytes ?? ''}`
      return seen.size !== seen.add(content).size
    },
    get said() {
      return said
    },
  }
}
