import { apply } from './component/apply.ts'
import { cluster } from './component/cluster.ts'
import { plan } from './component/plan.ts'
import { verify } from './component/verify.ts'

// The plan begins without a cluster; what is asked last takes the cluster away.
apply.after(cluster.remove)
for (const rows of [plan, verify, apply]) rows.run()
