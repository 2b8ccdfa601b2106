import type { ImageSource } from '../definition.ts'
import type { SourceContext } from './context.ts'
import { layOutDebian } from './debian.ts'
import { layOutGo } from './go.ts'
import { layOutToolchain } from './toolchain.ts'
import { layOutWheel } from './wheel.ts'

/** Unpacks a source into the image's root; its extra files are placed by the caller. Returns packages' versions. */
export function layOut(source: ImageSource, context: SourceContext): Promise<Record<string, string>> {
  switch (source.kind) {
    case 'debian':
      return layOutDebian(source, context)
    case 'wheel':
      return layOutWheel(source, context)
    case 'toolchain':
      return layOutToolchain(source, context)
    case 'go':
      return layOutGo(source, context)
  }
}
