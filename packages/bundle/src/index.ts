export { type Bundle, bundleApp } from './bundle-app.ts';
export { BundleError } from './errors.ts';
