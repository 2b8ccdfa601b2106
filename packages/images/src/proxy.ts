import { BlockList, isIP } from 'node:net'
import type { Environment } from '@platform/core'

/**
 * Whether HTTPS requests to a host go through a proxy, as containerd (Go's rules) reads HTTPS_PROXY and NO_PROXY. This
 * machine's loopback never does.
 *
 * @param host a name or an address, maybe with a port: `registry.example:5000`, `[fd00::1]:5000`
 */
export function isProxied(host: string, env: Environment): boolean {
  const [name, port] = splitHost(host)
  const first = (...names: string[]) => names.map((each) => env[each]).find((value) => value) ?? ''
  if (!first('HTTPS_PROXY', 'https_proxy') || name === 'localhost' || isLoopback(name)) return false
  const exceptions = first('NO_PROXY', 'no_proxy').split(',')
  return !exceptions.some((each) => matches(each.trim().toLowerCase(), name, port))
}

function splitHost(host: string): [name: string, port: string] {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(host.toLowerCase()) ?? []
  return [bracketed ?? plain ?? host, port ?? '443']
}

function isLoopback(name: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(name) || name === '::1'
}

/** One entry of NO_PROXY: `*`, an address, a subnet, or a domain with what is below it; `.domain` is only the latter. */
function matches(entry: string, name: string, port: string): boolean {
  if (!entry) return false
  if (entry === '*') return true
  if (entry.includes('/')) return isIP(name) > 0 && inSubnet(entry, name)
  if (isIP(entry)) return entry === name
  const [host, onlyPort] = /:\d+$/.test(entry) ? splitHost(entry) : [entry]
  if (onlyPort !== undefined && onlyPort !== port) return false
  const domain = host.replace(/^\*(?=\.)/, '')
  return domain.startsWith('.') ? name.endsWith(domain) : name === domain || name.endsWith(`.${domain}`)
}

function inSubnet(subnet: string, address: string): boolean {
  const [network = '', prefix = ''] = subnet.split('/')
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4')
  if (!isIP(network) || !/^\d+$/.test(prefix) || Number(prefix) > (isIP(network) === 6 ? 128 : 32)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(prefix), family(network))
  return list.check(address, family(address))
}
