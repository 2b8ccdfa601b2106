import { removeOnSignal, testCluster } from '../../../cluster/test/support/test-cluster.ts'

/** One cluster for all rows about a component of their own: each set begins and ends with nothing of it there. */
export const cluster = testCluster('engine-component')
removeOnSignal(cluster.remove)
