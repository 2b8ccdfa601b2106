import { defineDrills } from '@platform/engine'
import { namespace } from '../checks/common.ts'
import { configText } from '../checks/loaded-config.ts'
import { editConfig, editRules, loaded, paths, rolledOut, withTarget } from './change.ts'

/** The nudge, the reload, and the minute that the check waits on its own before it says no. */
const SHOWS_MS = 150_000

interface Volume {
  readonly name: string
}

/** What keeps alerts from being heard, and what makes them of no use. */
export const alertMutations = defineDrills([
  {
    kind: 'mutation',
    id: 'alert-fires',
    changes: ['alerts/TargetDown'],
    name: 'the configuration has a target where there is nobody: TargetDown fires',
    caughtBy: 'alerts-quiet',
    detectWithinMs: SHOWS_MS,
    // In a job that stays: of a job that goes Prometheus shows what it had for five minutes more.
    break: (context) => editConfig(context, withTarget('prometheus', 'localhost:1', 'drill-nobody')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'alert-cannot-fire',
    changes: ['prometheus/rules/TargetDown'],
    name: 'the expression of TargetDown can never be true',
    caughtBy: 'rules',
    detectWithinMs: SHOWS_MS,
    break: (context) =>
      editRules(context, 'platform.rules.yaml', (text) => text.replace(/(expr: up\S*) == 0\n/, '$1 == 2\n')),
    takeEffect: loaded,
  },
  {
    kind: 'mutation',
    id: 'alert-route-removed',
    changes: ['alertmanager/route'],
    disturbs: ['alertmanager/pod', 'alertmanager/page'],
    name: "Alertmanager's route to the receiver matches nothing any more",
    caughtBy: 'alerts-travel',
    detectWithinMs: SHOWS_MS,
    async break(context) {
      const text = await configText(context, 'prometheus-alertmanager', 'alertmanager.yml')
      const edited = text.replace('- verify =~ .+', '- verify = nobody')
      if (edited === text) throw new Error('there is no route that asks for the label verify')
      const [made] = await context.temporary({
        ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'alertmanager.yml': edited } },
        metadata: { name: 'prometheus-alertmanager-drill', namespace },
      })
      // In its place, not edited: Alertmanager reads its file only when it starts, and `up` starts it anew for this.
      const path = paths.deployment('prometheus-alertmanager')
      const { spec } = await context.api.get<{ spec: { template: { spec: { volumes: Volume[] } } } }>(path)
      const index = spec.template.spec.volumes.findIndex(({ name }) => name === 'config')
      const place = `/spec/template/spec/volumes/${index}/configMap/name`
      await context.api.patch(path, [{ op: 'replace', path: place, value: made?.metadata.name }], 'json')
      await rolledOut(context, 'prometheus-alertmanager')
    },
  },
])
