/**
 * The sample's program: a static Linux executable that prints a line and ends with status 0. Assembled here, so that the
 * sample needs no compiler and is the same to the byte on every machine.
 *
 * The file is one ELF header, one program header (a single PT_LOAD that maps the whole file, readable and executable),
 * the code and the message. There are no sections: the kernel reads none.
 * Layout: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html (chapters 4 and 5, 64-bit classes).
 * System calls: https://man7.org/linux/man-pages/man2/syscall.2.html
 * Encodings: Intel 64 Software Developer's Manual, volume 2 (MOV, XOR, SYSCALL); Arm Architecture Reference Manual for
 * A-profile, C6.2 (MOVZ, MOVK, SVC).
 */

export type SampleArchitecture = 'amd64' | 'arm64';

interface Machine {
  /** `e_machine`. */
  readonly id: number;
  /** Bytes of code, so that the message's address is known before the code is written. */
  readonly codeLength: number;
  code(messageAddress: number, messageLength: number): Uint8Array;
}

const MACHINES: Record<SampleArchitecture, Machine> = {
  amd64: { id: 62, codeLength: 31, code: amd64Code },
  arm64: { id: 183, codeLength: 36, code: arm64Code },
};

const ELF_HEADER = 64;
const PROGRAM_HEADER = 56;
const CODE_OFFSET = ELF_HEADER + PROGRAM_HEADER;
const LOAD_ADDRESS = 0x40_0000;
/** Kernels for arm64 have pages of 4, 16 or 64 KiB; aligned for the largest, the file loads on all. */
const ALIGNMENT = 0x1_0000;

/** @param message printed as it is, in UTF-8; at most 60,000 bytes */
export function helloExecutable(architecture: SampleArchitecture, message: string): Uint8Array {
  const machine = MACHINES[architecture];
  const text = new TextEncoder().encode(message);
  const messageOffset = CODE_OFFSET + machine.codeLength;
  const file = new Uint8Array(messageOffset + text.length);
  writeHeaders(new DataView(file.buffer), machine.id);
  file.set(machine.code(LOAD_ADDRESS + messageOffset, text.length), CODE_OFFSET);
  file.set(text, messageOffset);
  return file;
}

function writeHeaders(view: DataView, machine: number): void {
  view.setUint32(0, 0x7f_45_4c_46); // e_ident: 0x7f "ELF",
  view.setUint32(4, 0x02_01_01_00); // 64 bits, little-endian, version 1, System V
  view.setUint16(16, 2, true); // e_type: ET_EXEC
  view.setUint16(18, machine, true); // e_machine
  view.setUint32(20, 1, true); // e_version
  view.setBigUint64(24, BigInt(LOAD_ADDRESS + CODE_OFFSET), true); // e_entry
  view.setBigUint64(32, BigInt(ELF_HEADER), true); // e_phoff
  view.setUint16(52, ELF_HEADER, true); // e_ehsize
  view.setUint16(54, PROGRAM_HEADER, true); // e_phentsize
  view.setUint16(56, 1, true); // e_phnum
  view.setUint16(58, 64, true); // e_shentsize, though there are none (e_shoff, e_shnum and e_shstrndx stay 0)

  view.setUint32(64, 1, true); // p_type: PT_LOAD
  view.setUint32(68, 5, true); // p_flags: PF_R | PF_X
  view.setBigUint64(80, BigInt(LOAD_ADDRESS), true); // p_vaddr (p_offset stays 0)
  view.setBigUint64(88, BigInt(LOAD_ADDRESS), true); // p_paddr
  view.setBigUint64(96, BigInt(view.byteLength), true); // p_filesz
  view.setBigUint64(104, BigInt(view.byteLength), true); // p_memsz
  view.setBigUint64(112, BigInt(ALIGNMENT), true); // p_align
}

function amd64Code(messageAddress: number, messageLength: number): Uint8Array {
  return Uint8Array.from([
    ...[0xb8, ...littleEndian(1)], // mov eax, 1        (write)
    ...[0xbf, ...littleEndian(1)], // mov edi, 1        (stdout)
    ...[0xbe, ...littleEndian(messageAddress)], // mov esi, message
    ...[0xba, ...littleEndian(messageLength)], // mov edx, length
    ...[0x0f, 0x05], // syscall
    ...[0xb8, ...littleEndian(60)], // mov eax, 60       (exit)
    ...[0x31, 0xff], // xor edi, edi      (status 0)
    ...[0x0f, 0x05], // syscall
  ]);
}

function arm64Code(messageAddress: number, messageLength: number): Uint8Array {
  return Uint8Array.from(
    [
      movz(0, 1), // mov x0, #1        (stdout)
      movz(1, messageAddress >>> 16, 1), // movz x1, #high16, lsl #16
      movk(1, messageAddress & 0xffff), // movk x1, #low16
      movz(2, messageLength), // mov x2, #length
      movz(8, 64), // mov x8, #64       (write)
      SVC_0, // svc #0
      movz(0, 0), // mov x0, #0        (status 0)
      movz(8, 93), // mov x8, #93       (exit)
      SVC_0, // svc #0
    ].flatMap(littleEndian),
  );
}

const SVC_0 = 0xd400_0001;

/** The register becomes the 16-bit number, moved left by 16 bits `shift` times. */
function movz(register: number, value: number, shift = 0): number {
  return (0xd280_0000 | (shift << 21) | (value << 5) | register) >>> 0;
}

/** The register's low 16 bits become the number, the others stay. */
function movk(register: number, value: number): number {
  return (0xf280_0000 | (value << 5) | register) >>> 0;
}

function littleEndian(word: number): number[] {
  return [word, word >>> 8, word >>> 16, word >>> 24].map((byte) => byte & 0xff);
}
