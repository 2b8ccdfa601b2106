import type { Api, Kubectl, Manifest } from '@platform/cluster'
import type { Emit, Runner, Settings } from '@platform/core'
import type { ComponentIdentity, Endpoint, Values } from './identity.ts'

/** An HTTP response of any status. */
export interface HttpResponse {
  readonly status: number
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Basic authentication. */
  readonly login?: { readonly user: string; readonly password: string }
  /** TLS to the websecure port. The certificate is not verified, because the default one is self-signed. */
  readonly tls?: boolean
  /** Reuses connections of earlier keep-alive requests of the same check, as a browser does. Ignored with TLS. */
  readonly keepAlive?: boolean
}

/** One series of a query result. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Queries Prometheus through the API server, so that it needs no ingress and no port. */
export interface PrometheusClient {
  /** An instant query. A scalar becomes one sample without labels. Throws with the error message of Prometheus. */
  query(promql: string): Promise<readonly Sample[]>
  /** GET on its HTTP API below `/api/v1/`. Returns the `data` of the response. */
  get<T>(path: string): Promise<T>
}

/**
 * Access to the running system for checks, drills and password changes. Every object it creates is labelled and deleted
 * afterwards, also after a failure.
 */
export interface ProofContext {
  readonly settings: Settings
  readonly component: ComponentIdentity
  /** The deployed values of the release, including the chart's defaults. */
  readonly values: Values
  readonly api: Api
  readonly kubectl: Kubectl
  readonly runner: Runner
  readonly emit: Emit
  /** Aborted at the check's timeout, and with the run. */
  readonly signal: AbortSignal
  /** The endpoint of the deployed component that provides the capability, if there is one. */
  endpoint(capability: string): Promise<Endpoint | undefined>
  /** @throws CheckSkipped when no deployed component provides Prometheus */
  prometheus(): Promise<PrometheusClient>
  /** One HTTP request to the ingress' load balancer with this Host header. It does not use DNS for the host. */
  ingress(host: string, path: string, request?: HttpRequest): Promise<HttpResponse>
  /** One HTTP request to a Service through the API server's proxy, which drops the Authorization header. */
  service(endpoint: Endpoint, path: string, request?: HttpRequest): Promise<HttpResponse>
  /** The decoded value of a Secret's key. Default namespace: the component's. Throws when it does not exist. */
  secret(name: string, key: string, namespace?: string): Promise<string>
  /** Runs a command in a container. Pass secrets by `input`, its stdin. */
  exec(
    pod: { readonly namespace: string; readonly name: string; readonly container?: string },
    command: readonly string[],
    options?: { readonly input?: string },
  ): Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>
  /** Names of the running, ready pods that a label selector matches. Default namespace: the component's. */
  pods(selector: string, namespace?: string): Promise<readonly string[]>
  /** Forwards a port of a Service to this machine while the check runs. */
  forward(endpoint: Endpoint): Promise<{ readonly host: string; readonly port: number }>
  /**
   * Creates objects and deletes them after the check. A manifest with `generateName` gets a unique name. Returns the objects
   * as the API server stored them.
   */
  temporary(...objects: readonly Manifest[]): Promise<readonly Manifest[]>
  /** Polls until the result is not undefined, or until the check times out. */
  until<T>(subject: string, poll: () => Promise<T | undefined>, everyMs?: number): Promise<T>
}
