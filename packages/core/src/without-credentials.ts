import type { PlatformEvent } from './events.ts'

/**
 * A text as it may be shown: user names and passwords are taken out of the URLs in it. A URL may be anywhere, alone
 * (`https://me:secret@host/x`), in a list (GOPROXY) or in what a program said.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/?#\s]*@/g, '//')
}

/** An event as it may be shown and kept: what programs and settings say of URLs is part of many a text. */
export function withoutCredentialsIn(event: PlatformEvent): PlatformEvent {
  const shown = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string' ? withoutCredentials(value) : value,
  ])
  return Object.fromEntries(shown) as PlatformEvent
}
