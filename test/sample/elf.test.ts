/** The sample's program, run where this machine can run it, compared with an assembler's output where it cannot. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { helloExecutable } from '../../src/sample/elf.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';

const folder = temporaryFolder('elf');
afterAll(() => removeFolder(folder));

it('prints its message on this machine', async () => {
  const program = join(folder, 'hello');
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  writeFileSync(program, helloExecutable(architecture, 'Grüße\n'), { mode: 0o755 });
  expect(await run(program, [])).toEqual({ stdout: 'Grüße\n', stderr: '' });
});

/**
 * Bytes from GNU as 2.40: `aarch64-linux-gnu-as a.s -o a.o && aarch64-linux-gnu-objcopy -O binary -j .text a.o a.bin`,
 * a.s holding the nine instructions of elf.ts. The file as a whole was run with qemu-aarch64-static 7.2.
 */
it('has the instructions an assembler makes on arm64', () => {
  const message = "Hello from Pulltab's sample (linux/arm64)\n";
  const file = Buffer.from(helloExecutable('arm64', message));
  expect(file.subarray(120, 156).toString('hex')).toBe(
    '200080d20108a0d2811380f2420580d2080880d2010000d4000080d2a80b80d2010000d4',
  );
  expect(file.subarray(156).toString()).toBe(message);
});

it('differs in its header by the machine and the sizes alone', () => {
  const [amd64, arm64] = (['amd64', 'arm64'] as const).map((architecture) => helloExecutable(architecture, 'x'));
  const different = Array.from({ length: 120 }, (_, at) => at).filter((at) => amd64?.[at] !== arm64?.[at]);
  // e_machine, p_filesz, p_memsz
  expect(different).toEqual([18, 96, 104]);
  expect([amd64?.[18], arm64?.[18]]).toEqual([62, 183]);
});
