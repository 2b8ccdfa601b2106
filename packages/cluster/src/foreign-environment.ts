/**
 * Variables that point Helm at another cluster, user, namespace or storage driver. They take precedence over KUBECONFIG,
 * so they are removed for every Helm that the platform runs: in the engine, `pnpm helm` and the shells.
 */
export const foreignVariables: readonly string[] = [
  'HELM_DRIVER',
  'HELM_DRIVER_SQL_CONNECTION_STRING',
  'HELM_KUBEAPISERVER',
  'HELM_KUBEASGROUPS',
  'HELM_KUBEASUSER',
  'HELM_KUBECAFILE',
  'HELM_KUBECONTEXT',
  'HELM_KUBEINSECURE_SKIP_TLS_VERIFY',
  'HELM_KUBETLS_SERVER_NAME',
  'HELM_KUBETOKEN',
  'HELM_NAMESPACE',
]

/** An environment that unsets these variables. */
export function withoutForeign(): Record<string, undefined> {
  return Object.fromEntries(foreignVariables.map((name) => [name, undefined]))
}
