/** A tar as Python's tarfile reads it: every entry as one line, to be compared with that of another tar. */
import { run } from './process.ts';

const SCRIPT = `
import hashlib, json, sys, tarfile
TYPES = {tarfile.REGTYPE: 'file', tarfile.AREGTYPE: 'file', tarfile.DIRTYPE: 'directory', tarfile.LNKTYPE: 'hardlink',
         tarfile.SYMTYPE: 'symlink', tarfile.CHRTYPE: 'character-device', tarfile.BLKTYPE: 'block-device',
         tarfile.FIFOTYPE: 'fifo'}
entries = {}
with tarfile.open(sys.argv[1], 'r|', encoding='utf-8', errors='surrogateescape') as tar:
    for entry in tar:
        kind = TYPES.get(entry.type, 'unknown')
        line = [kind, oct(entry.mode & 0o7777), entry.uid, entry.gid, int(entry.mtime)]
        if kind == 'file':
            line += [entry.size, hashlib.sha256(tar.extractfile(entry).read()).hexdigest()]
        if kind in ('hardlink', 'symlink'):
            line += [entry.linkname]
        if kind.endswith('device'):
            line += [entry.devmajor, entry.devminor]
        line += sorted(f'{key}={value!r}' for key, value in entry.pax_headers.items() if key.startswith('SCHILY.xattr'))
        name = entry.name.rstrip('/')
        if name in entries:
            raise SystemExit(f'{name} is there twice')
        entries[name] = ' '.join(ascii(part) for part in line)
print(json.dumps(entries))
`;

/** Name without a slash at its end → what it is: type, mode, owner, time in seconds, content, link, attributes. */
export async function listTar(path: string): Promise<Map<string, string>> {
  const { stdout } = await run('python3', ['-c', SCRIPT, path]);
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, string>));
}
