import { PlatformError } from '@platform/core'

/** An image that could not be loaded as it was resolved. */
export class ImageLoadError extends PlatformError {
  readonly reference: string

  constructor(code: 'IMAGE_PULL_FAILED' | 'IMAGE_CORRUPT', message: string, reference: string) {
    super(code, message, { hint: 'pnpm images list' })
    this.reference = reference
  }
}
