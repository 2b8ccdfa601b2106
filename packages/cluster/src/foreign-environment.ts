/**
 * Variables by which Helm is led to another cluster, user, namespace or store than its kubeconfig says. They win over
 * KUBECONFIG, so none of them gets to a Helm of ours: not the engine's, not that of `pnpm helm` and the shells.
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

/** An environment that takes them out. */
export function withoutForeign(): Record<string, undefined> {
  return Object.fromEntries(foreignVariables.map((name) => [name, undefined]))
}
