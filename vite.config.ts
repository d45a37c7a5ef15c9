/** Build of the static app (page, workers, service worker, sample image) and the settings of its tests. */
import preact from '@preact/preset-vite';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';
import { samplePlugin } from './src/sample/vite-plugin.ts';

export default defineConfig({
  // Relative addresses: the app works under any path of any host.
  base: './',
  plugins: [
    preact({ prefreshEnabled: false, devToolsEnabled: false }),
    samplePlugin(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/sw',
      filename: 'main.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        globPatterns: ['index.html', 'assets/*.{js,css}', 'favicon.svg'],
        injectionPoint: 'self.__WB_MANIFEST',
      },
    }),
  ],
  worker: { format: 'es' },
  build: {
    target: ['chrome119', 'firefox117', 'safari16.4'],
    modulePreload: {
      polyfill: false,
      // What a view shares with others it asks for itself: a list of that for every view would cost each first visit a
      // kilobyte. Signing in to a registry happens on the way to the first image, so its parts come at once.
      resolveDependencies: (file, parts) =>
        /\/(?:authorizer|pasted-reference|credential-book)-/.test(file) ? parts : [],
    },
    // One file for all that the first page needs, shared with later parts or not: several compress less well.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } } },
    sourcemap: false,
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/lab/global-setup.ts'],
    // Real browsers, registries and daemons share two cores: one file at a time keeps their time-outs honest.
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
