import type { Api, Kubectl, Manifest } from '@platform/cluster'
import type { Emit, Runner, Settings } from '@platform/core'
import type { ComponentIdentity, Endpoint, Values } from './identity.ts'

/** An answer over HTTP, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Basic authentication. */
  readonly login?: { readonly user: string; readonly password: string }
  /** TLS to the websecure port; its certificate is not checked (the default one is self-signed). */
  readonly tls?: boolean
  /** Reuses the connections of earlier such requests of the same check, as a browser does. Ignored with TLS. */
  readonly keepAlive?: boolean
}

/** One series of an instant query, or one of a range query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Prometheus, asked through the API server: no ingress and no port is needed for it. */
export interface PrometheusClient {
  /** An instant query: a vector's samples, or the scalar as one without labels. Throws with Prometheus' own words. */
  query(promql: string): Promise<readonly Sample[]>
  /** GET on its HTTP API, below `/api/v1/`: the `data` of the answer. */
  get<T>(path: string): Promise<T>
}

/**
 * What checks, drills and password changes work with. Everything it makes is labelled and taken away again, after a
 * failure too.
 */
export interface ProofContext {
  readonly settings: Settings
  readonly component: ComponentIdentity
  /** The release's values as they are deployed, the chart's defaults included. */
  readonly values: Values
  readonly api: Api
  readonly kubectl: Kubectl
  readonly runner: Runner
  readonly emit: Emit
  /** Aborted when the time of the check is over, and with the run. */
  readonly signal: AbortSignal
  /** Where a capability is served: that of the component that provides it and is deployed; undefined: nobody. */
  endpoint(capability: string): Promise<Endpoint | undefined>
  /** Prometheus; throws NotDeployed when no component provides it (the check is then skipped, and said so). */
  prometheus(): Promise<PrometheusClient>
  /** One HTTP request to the address of the ingress' load balancer, with this Host header; DNS is not asked. */
  ingress(host: string, path: string, request?: HttpRequest): Promise<HttpAnswer>
  /** One HTTP request to a Service through the API server's proxy. Its Authorization header does not get through. */
  service(endpoint: Endpoint, path: string, request?: HttpRequest): Promise<HttpAnswer>
  /** A key of a Secret, decoded; of the component's namespace unless one is named. Throws when it is not there. */
  secret(name: string, key: string, namespace?: string): Promise<string>
  /** Runs a command in a container; `input` is its stdin: the way for secrets. */
  exec(
    pod: { readonly namespace: string; readonly name: string; readonly container?: string },
    command: readonly string[],
    options?: { readonly input?: string },
  ): Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>
  /** The names of the running, ready pods of a label selector in the component's namespace (or the one named). */
  pods(selector: string, namespace?: string): Promise<readonly string[]>
  /** Forwards a port of a Service to this machine as long as the check runs. */
  forward(endpoint: Endpoint): Promise<{ readonly host: string; readonly port: number }>
  /**
   * Makes objects for the length of this check, and takes them away after it. Names get a suffix of their own where the
   * manifest has `generateName`. Returns them as the API server has them.
   */
  temporary(...objects: readonly Manifest[]): Promise<readonly Manifest[]>
  /** Asks until the answer is not undefined or the time is over: for what takes its time by design. */
  until<T>(what: string, ask: () => Promise<T | undefined>, everyMs?: number): Promise<T>
}
