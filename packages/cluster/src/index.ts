export { type LoadBalancerAnswer, loadBalancerAnswer } from './context/load-balancer.ts'
export { createTarget } from './create-target.ts'
export { withoutForeign } from './foreign-environment.ts'
export {
  type Api,
  type ApiAnswer,
  ApiError,
  type ApiRequest,
  type ApiResource,
  type ObjectReference,
  type WatchEvent,
} from './kubernetes/api.ts'
export { createKubectl, type Kubectl, type KubectlOptions, kubectlSaid } from './kubernetes/kubectl.ts'
export type { ContainerStatus, KubeList, KubeObject, Manifest, PodObject, ServiceObject } from './kubernetes/objects.ts'
export { openApi, withQuery } from './kubernetes/open-api.ts'
export { podProblem } from './kubernetes/pod-problem.ts'
export { pinnedHelm } from './pinned-helm.ts'
export type { Access, NeedResult, Target, TargetDependencies } from './target.ts'
export { unit } from './unit.ts'
