import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, withScratch } from './machine.ts'

/**
 * Tests the node's kernel features in separate namespaces. The host does not change, and the kernel cleans up when the
 * shell ends. Each line is `name ok`, or `name` and the kernel's error.
 */
const script = `
try() { name=$1; shift; said=$("$@" 2>&1) && echo "$name ok" || echo "$name $(echo "$said" | tail -n 1)"; }
echo namespaces ok
try proc mount -t proc proc /proc
try overlay mount -t overlay overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/merged"
command -v ip >/dev/null && try veth ip link add name probe0 type veth peer name probe1
test -z "$2" || try nftables chroot "$2" /usr/sbin/nft -f - <<RULES
table inet probe {
  chain nat { type nat hook postrouting priority 100; ct state new masquerade; }
  chain local { fib daddr type local accept; numgen inc mod 2 vmap { 0 : accept, 1 : accept }; }
}
RULES
exit 0
`

/** Runs the probe. If the node root is built, its nft is tested too. */
export async function probeKernel(
  machine: Machine,
  nodeRoot: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (!machine.find('unshare')) return new Map([['namespaces', 'there is no command unshare to try them with']])
  return withScratch(machine.settings.stateDir, async (folder) => {
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(folder, name))
    const isolate = ['unshare', '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--propagation', 'private']
    const { stdout, stderr } = await machine.runner.probe([
      ...isolate,
      'sh',
      '-c',
      script,
      'sh',
      folder,
      nodeRoot ?? '',
    ])
    return parseProbe(stdout, stderr)
  })
}

/** Name → `ok` or what the kernel said. When not even the namespaces came to be, that is what it says. */
export function parseProbe(stdout: string, stderr: string): Map<string, string> {
  const lines = stdout.split('\n').filter(Boolean)
  const found = new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)]))
  if (!found.has('namespaces')) found.set('namespaces', stderr.trim().split('\n').pop() || 'unshare said nothing')
  return found
}
