/** Dockerfiles from histories that builders wrote: test/core/report/histories, and published ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type HistoryEntry, parseImageConfig } from '../../../src/core/image-config.ts';
import { formatDockerfile, rebuildDockerfile } from '../../../src/core/report/dockerfile.ts';
import { readInstruction } from '../../../src/core/report/instruction.ts';

const FOLDER = join(import.meta.dirname, 'histories');

function built(by: string) {
  const { history, diffIds } = parseImageConfig(new Uint8Array(readFileSync(join(FOLDER, `${by}.json`))), {
    attempted: `read ${by}`,
  });
  return rebuildDockerfile(history, diffIds.length);
}

const ran = (createdBy: string): string => {
  const { keyword, rest } = readInstruction(createdBy) ?? { keyword: '', rest: 'nothing' };
  return `${keyword} ${rest}`;
};

const step = (createdBy: string | undefined, comment?: string, emptyLayer = false): HistoryEntry => ({
  ...(createdBy === undefined ? {} : { createdBy }),
  ...(comment === undefined ? {} : { comment }),
  emptyLayer,
});

/** What the Dockerfile says, instruction by instruction: joined lines, no comments. */
const AS_WRITTEN = [
  'WORKDIR /srv/app',
  'LABEL org.example.name="two words" org.example.quote="say \\"hi\\""',
  'SHELL ["/bin/busybox", "ash", "-e", "-c"]',
  'RUN echo one && echo two',
  'VOLUME ["/data2", "/x"]',
  'HEALTHCHECK --interval=30s --timeout=3s --retries=3 CMD wget -q http://localhost/ || exit 1',
  'STOPSIGNAL SIGQUIT',
  'ONBUILD RUN echo built',
  'USER 1000:1000',
  'ENTRYPOINT ["/bin/sh", "-c"]',
  'CMD ["echo \\"hi\\"; sleep 1"]',
  'ENV GREETING="hello world" EMPTY= PATH=/bin',
];

test.each(['classic', 'podman'])('what %s built comes back as it was written', (by) => {
  const texts = built(by).steps.map(({ text }) => text);
  const written = readFileSync(join(FOLDER, 'Dockerfile'), 'utf8').split('\n');
  for (const line of AS_WRITTEN) {
    expect(written).toContain(line);
    expect(texts).toContain(line);
  }
  expect(texts).toHaveLength(21);
  expect(texts.filter((text) => text.startsWith('#'))).toEqual([]);
});

test('a command of several lines is broken where it was, and never within quotes', () => {
  const script = built('classic').steps.find(({ text }) => text.includes('/version'));
  expect(script?.text).toBe(
    `RUN busybox echo "$VERSION" > /version; \\\n    if [ -f /version ]; then \\\n    echo 'two  spaces  kept'   > /kept; \\\n    fi`,
  );
  expect(script?.buildArgs).toEqual(['VERSION=2.0 beta']);
});

test('files that were copied are named by their hash, options apart', () => {
  const copied = built('classic').steps.filter(({ keyword }) => keyword === 'COPY' || keyword === 'ADD');
  const hash = 'file:73e2b2d48642b21b357384b0cb81c1869cc5e0c48a00f61553756196058304b9';
  expect(copied.map(({ text }) => text)).toEqual([
    `COPY ${hash} /bin/busybox`,
    `COPY --chown=10:20 ${hash} /bin/sh`,
    'ADD file:5c5e972d83cccb883df3f782b2a3fc3f6eca84210554f1561b03b7920c24d0b0 /etc/',
  ]);
});

test('every step that made a layer knows which, and the others are empty', () => {
  const { steps } = built('podman');
  expect(steps.flatMap(({ layer, keyword }) => (layer === undefined ? [] : [`${layer} ${keyword}`]))).toEqual([
    ...['0 COPY', '1 COPY', '2 RUN', '3 RUN', '4 RUN', '5 ADD'],
  ]);
  expect(steps.filter(({ empty }) => empty)).toHaveLength(15);
});

// Written down by hand, in BuildKit's forms:
// https://github.com/moby/buildkit/blob/v0.12.5/frontend/dockerfile/dockerfile2llb/convert.go
test.each([
  ['EXPOSE map[80/tcp:{}] # buildkit', 'EXPOSE 80/tcp'],
  ['CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx", "-g", "daemon off;"]'],
  ['VOLUME [/var/lib/postgresql/data]', 'VOLUME ["/var/lib/postgresql/data"]'],
  ['COPY docker-entrypoint.sh / # buildkit', 'COPY docker-entrypoint.sh /'],
  ['ADD alpine-minirootfs-3.20.0-x86_64.tar.gz / # buildkit', 'ADD alpine-minirootfs-3.20.0-x86_64.tar.gz /'],
  ['RUN |1 pkg=curl /bin/sh -c apk add $pkg # buildkit', 'RUN apk add $pkg'],
  [
    'RUN /bin/sh -c set -x     && addgroup -S nginx     && true # buildkit',
    'RUN set -x \\\n    && addgroup -S nginx \\\n    && true',
  ],
  ['RUN /bin/sh -c echo a\necho b\n # buildkit', 'RUN <<EOF\necho a\necho b\nEOF'],
  ['RUN /bin/sh -c cat <<X > /a\nEOF\nX # buildkit', 'RUN cat <<X > /a\nEOF\nX'],
  ['ENV A=hello world B=$HOME', 'ENV A="hello world" B="\\$HOME"'],
  [
    'HEALTHCHECK &{["CMD" "/ok" "a b"] "5m0s" "3s" "1s" "5s" \'\\x03\'}',
    'HEALTHCHECK --interval=5m0s --timeout=3s --start-period=1s --retries=3 CMD ["/ok", "a b"]',
  ],
  ['HEALTHCHECK &{["NONE"] "0s" "0s" "0s" \'\\x00\'}', 'HEALTHCHECK NONE'],
  // kaniko: the instruction itself.
  ['RUN apk add --no-cache curl', 'RUN apk add --no-cache curl'],
  ['cmd /S /C #(nop)  CMD ["c:\\\\windows\\\\system32\\\\cmd.exe"]', 'CMD ["c:\\\\windows\\\\system32\\\\cmd.exe"]'],
  ['cmd /S /C mkdir c:\\app', 'RUN mkdir c:\\app'],
])('%s', (createdBy, instruction) => {
  expect(ran(createdBy)).toBe(instruction);
});

test('builders that write no instruction are quoted in comments, and no instruction is made up', () => {
  // Written down by hand, in the manner of jib, ko, buildpacks, debuerreotype, Nix and `docker commit`.
  const { steps } = rebuildDockerfile(
    [
      step('jib-maven-plugin:3.4.0', 'dependencies'),
      step('ko build ko://example.com/cmd', 'go build output, at /ko-app/cmd'),
      step('Buildpacks Process Types'),
      step("# debian.sh --arch 'amd64' out/ 'bookworm' '@1'"),
      step(undefined, 'store paths: ["/nix/store/x"]'),
      step(undefined),
      step('bash', 'a container\nkept'),
    ],
    7,
  );
  expect(steps.map(({ text }) => text)).toEqual([
    '# dependencies (jib-maven-plugin:3.4.0)',
    '# go build output, at /ko-app/cmd (ko build ko://example.com/cmd)',
    '# Buildpacks Process Types',
    "# debian.sh --arch 'amd64' out/ 'bookworm' '@1'",
    '# store paths: ["/nix/store/x"]',
    '# this step was not recorded',
    '# a container\n# kept (bash)',
  ]);
  expect(steps.every(({ keyword }) => keyword === undefined)).toBe(true);
});

test('buildah’s note of what an image was built from is told, an intermediate image of its own is not', () => {
  const first = step('/bin/sh -c true', 'FROM docker.io/library/alpine:3.20');
  expect(rebuildDockerfile([first, step('/bin/sh -c id', 'FROM 01f5651a484b')], 2).from).toBe(
    'docker.io/library/alpine:3.20',
  );
  expect(built('podman').from).toBeUndefined();
});

test.each([0, 1, 3])('a history with two layers beside %i tells no step a layer', (layers) => {
  const rebuilt = rebuildDockerfile([step('RUN a'), step('CMD ["b"]', undefined, true), step('RUN c')], layers);
  expect(rebuilt.steps.map(({ layer }) => layer)).toEqual([undefined, undefined, undefined]);
  expect(rebuilt).toMatchObject({ layerSteps: 2, layerCount: layers });
});

test('nothing of a history can leave its line unseen', () => {
  const rebuilt = rebuildDockerfile([step('x\nRUN evil\u001b[2K\u202e', 'y\r\nRUN worse')], 1);
  const text = formatDockerfile(rebuilt);
  expect(text).not.toMatch(/^RUN/m);
  expect(text).not.toMatch(/[^\n\P{Cc}]|\u202e/u);
  expect(text).toContain('\\u001b[2K\\u202e');
});

test.each([
  '',
  ' ',
  '|',
  '|9',
  '|9 ',
  '|1 A=',
  'RUN',
  'RUN |2 ',
  '/bin/sh -c',
  '/bin/sh -c #(nop)',
  'HEALTHCHECK &{',
  'CMD [',
  'EXPOSE map[',
  '"'.repeat(50_000),
  `RUN ${'\\'.repeat(50_001)}`,
  `RUN ${"' ".repeat(25_000)}`,
])('no fault comes of a broken step', (createdBy) => {
  expect(rebuildDockerfile([step(createdBy)], 1).steps).toHaveLength(1);
});
