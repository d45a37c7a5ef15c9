/** The lines that load a saved file, for each tool that reads its format, and those that check it. */
import { NAMED_LAYOUT } from '../core/archive/oci.ts';
import { digestAlgorithm, digestHex } from '../core/digest.ts';
import type { JobRequest } from './jobs.ts';
import type { LoadCommand } from './model.ts';

export function loadCommands({ choice, plan: { fileName, entries } }: JobRequest): LoadCommand[] {
  const name = quoted(fileName);
  switch (choice.format) {
    case 'blob': {
      const { digest } = choice;
      const algorithm = digestAlgorithm(digest);
      // Its sha256 is shown of every file.
      if (algorithm === 'sha256') return [];
      const tool = `${algorithm}sum`;
      return [{ tool, line: `echo ${quoted(`${digestHex(digest)}  ${fileName}`)} | ${tool} --check` }];
    }
    case 'bundle':
      return [
        { tool: 'Docker', line: `docker load -i ${name}` },
        { tool: 'Podman', line: `podman load -i ${name}` },
        { tool: 'containerd', line: `ctr images import --all-platforms ${name}` },
        { tool: 'what is in it', line: `tar -xOf ${name} LOAD.txt` },
        {
          tool: 'sha256sum',
          line: `mkdir bundle && tar -xf ${name} -C bundle && cd bundle && sha256sum --check SHA256SUMS`,
        },
      ];
    case 'docker+oci':
    case 'docker':
      return [
        { tool: 'Docker', line: `docker load -i ${name}` },
        { tool: 'Podman', line: `podman load -i ${name}` },
        { tool: 'containerd', line: `ctr images import ${name}` },
        { tool: 'skopeo', line: `skopeo inspect docker-archive:${name}` },
      ];
    case 'rootfs':
      return [
        { tool: 'tar', line: `mkdir rootfs && sudo tar -xpf ${name} -C rootfs` },
        { tool: 'Docker', line: `docker import ${name}` },
        { tool: 'WSL', line: `wsl --import NAME FOLDER ${name}` },
      ];
    case 'oci':
      if (entries.some((entry) => entry.name === NAMED_LAYOUT)) return withReferrers(name);
      return [
        { tool: 'containerd', line: `ctr images import --all-platforms ${name}` },
        { tool: 'Podman', line: `podman load -i ${name}` },
        { tool: 'skopeo', line: `skopeo copy --all oci-archive:${name} docker://registry.example/name` },
      ];
  }
}

/** @param hex the sha256 that the file should have */
export function checkCommands(fileName: string, hex: string): LoadCommand[] {
  const listed = quoted(`${hex}  ${fileName}`);
  return [
    { tool: 'Linux', line: `echo ${listed} | sha256sum --check` },
    { tool: 'macOS', line: `echo ${listed} | shasum -a 256 --check` },
    // PowerShell doubles a quote within quotes.
    { tool: 'Windows', line: `(Get-FileHash '${fileName.replaceAll("'", "''")}').Hash -eq '${hex}'` },
  ];
}

/** By their tags, which containerd must not see as images; oci.ts of core/archive says more. */
function withReferrers(name: string): LoadCommand[] {
  const to = 'docker://registry.example/name';
  const unpack = `mkdir layout && tar -xf ${name} -C layout`;
  return [
    { tool: 'containerd', line: `ctr images import --all-platforms ${name}` },
    { tool: 'Podman', line: `podman load -i ${name}` },
    { tool: 'skopeo', line: `skopeo copy --all oci-archive:${name}:TAG ${to}:TAG` },
    {
      tool: 'skopeo, a referrer',
      line: `${unpack} && skopeo copy --src-shared-blob-dir layout/blobs oci:layout/referrers:TAG ${to}:TAG`,
    },
  ];
}

/** For a shell, where the name needs it: an artifact's file may have any. */
function quoted(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
