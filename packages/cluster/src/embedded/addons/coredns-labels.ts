/** What every object of the cluster's DNS is labelled with. */
export const corednsLabels = {
  'app.kubernetes.io/name': 'coredns',
  'app.kubernetes.io/managed-by': 'platform',
}
