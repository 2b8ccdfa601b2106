const listeners = new Set<() => void>()

/** Canvases have their colours painted in: they are told when light turns dark, by the system or by the button. */
export function onThemeChange(listener: () => void): void {
  listeners.add(listener)
}

/** Lets the button with the id `theme` change between light and dark. */
export function themeButton(): void {
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const system = matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', tell)
  document.querySelector('#theme')?.addEventListener('click', () => {
    const root = document.documentElement
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : system.matches
    root.dataset.theme = dark ? 'light' : 'dark'
    tell()
  })
}
