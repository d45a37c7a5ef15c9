/**
 * Platforms: `os/architecture[/variant]`, their many spellings, and which of an index's children runs on which machine.
 * Spellings and the order of variants follow containerd, whose rules Docker uses; unlike there, another architecture
 * never stands in (an amd64 machine is not given a 386 image that nobody asked for).
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md https://github.com/containerd/platforms
 */
import { PulltabError } from './errors.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** Windows only, in practice: `10.0.20348.2113`. */
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
}

const WORD = /^[A-Za-z0-9_-]+$/;
const OS_AND_VERSION = /^(?<os>[A-Za-z0-9_-]+)(?:\((?<version>[A-Za-z0-9_.-]+)\))?$/;
const OS_VERSION = /^[A-Za-z0-9_.-]+$/;

const OPERATING_SYSTEMS: ReadonlySet<string> = new Set([
  'linux',
  'windows',
  'darwin',
  'macos',
  'freebsd',
  'netbsd',
  'openbsd',
  'android',
  'wasip1',
]);

/**
 * Reads `linux/arm64/v8`, `linux/amd64`, `windows(10.0.20348.2113)/amd64`, or an architecture alone, which means Linux.
 *
 * @throws PulltabError `platform-invalid`.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.trim().split('/');
  const first = parts[0] ?? '';
  if (parts.length === 1) {
    if (first === '') throw invalid(text, 'it is empty');
    if (OPERATING_SYSTEMS.has(first.toLowerCase())) throw invalid(text, 'it names no architecture, as in linux/amd64');
    if (!WORD.test(first)) throw invalid(text, badPart(first));
    return normalizePlatform({ os: 'linux', architecture: first });
  }
  if (parts.length > 3) throw invalid(text, 'it has more than the three parts os/architecture/variant');
  if (parts.includes('')) throw invalid(text, 'it has an empty part');
  const os = OS_AND_VERSION.exec(first)?.groups;
  if (os?.os === undefined) throw invalid(text, badPart(first));
  const [, architecture = '', variant] = parts;
  if (!WORD.test(architecture)) throw invalid(text, badPart(architecture));
  if (variant !== undefined && !isVariant(variant)) throw invalid(text, badPart(variant));
  return normalizePlatform({
    os: os.os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(os.version === undefined ? {} : { osVersion: os.version }),
  });
}

/** `linux/arm/v7`, `linux/arm64`; with an OS version `windows(10.0.20348.2113)/amd64`. OS features are not shown. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant, osVersion } = normalizePlatform(platform);
  const system = osVersion !== undefined && OS_VERSION.test(osVersion) ? `${os}(${osVersion})` : os;
  return variant === undefined ? `${system}/${architecture}` : `${system}/${architecture}/${variant}`;
}

/**
 * One spelling for every platform: `aarch64` and `arm64/v8` become `arm64`, `x86_64` and `amd64/v1` become `amd64`, `armhf`
 * and a bare `arm` become `arm/v7`, `armel` becomes `arm/v6`, `macos` becomes `darwin`. The rest is put in lower case.
 */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const { architecture, variant } = normalizeArchitecture(
    platform.architecture.toLowerCase(),
    platform.variant?.toLowerCase() ?? '',
  );
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    ...(variant === '' ? {} : { variant }),
    ...(platform.osVersion === undefined || platform.osVersion === '' ? {} : { osVersion: platform.osVersion }),
    ...(platform.osFeatures === undefined || platform.osFeatures.length === 0
      ? {}
      : { osFeatures: platform.osFeatures }),
  };
}

/** Whether the parts are words that `formatPlatform` and `parsePlatform` carry; a manifest may hold anything. */
export function isPlatformText(platform: Platform): boolean {
  return (
    WORD.test(platform.os) &&
    WORD.test(platform.architecture) &&
    (platform.variant === undefined || platform.variant === '' || isVariant(platform.variant))
  );
}

/**
 * The candidate that runs on `wanted`, or `undefined`: never one for another system or architecture. Of several the
 * highest variant not above the wanted one, then for Windows the exact version or the highest revision of its build, then
 * the one that comes first. Candidates that name no platform are passed over.
 */
export function matchPlatform<T extends { readonly platform?: Platform | undefined }>(
  candidates: readonly T[],
  wanted: Platform,
): T | undefined {
  const target = normalizePlatform(wanted);
  let best: { candidate: T; platform: Platform; rank: number } | undefined;
  for (const candidate of candidates) {
    if (candidate.platform === undefined) continue;
    const platform = normalizePlatform(candidate.platform);
    const rank = rankOf(platform, target);
    if (rank === undefined) continue;
    if (best === undefined || rank > best.rank || (rank === best.rank && isNearer(platform, best.platform, target))) {
      best = { candidate, platform, rank };
    }
  }
  return best?.candidate;
}

/** How well the candidate fits, higher being better; `undefined` when it does not run there. */
function rankOf(candidate: Platform, wanted: Platform): number | undefined {
  if (candidate.os !== wanted.os || candidate.architecture !== wanted.architecture) return undefined;
  if (!fitsVersion(candidate, wanted) || !fitsFeatures(candidate, wanted)) return undefined;
  if (candidate.variant === wanted.variant) return Number.POSITIVE_INFINITY;
  switch (wanted.architecture) {
    case 'amd64':
      return rankBelow(levelOf(candidate.variant, 1), levelOf(wanted.variant, 1), 1);
    case 'arm':
      return rankBelow(levelOf(candidate.variant, 7), levelOf(wanted.variant, 7), 5);
    case 'arm64':
      return rankArm64(candidate.variant, wanted.variant);
    default:
      // Elsewhere variants have no known order: one without a variant asks for nothing special.
      return candidate.variant === undefined ? 0 : undefined;
  }
}

function levelOf(variant: string | undefined, none: number): number {
  if (variant === undefined) return none;
  const digits = /^v(\d{1,2})$/.exec(variant)?.[1];
  return digits === undefined ? Number.NaN : Number(digits);
}

function rankBelow(candidate: number, wanted: number, lowest: number): number | undefined {
  return candidate >= lowest && candidate <= wanted ? candidate : undefined;
}

/** Armv9.n contains Armv8.(n+5), and Armv8 ends at 8.9. */
function rankArm64(candidate: string | undefined, wanted: string | undefined): number | undefined {
  const have = arm64Level(candidate);
  const want = arm64Level(wanted);
  if (have === undefined || want === undefined || have.major > want.major) return undefined;
  const highestMinor = have.major === want.major ? want.minor : Math.min(want.minor + 5, 9);
  return have.minor <= highestMinor ? have.major * 100 + have.minor : undefined;
}

function arm64Level(variant: string | undefined): { major: number; minor: number } | undefined {
  const match = /^v(?<major>[89])(?:\.(?<minor>\d{1,2}))?$/.exec(variant ?? 'v8');
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2] ?? 0) };
}

/** A Windows container needs a host of the same build: the first three numbers of the version. */
function fitsVersion(candidate: Platform, wanted: Platform): boolean {
  if (wanted.osVersion === undefined || candidate.osVersion === undefined) return true;
  if (wanted.os !== 'windows') return candidate.osVersion === wanted.osVersion;
  return buildOf(candidate.osVersion) === buildOf(wanted.osVersion);
}

function buildOf(osVersion: string): string {
  return osVersion.split('.', 3).join('.');
}

/** What an image needs of the system must be offered, where the wanted platform says what is offered. */
function fitsFeatures(candidate: Platform, wanted: Platform): boolean {
  if (wanted.osFeatures === undefined) return true;
  const offered = new Set(wanted.osFeatures);
  return (candidate.osFeatures ?? []).every((feature) => offered.has(feature));
}

/** Between two of the same rank: the exact version, else the higher one; the earlier of equals stays. */
function isNearer(candidate: Platform, best: Platform, wanted: Platform): boolean {
  if (candidate.osVersion === best.osVersion) return false;
  if (best.osVersion === wanted.osVersion && wanted.osVersion !== undefined) return false;
  if (candidate.osVersion === wanted.osVersion && wanted.osVersion !== undefined) return true;
  return compareVersions(candidate.osVersion ?? '', best.osVersion ?? '') > 0;
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function normalizeArchitecture(architecture: string, variant: string): { architecture: string; variant: string } {
  switch (architecture) {
    case 'i386':
      return { architecture: '386', variant: '' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant };
    case 'aarch64':
    case 'arm64':
      return { architecture: 'arm64', variant: ['8', 'v8', 'v8.0'].includes(variant) ? '' : variant };
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { architecture: 'arm', variant: 'v6' };
    case 'arm':
      if (variant === '') return { architecture, variant: 'v7' };
      return { architecture, variant: /^[5-8]$/.test(variant) ? `v${variant}` : variant };
    default:
      return { architecture, variant };
  }
}

/** A variant may carry a minor version: `v8.2`. */
function isVariant(text: string): boolean {
  return OS_VERSION.test(text);
}

function badPart(part: string): string {
  return `the part “${part.slice(0, 40)}” holds characters other than letters, digits, _ and -`;
}

function invalid(text: string, seen: string): PulltabError {
  return new PulltabError('platform-invalid', { attempted: `read the platform “${text.slice(0, 80)}”`, seen });
}
