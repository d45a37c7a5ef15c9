/** The Vite plugin that puts the sample image into the build, and serves it in `vite dev` and `vite preview`. */
import type { Connect, Plugin } from 'vite';
import { type SampleFile, sampleFiles } from './image.ts';

export function samplePlugin(): Plugin {
  return {
    name: 'pulltab-sample',
    async generateBundle() {
      for (const { path, bytes } of await sampleFiles()) {
        this.emitFile({ type: 'asset', fileName: path, source: bytes });
      }
    },
    async configureServer(server) {
      server.middlewares.use(serveSample(await sampleFiles(), server.config.base));
    },
    async configurePreviewServer(server) {
      server.middlewares.use(serveSample(await sampleFiles(), server.config.base));
    },
  };
}

/** With the right Content-Type, which tools other than Pulltab insist on. What is not the sample's is passed on. */
function serveSample(files: readonly SampleFile[], base: string): Connect.NextHandleFunction {
  // With a relative base both servers serve from the root.
  const root = base.startsWith('/') ? base : '/';
  const byUrl = new Map(files.map((file) => [`${root}${file.path}`, file]));
  const versionCheck = `${root}v2/`;
  return (request, response, next) => {
    const url = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = byUrl.get(url);
    if (file === undefined && url !== versionCheck) return next();
    response.setHeader('Content-Type', file?.mediaType ?? 'application/json');
    response.setHeader('Content-Length', file?.bytes.length ?? 2);
    response.end(request.method === 'HEAD' ? undefined : (file?.bytes ?? '{}'));
  };
}
