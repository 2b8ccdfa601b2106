export { type Chromium, ensureChromium } from './chromium.ts'
export { type BrowserOptions, withBrowser } from './open-browser.ts'
