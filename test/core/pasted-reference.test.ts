import { describe, expect, test } from 'vitest';
import { parsePastedReference } from '../../src/core/pasted-reference.ts';
import { formatReference } from '../../src/core/reference.ts';
import { thrownBy } from './documents.ts';

const HEX = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
const DIGEST = `sha256:${HEX}`;

describe('names come out of', () => {
  test.each([
    ['  nginx \n', 'nginx:latest'],
    ['\u200bnginx\ufeff', 'nginx:latest'],
    ['"nginx:1.27"', 'nginx:1.27'],
    ['`ghcr.io/org/app`', 'ghcr.io/org/app:latest'],
    ['docker pull nginx', 'nginx:latest'],
    ['$ sudo docker pull nginx:1.27', 'nginx:1.27'],
    ['docker image pull -q ghcr.io/org/app:2', 'ghcr.io/org/app:2'],
    ['docker run --rm -it -p 80:80 nginx:1.27 sh -c "echo x"', 'nginx:1.27'],
    ['docker run -e PASSWORD=x --name web nginx', 'nginx:latest'],
    ['podman pull quay.io/org/app', 'quay.io/org/app:latest'],
    ['nerdctl pull --platform=linux/arm64 nginx', 'nginx:latest'],
    ['crane pull nginx:1.27 nginx.tar', 'nginx:1.27'],
    ['crane manifest ghcr.io/org/app', 'ghcr.io/org/app:latest'],
    ['skopeo inspect docker://quay.io/org/app:1', 'quay.io/org/app:1'],
    ['skopeo copy --src-creds user:secret docker://ghcr.io/org/app:1 dir:/tmp/x', 'ghcr.io/org/app:1'],
    ['regctl image inspect ghcr.io/org/app', 'ghcr.io/org/app:latest'],
    ['docker buildx imagetools inspect nginx', 'nginx:latest'],
    ['helm pull oci://ghcr.io/org/chart', 'ghcr.io/org/chart:latest'],
    ['docker://nginx', 'nginx:latest'],
    ['oci://ghcr.io/org/chart:1.0.0', 'ghcr.io/org/chart:1.0.0'],
    ['https://ghcr.io/org/app:1', 'ghcr.io/org/app:1'],
    ['https://registry/app', 'registry:443/app:latest'],
    ['http://registry/app', 'registry:80/app:latest'],
    ['https://ghcr.io/org/app%3A1', 'ghcr.io/org/app:1'],
    ['http://localhost:5000/app', 'localhost:5000/app:latest'],
    ['https://hub.docker.com/_/nginx', 'nginx:latest'],
    ['https://hub.docker.com/_/nginx/tags?page=2', 'nginx:latest'],
    ['https://hub.docker.com/r/org/app', 'org/app:latest'],
    ['https://hub.docker.com/repository/docker/org/app', 'org/app:latest'],
    ['hub.docker.com/_/nginx', 'nginx:latest'],
    ['https://hub.docker.com/r/org/app/tags', 'org/app:latest'],
    ['https://hub.docker.com/layers/org/app/1.2/images/sha256-HEX', `org/app:1.2@${DIGEST}`],
    ['https://hub.docker.com/layers/library/nginx/1.27/images/sha256-HEX', `nginx:1.27@${DIGEST}`],
    ['https://github.com/Org/repo/pkgs/container/App', 'ghcr.io/org/app:latest'],
    ['https://github.com/orgs/org/packages/container/package/app', 'ghcr.io/org/app:latest'],
    ['https://github.com/org/repo/pkgs/container/app/123?tag=1.2', 'ghcr.io/org/app:1.2'],
    ['https://quay.io/repository/org/app', 'quay.io/org/app:latest'],
    ['https://quay.io/repository/org/app/tag/v1', 'quay.io/org/app:v1'],
    ['quay.io/repository/org/app', 'quay.io/org/app:latest'],
    ['quay.io/repository/org/app:1', 'quay.io/repository/org/app:1'],
    ['www.github.com/org/repo/pkgs/container/app', 'ghcr.io/org/app:latest'],
    ['https://quay.io/repository/org/app?tab=tags&tag=v1', 'quay.io/org/app:v1'],
    ['https://quay.io/repository/org/app/manifest/sha256:HEX', `quay.io/org/app@${DIGEST}`],
    ['https://registry-1.docker.io/v2/library/nginx/manifests/1.27', 'nginx:1.27'],
    ['https://ghcr.io/v2/org/app/manifests/sha256:HEX', `ghcr.io/org/app@${DIGEST}`],
  ])('%s', (text, familiar) => {
    expect(formatReference(parsePastedReference(text.replace('HEX', HEX)).reference)).toBe(familiar);
  });

  test.each([
    ['docker pull --platform linux/arm64 nginx', { os: 'linux', architecture: 'arm64' }],
    ['docker run --platform=linux/arm/v6 nginx', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['skopeo inspect --override-os linux --override-arch arm64 docker://nginx', { os: 'linux', architecture: 'arm64' }],
    ['docker pull nginx', undefined],
  ])('%s asks for a platform', (text, platform) => {
    expect(parsePastedReference(text).platform).toEqual(platform);
  });
});

describe('refusals', () => {
  test.each([
    ['docker pull', 'it names no image'],
    ['docker pull --platform linux/amd64', 'it names no image'],
    ['docker compose pull', 'it names no image'],
    ['docker pull nginx redis', 'it names 2 images; give one at a time'],
    ['docker run', 'it names no image'],
    ['https://hub.docker.com/u/org', 'this page of Docker Hub is not about one image'],
    ['https://hub.docker.com/_/', 'this page of Docker Hub is not about one image'],
    ['https://hub.docker.com/x/org/app', 'this page of Docker Hub is not about one image'],
    ['https://github.com/org/repo', 'this page of GitHub is not about a container image'],
    ['https://quay.io/repository/', 'this page of Quay is not about one image'],
    ['https://registry', 'it names a registry but no repository'],
    ['https://ghcr.io/', 'it names a registry but no repository'],
    ['https://', 'the address names no registry'],
    ['docker://', 'it is empty'],
    ['ftp://ghcr.io/app', 'the prefix ftp:// is not one of docker://, oci://, https:// and http://'],
    ['FROM nginx:1.27', 'it holds a space'],
  ])('%s: %s', (text, why) => {
    expect(thrownBy(() => parsePastedReference(text))).toMatchObject({
      code: 'reference-invalid',
      seen: expect.stringContaining(why),
    });
  });

  test('a platform that is none', () => {
    const thrown = thrownBy(() => parsePastedReference('docker pull --platform linux nginx'));
    expect(thrown).toMatchObject({ code: 'platform-invalid' });
  });

  test.each([
    'user:hunter2@ghcr.io/org/app',
    'https://user:hunter2@ghcr.io/org/app',
    'docker pull user:hunter2@ghcr.io/org/app',
    'https://user:hunter2@ghcr.io/org/App:1',
    'docker pull --creds user:hunter2 Nginx',
    'skopeo inspect --password hunter2',
    `ghcr.io/org/app:hunter2@@${DIGEST}`,
  ])('do not repeat the password of %s', (text) => {
    expect(String(thrownBy(() => parsePastedReference(text)))).not.toContain('hunter2');
  });
});
