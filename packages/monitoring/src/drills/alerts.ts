import { defineDrills } from '@platform/engine'
import { namespace } from '../checks/common.ts'
import { configText } from '../checks/loaded-config.ts'
import { editConfig, editRules, loaded, paths, rolloutComplete, withTarget } from './change.ts'

/** The file update, the reload, and the minute that the check itself waits before it fails. */
const DETECT_MS = 150_000

interface Volume {
  readonly name: string
}

/** Mutations of the alert path: an alert that fires, one that cannot fire, and a missing route. */
export const alertMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'alert-fires',
    changes: ['alerts/TargetDown'],
    name: 'the configuration has a target that does not exist: TargetDown fires',
    caughtBy: 'alerts-quiet',
    detectWithinMs: DETECT_MS,
    // In an existing job, because Prometheus returns the series of a removed job for another five minutes.
    break: (context) => editConfig(context, withTarget('prometheus', 'localhost:1', 'drill-nobody')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'alert-cannot-fire',
    changes: ['prometheus/rules/TargetDown'],
    name: 'the expression of TargetDown can never be true',
    caughtBy: 'rules',
    detectWithinMs: DETECT_MS,
    break: (context) =>
      editRules(context, 'platform.rules.yaml', (text) => text.replace(/(expr: up\S*) == 0\n/, '$1 == 2\n')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'alert-route-removed',
    changes: ['alertmanager/route'],
    disturbs: ['alertmanager/pod', 'alertmanager/page'],
    name: "Alertmanager's route to the receiver matches nothing",
    caughtBy: 'alerts-travel',
    detectWithinMs: DETECT_MS,
    async break(context) {
      const text = await configText(context, 'prometheus-alertmanager', 'alertmanager.yml')
      const edited = text.replace('- verify =~ .+', '- verify = nobody')
      if (edited === text) throw new Error('the configuration has no route for the label verify')
      const [made] = await context.temporary({
        ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'alertmanager.yml': edited } },
        metadata: { name: 'prometheus-alertmanager-drill', namespace },
      })
      // A replaced ConfigMap instead of an edited one: Alertmanager reads its file only at start, and `up` restarts it for
      // this.
      const path = paths.deployment('prometheus-alertmanager')
      const { spec } = await context.api.get<{ spec: { template: { spec: { volumes: Volume[] } } } }>(path)
      const index = spec.template.spec.volumes.findIndex(({ name }) => name === 'config')
      const place = `/spec/template/spec/volumes/${index}/configMap/name`
      await context.api.patch(path, [{ op: 'replace', path: place, value: made?.metadata.name }], 'json')
      await rolloutComplete(context, 'prometheus-alertmanager')
    },
  },
])
