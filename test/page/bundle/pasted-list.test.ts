import { describe, expect, test } from 'vitest';
import { readPastedList } from '../../../src/page/bundle/pasted-list.ts';

const read = (text: string) =>
  readPastedList(text).images.map(({ image, platform }) =>
    platform === undefined ? image : `${image} for ${platform}`,
  );

describe('images in a text', () => {
  test.each([
    ['one reference', ' nginx ', ['nginx:latest']],
    ['the sample', 'sample', ['sample']],
    [
      'a list with comments and empty lines',
      `# mine\nnginx:1.27  # web\r\n\n\nquay.io/org/app@sha256:${'a'.repeat(64)}`,
      ['nginx:1.27', `quay.io/org/app@sha256:${'a'.repeat(64)}`],
    ],
    [
      'commands',
      'docker pull --platform linux/arm64 nginx\n$ podman pull redis:7',
      ['nginx:latest for linux/arm64', 'redis:7'],
    ],
    [
      'a Compose file',
      'services:\n  web:\n    image: "nginx:1.27"\n    ports: ["80:80"]\n  db:\n    image: redis:7 # data\n  again:\n    image: redis:7\n',
      ['nginx:1.27', 'redis:7'],
    ],
    [
      'a Kubernetes manifest',
      "kind: Pod\nspec:\n  containers:\n    - name: app\n      image: ghcr.io/org/app:1.2\n    - image: 'busybox'\n      imagePullPolicy: Always\n",
      ['ghcr.io/org/app:1.2', 'busybox:latest'],
    ],
    ['JSON', '{\n  "image": "nginx:1.27",\n  "name": "web"\n}', ['nginx:1.27']],
    [
      'a Dockerfile',
      'FROM --platform=linux/arm64 golang:1.23 AS build\nRUN go build # nginx\nFROM build AS test\nFROM --platform=$BUILDPLATFORM alpine AS tools\nFROM scratch\nCOPY --from=build /app /app\n',
      ['golang:1.23 for linux/arm64', 'alpine:latest'],
    ],
  ])('%s', (_, text, images) => {
    expect(read(text)).toEqual(images);
    expect(readPastedList(text)).toMatchObject({ wrong: '', error: undefined });
  });

  test('keep what is no image, with what is wrong with it first', () => {
    const { images, wrong, error } = readPastedList('nginx\nUPPER/x\nredis\na//b');
    expect(images.map(({ image }) => image)).toEqual(['nginx:latest', 'redis:latest']);
    expect(wrong).toBe('UPPER/x\na//b');
    expect(error).toMatchObject({ code: 'reference-invalid', attempted: expect.stringContaining('UPPER/x') });
  });

  test('are none in nothing', () => {
    expect(readPastedList(' \n# only a comment\n')).toEqual({ images: [], wrong: '', error: undefined });
  });
});
