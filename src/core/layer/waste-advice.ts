/** What to do about a path that an image carries more than once. */
import type { WastedPath } from './waste.ts';

export type Advice =
  | 'clean-where-made'
  | 'package-cache'
  | 'package-database'
  | 'set-owner-while-copying'
  | 'smaller-base'
  | 'build-once';

/** Commands are in backticks. */
export const ADVICE: Readonly<Record<Advice, { readonly title: string; readonly text: string }>> = {
  'clean-where-made': {
    title: 'Clean in the same layer',
    text: 'A later layer hides a file, and does not take it away. Remove it in the RUN that makes it, or make it in another stage and copy only what is needed.',
  },
  'package-cache': {
    title: 'Keep package caches out',
    text: 'Clean the cache in the RUN that installs (`rm -rf /var/lib/apt/lists/*`, `apk add --no-cache`, `dnf clean all`, `pip install --no-cache-dir`, `npm cache clean --force`), or keep it out of the image with `RUN --mount=type=cache`.',
  },
  'package-database': {
    title: 'Install in one step',
    text: 'Every step that installs writes the whole package database again. Install all packages in one RUN.',
  },
  'set-owner-while-copying': {
    title: 'Set owner and mode while copying',
    text: 'chown and chmod in a later layer copy the whole file. Use `COPY --chown=… --chmod=…`, or change it in the RUN that writes it.',
  },
  'smaller-base': {
    title: 'Begin with a smaller base',
    text: 'It comes with the lowest layer and is replaced or removed above. A smaller base image has less to replace: a slim or distroless one, or `FROM scratch` with what is copied from another stage.',
  },
  'build-once': {
    title: 'Build in another stage',
    text: 'It is written again in a later layer, and the copy before stays in the image. Build in a stage of its own (`FROM … AS build`) and `COPY --from=build` the result once.',
  },
};

const CACHES = [
  /^var\/cache\/(apt|apk|dnf|yum|debconf|ldconfig)\//,
  /^var\/lib\/apt\/lists\//,
  /^etc\/apk\/cache\//,
  /(^|\/)\.(cache|npm|cargo\/registry|m2\/repository|gradle\/caches)\//,
  /(^|\/)__pycache__\//,
];

const DATABASES = [
  /^var\/lib\/dpkg\//,
  /^(usr\/)?lib\/apk\/db\//,
  /^(var\/lib|usr\/lib\/sysimage)\/rpm\//,
  /^var\/log\//,
  /^etc\/ld\.so\.cache$/,
];

/** What one advice would save. */
export interface AdviceShare {
  readonly advice: Advice;
  readonly paths: number;
  /** Wasted by these paths. */
  readonly bytes: number;
}

/** The advice that is about most bytes first. */
export function sumAdvice(paths: readonly WastedPath[]): AdviceShare[] {
  const sums = new Map<Advice, AdviceShare>();
  for (const wasted of paths) {
    const advice = adviseOn(wasted);
    const { paths: before, bytes } = sums.get(advice) ?? { paths: 0, bytes: 0 };
    sums.set(advice, { advice, paths: before + 1, bytes: bytes + wasted.bytes });
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes);
}

/** What would help most, by where the path is and what was done to it. */
export function adviseOn({ path, appearances }: WastedPath): Advice {
  if (CACHES.some((pattern) => pattern.test(path))) return 'package-cache';
  if (DATABASES.some((pattern) => pattern.test(path))) return 'package-database';
  if (appearances.some(({ what }) => what === 'metadata')) return 'set-owner-while-copying';
  if (/^(var\/)?tmp\//.test(path)) return 'clean-where-made';
  if (appearances[0]?.layer === 0) return 'smaller-base';
  return appearances.at(-1)?.what === 'removed' ? 'clean-where-made' : 'build-once';
}
