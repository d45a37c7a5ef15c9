/** The page of an archive before one of its images shows: choose the file, wait for it, choose the image. */
import type { ComponentChildren } from 'preact';
import type { Digest } from '../../core/digest.ts';
import type { ArchivedImageChoice, ArchiveState, ImageState } from '../../page/model.ts';
import { formatRoute, type ViewParams } from '../../protocol/route.ts';
import { ProgressBar } from '../downloads/progress-bar.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatSize } from '../format-size.ts';
import { PlatformButtons } from '../image/platform-list.tsx';
import { FileButton } from './file-button.tsx';
import { IgnoredNames } from './ignored-names.tsx';
import './open-page.css';

export interface OpenPageProps {
  readonly archive: ArchiveState | undefined;
  /** Where the image that was asked for could not be shown. */
  readonly failed: Extract<ImageState, { phase: 'failed' }> | undefined;
  readonly params: ViewParams;
  readonly openFile: (file: File) => void;
  readonly choosePlatform: (digest: Digest) => void;
}

export function OpenPage(props: OpenPageProps) {
  const { archive, failed, params } = props;
  if (archive?.phase === 'open' && failed === undefined) return <Choice {...props} archive={archive} />;
  return (
    <Page title={failed?.title ?? 'Open an archive'}>
      {archive === undefined && <WhatOpens params={params} />}
      {archive?.phase === 'reading' && <Reading archive={archive} />}
      {archive?.phase === 'failed' && <ErrorAlert error={archive.error} />}
      {failed !== undefined && (
        <ErrorAlert error={failed.error}>
          {failed.platforms !== undefined && failed.platforms.length > 0 && (
            <PlatformButtons platforms={failed.platforms} choose={props.choosePlatform} />
          )}
        </ErrorAlert>
      )}
      <p class="open-choose">
        <FileButton
          name={archive === undefined ? 'Choose a file' : 'Choose another file'}
          primary={archive?.phase !== 'reading'}
          open={props.openFile}
        />
        <span class="muted">or drop it anywhere on this page</span>
      </p>
    </Page>
  );
}

function Page(props: { title: string; children: ComponentChildren }) {
  return (
    <div class="open-page">
      <h1>{props.title}</h1>
      {props.children}
    </div>
  );
}

/** A link to a view of an archive cannot bring the archive along: whoever has it sees the same view. */
function WhatOpens(props: { params: ViewParams }) {
  const { image, view, path } = props.params;
  const asked = [image, path ?? view].filter((part) => part !== undefined).join(', ');
  return (
    <>
      {asked !== '' && (
        <p class="open-again">
          This address shows <strong>{asked}</strong> of an archive. A link cannot hold a file, and a reload lets go of
          it: choose the file again to see the same view of it.
        </p>
      )}
      <p>
        See all of an image that is in a file: what <code>docker save</code>, <code>podman save</code>,{' '}
        <code>skopeo copy</code>, <code>docker buildx build --output type=oci</code> or <code>type=docker</code>, or a
        download of this page wrote, and OCI layouts in a tar. As it is, or compressed with gzip or zstd.
      </p>
      <p class="muted">It is read where it is, in this page. Nothing of it leaves this machine.</p>
    </>
  );
}

function Reading(props: { archive: Extract<ArchiveState, { phase: 'reading' }> }) {
  const { doing, doneBytes, totalBytes } = props.archive;
  const value = `${formatSize(doneBytes)} of ${formatSize(totalBytes)}`;
  return (
    <div class="open-reading">
      <output>{doing.charAt(0).toUpperCase() + doing.slice(1)}…</output>
      {doneBytes > 0 && (
        <>
          <ProgressBar
            name="Decompressing the archive"
            {...{ doneBytes, totalBytes }}
            valueText={value}
            tone="accent"
          />
          <span class="muted">{value} decompressed</span>
        </>
      )}
    </div>
  );
}

function Choice(props: OpenPageProps & { archive: Extract<ArchiveState, { phase: 'open' }> }) {
  const { archive, params } = props;
  const { fileName, bytes, images, ignored } = archive;
  return (
    <Page title={fileName}>
      <p class="muted">
        {formatSize(bytes)}, {images.length} {images.length === 1 ? 'image' : 'images'}, on this machine
      </p>
      {params.image !== undefined && (
        <p class="open-again" role="alert">
          It holds no image <strong>{params.image}</strong>.
        </p>
      )}
      <ul class="open-images" aria-label="Images in the archive">
        {images.map((image) => (
          <li key={image.key}>
            <ImageLink image={image} params={params} />
          </li>
        ))}
      </ul>
      <IgnoredNames names={ignored} />
      <p class="open-choose">
        <FileButton name="Choose another file" open={props.openFile} />
      </p>
    </Page>
  );
}

function ImageLink(props: { image: ArchivedImageChoice; params: ViewParams }) {
  const { key, names, id } = props.image;
  const [first = `${key} (no name)`, ...others] = names;
  return (
    <a href={formatRoute({ name: 'open', params: { ...props.params, platform: undefined, image: key } })}>
      <span class="open-names">
        <code>{first}</code>
        {others.map((name) => (
          <code key={name} class="muted">
            {name}
          </code>
        ))}
      </span>
      <code class="open-id muted">{id}</code>
    </a>
  );
}
