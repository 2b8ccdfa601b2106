// Makes the literal `pnpm up all` and `pnpm up <component>` mean "bring up": `up` is an alias of pnpm's own `update`,
// which no script of package.json can replace. What it does is beside the engine: the checksum of this file is in
// pnpm-lock.yaml, so this one stays as it is.
module.exports = {
  hooks: { updateConfig: (config) => require('./packages/core/src/pnpm-up.cjs').updateConfig(config) },
}
