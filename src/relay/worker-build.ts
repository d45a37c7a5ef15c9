/**
 * `npm run build:worker`: the Worker as one module, and the settings that it is deployed with beside it.
 * https://developers.cloudflare.com/workers/wrangler/configuration/
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const WRANGLER = {
  name: 'pulltab',
  main: 'worker.js',
  compatibility_date: '2025-09-01',
  // A reader that leaves is told to the relay, which then leaves the registry.
  compatibility_flags: ['enable_request_signal'],
  no_bundle: true,
  assets: {
    directory: 'app',
    binding: 'ASSETS',
    // The Worker sets the headers of the app's files, and writes itself into config.json.
    run_worker_first: true,
    // index.html must come without a redirect, or a service worker cannot keep it.
    html_handling: 'none',
    not_found_handling: 'none',
  },
  ratelimits: [{ name: 'RATE_LIMITER', namespace_id: '1001', simple: { limit: 300, period: 60 } }],
  vars: {
    PULLTAB_RELAY_HOSTS: '',
    PULLTAB_RELAY_ORIGINS: '',
    PULLTAB_RELAY_CREDENTIALS: '',
    PULLTAB_RELAY_LOG: '',
  },
};

export default defineConfig({
  publicDir: false,
  ssr: { target: 'webworker', noExternal: true },
  build: {
    ssr: fileURLToPath(new URL('worker.ts', import.meta.url)),
    outDir: 'dist-worker',
    target: 'es2022',
    minify: false,
    rolldownOptions: { output: { entryFileNames: 'worker.js' } },
  },
  plugins: [
    {
      name: 'wrangler-settings',
      generateBundle() {
        const source = `${JSON.stringify(WRANGLER, undefined, 2)}\n`;
        this.emitFile({ type: 'asset', fileName: 'wrangler.jsonc', source });
      },
    },
  ],
});
