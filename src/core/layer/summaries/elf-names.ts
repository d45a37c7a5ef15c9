/** Names of ELF's numbers, for those that images hold. https://www.sco.com/developers/gabi/latest/ch4.eheader.html */

const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'IBM S/390',
  40: 'ARM',
  43: 'SPARC V9',
  50: 'IA-64',
  62: 'x86-64',
  183: 'ARM 64',
  243: 'RISC-V',
  247: 'BPF',
  258: 'LoongArch',
};

const OS_ABIS: Readonly<Record<number, string>> = {
  0: 'System V',
  2: 'NetBSD',
  3: 'GNU/Linux',
  6: 'Solaris',
  9: 'FreeBSD',
  12: 'OpenBSD',
  97: 'ARM',
  255: 'standalone',
};

export function machineName(machine: number): string {
  return MACHINES[machine] ?? `machine ${machine}`;
}

export function osAbiName(abi: number): string {
  return OS_ABIS[abi] ?? `ABI ${abi}`;
}
