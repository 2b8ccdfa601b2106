import type { KubeList, KubeObject, Manifest } from './objects.ts'

/** An error response of the API server. */
export class ApiError extends Error {
  /** The HTTP status. */
  readonly status: number
  /** `NotFound`, `Conflict`, `Invalid`, …: the reason of its Status object; empty when it sent none. */
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.reason = reason
  }
}

export interface ApiRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T
}

/** Where an object is, without its path: its kind is looked up in the API server's discovery. */
export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** One resource that the API server serves. */
export interface ApiResource {
  readonly apiVersion: string
  readonly kind: string
  /** Plural: `deployments`. */
  readonly resource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/**
 * The API server over a keep-alive connection, without a process per request. Supports every authentication of kubectl.
 * Paths begin with `/api/v1/…` or `/apis/…`.
 */
export interface Api {
  /** Any request, any status. Throws only if there is no response. */
  request(path: string, request?: ApiRequest): Promise<ApiAnswer>
  /** An object. Throws ApiError. */
  get<T = Manifest>(path: string): Promise<T>
  /** An object, or undefined if it (or its kind, or its namespace) does not exist. */
  find<T = Manifest>(path: string): Promise<T | undefined>
  list<T = KubeObject>(
    path: string,
    selectors?: { readonly labels?: string; readonly fields?: string },
  ): Promise<KubeList<T>['items']>
  /** Events from now on (after a first ADDED for each object that is there), until the signal. */
  watch<T = KubeObject>(
    path: string,
    signal: AbortSignal,
    selectors?: { readonly labels?: string },
  ): AsyncIterable<WatchEvent<T>>
  /** The path of an object, and of its collection, by discovery. Throws ApiError NotFound for an unknown kind. */
  pathOf(object: ObjectReference): Promise<string>
  collectionOf(object: Pick<ObjectReference, 'apiVersion' | 'kind'>, namespace?: string): Promise<string>
  /** All resources that are served, each at its group's preferred version. */
  resources(): Promise<readonly ApiResource[]>
  create<T extends Manifest>(object: T): Promise<T>
  /** Server-side apply as this field manager; `force` takes fields back from others. */
  apply<T extends Manifest>(object: T, options: { readonly manager: string; readonly force?: boolean }): Promise<T>
  patch<T = Manifest>(path: string, body: unknown, type?: 'merge' | 'json' | 'strategic'): Promise<T>
  /** Ignores NotFound. */
  delete(path: string, options?: { readonly propagation?: 'Background' | 'Foreground' | 'Orphan' }): Promise<void>
  close(): void
}
