/**
 * A text as it may be shown: user names and passwords are taken out of the URLs in it. A URL may be anywhere, alone
 * (`https://me:secret@host/x`), in a list (GOPROXY) or in what a program said.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/?#\s]*@/g, '//')
}
