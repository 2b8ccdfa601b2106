export * from './debian/index.ts'
