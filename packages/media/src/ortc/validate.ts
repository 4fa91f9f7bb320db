import { MediaError } from '../api/errors.js';
import type {
  DtlsParameters,
  IceParameters,
  MediaKind,
  RtcpFeedback,
  RtpCapabilities,
  RtpCodecCapability,
  RtpCodecParameters,
  RtpEncodingParameters,
  RtpHeaderExtension,
  RtpHeaderExtensionParameters,
  RtpParameters,
} from '../api/types.js';

// Dictionaries come from untrusted browsers. Each function answers a fresh, complete one, or throws
// a `MediaError` with code `invalid-parameters` and the path of the fault. Unknown members are left
// out.

export function validateRtpCapabilities(value: unknown): RtpCapabilities {
  const object = record(value, 'rtpCapabilities');
  return {
    codecs: list(object.codecs ?? [], 'codecs', MAX_CODECS).map((codec, i) => codecCapability(codec, `codecs[${i}]`)),
    headerExtensions: list(object.headerExtensions ?? [], 'headerExtensions', MAX_EXTENSIONS).map((extension, i) =>
      headerExtension(extension, `headerExtensions[${i}]`),
    ),
  };
}

export function validateRtpParameters(value: unknown): RtpParameters {
  const object = record(value, 'rtpParameters');
  const rtcp = record(object.rtcp ?? {}, 'rtcp');
  const parameters: RtpParameters = {
    codecs: list(object.codecs, 'codecs', MAX_CODECS).map((codec, i) => codecParameters(codec, `codecs[${i}]`)),
    headerExtensions: list(object.headerExtensions ?? [], 'headerExtensions', MAX_EXTENSIONS).map((extension, i) =>
      headerExtensionParameters(extension, `headerExtensions[${i}]`),
    ),
    encodings: list(object.encodings ?? [], 'encodings', MAX_ENCODINGS).map((encoding, i) =>
      encodingParameters(encoding, `encodings[${i}]`),
    ),
    rtcp: {
      // mediasoup-client leaves it empty for simulcast, which browsers offer without SSRC lines.
      ...(rtcp.cname === undefined ? {} : { cname: text(rtcp.cname, 'rtcp.cname', MAX_TEXT, 0) }),
      reducedSize: rtcp.reducedSize !== false,
    },
  };
  if (object.mid !== undefined) parameters.mid = text(object.mid, 'mid', MAX_TOKEN);
  if (parameters.codecs.length === 0) refuse('codecs', 'is empty');
  return parameters;
}

export function validateDtlsParameters(value: unknown): DtlsParameters {
  const object = record(value, 'dtlsParameters');
  const role = object.role ?? 'auto';
  if (role !== 'auto' && role !== 'client' && role !== 'server')
    return refuse('role', 'is none of auto, client, server');
  const fingerprints = list(object.fingerprints, 'fingerprints', MAX_FINGERPRINTS).map((item, i) => {
    const fingerprint = record(item, `fingerprints[${i}]`);
    return {
      algorithm: text(fingerprint.algorithm, `fingerprints[${i}].algorithm`, MAX_TOKEN).toLowerCase(),
      value: text(fingerprint.value, `fingerprints[${i}].value`, MAX_TEXT).toUpperCase(),
    };
  });
  // The port compares SHA-256; every browser offers it (RFC 8122 section 5 makes it the one to
  // have).
  const usable = fingerprints.filter(({ algorithm }) => algorithm === 'sha-256');
  if (usable.length === 0) refuse('fingerprints', 'has none with sha-256');
  for (const { value: digest } of usable) {
    if (!SHA256_FINGERPRINT.test(digest)) refuse('fingerprints', 'has a malformed sha-256 value');
  }
  return { role, fingerprints: usable };
}

export function validateIceParameters(value: unknown): IceParameters {
  const { usernameFragment, password } = record(value, 'iceParameters');
  if (typeof usernameFragment !== 'string' || !USERNAME_FRAGMENT.test(usernameFragment))
    return refuse('usernameFragment', 'is none');
  if (typeof password !== 'string' || !ICE_PASSWORD.test(password)) return refuse('password', 'is none');
  return { usernameFragment, password, iceLite: false };
}

export function validateKind(value: unknown): MediaKind {
  return value === 'audio' || value === 'video' ? value : refuse('kind', 'is neither audio nor video');
}

export function validateId(value: unknown, path: string): string {
  return text(value, path, MAX_TEXT);
}

export function validateLoudest(value: unknown): number {
  return integer(value, 'loudest', 0, MAX_LOUDEST);
}

function codecCapability(value: unknown, path: string): RtpCodecCapability {
  const object = record(value, path);
  const mimeType = mime(object.mimeType, `${path}.mimeType`);
  const capability: RtpCodecCapability = {
    kind: validateKind(object.kind ?? mimeType.split('/')[0]),
    mimeType,
    ...codecDetails(object, mimeType, path),
  };
  if (object.preferredPayloadType !== undefined) {
    capability.preferredPayloadType = integer(object.preferredPayloadType, `${path}.preferredPayloadType`, 0, 127);
  }
  return capability;
}

function codecParameters(value: unknown, path: string): RtpCodecParameters {
  const object = record(value, path);
  const mimeType = mime(object.mimeType, `${path}.mimeType`);
  return {
    mimeType,
    payloadType: integer(object.payloadType, `${path}.payloadType`, 0, 127),
    ...codecDetails(object, mimeType, path),
  };
}

function codecDetails(
  object: Record<string, unknown>,
  mimeType: string,
  path: string,
): { clockRate: number; channels?: number; parameters: Record<string, string | number>; rtcpFeedback: RtcpFeedback[] } {
  const isAudio = mimeType.toLowerCase().startsWith('audio/');
  return {
    clockRate: integer(object.clockRate, `${path}.clockRate`, 1, 1_000_000),
    ...(isAudio ? { channels: integer(object.channels ?? 1, `${path}.channels`, 1, 255) } : {}),
    parameters: formatParameters(object.parameters ?? {}, `${path}.parameters`),
    rtcpFeedback: list(object.rtcpFeedback ?? [], `${path}.rtcpFeedback`, MAX_CODECS).map((item, i) => {
      const feedback = record(item, `${path}.rtcpFeedback[${i}]`);
      const type = text(feedback.type, `${path}.rtcpFeedback[${i}].type`, MAX_TOKEN);
      const parameter = feedback.parameter
        ? text(feedback.parameter, `${path}.rtcpFeedback[${i}].parameter`, MAX_TOKEN)
        : '';
      return { type, parameter };
    }),
  };
}

function formatParameters(value: unknown, path: string): Record<string, string | number> {
  const parameters: Record<string, string | number> = {};
  const entries = Object.entries(record(value, path));
  if (entries.length > MAX_EXTENSIONS) refuse(path, 'has too many members');
  for (const [name, item] of entries) {
    if (item === undefined || item === null) continue;
    if (typeof item === 'number' && Number.isFinite(item)) parameters[name] = item;
    else parameters[name] = text(item, `${path}.${name}`, MAX_TEXT, 0);
  }
  return parameters;
}

function headerExtension(value: unknown, path: string): RtpHeaderExtension {
  const object = record(value, path);
  const direction = object.direction ?? 'sendrecv';
  if (direction !== 'sendrecv' && direction !== 'sendonly' && direction !== 'recvonly' && direction !== 'inactive') {
    return refuse(`${path}.direction`, 'is no direction');
  }
  return {
    kind: validateKind(object.kind),
    uri: text(object.uri, `${path}.uri`, MAX_TEXT),
    preferredId: integer(object.preferredId, `${path}.preferredId`, 1, 255),
    preferredEncrypt: object.preferredEncrypt === true,
    direction,
  };
}

function headerExtensionParameters(value: unknown, path: string): RtpHeaderExtensionParameters {
  const object = record(value, path);
  return {
    uri: text(object.uri, `${path}.uri`, MAX_TEXT),
    id: integer(object.id, `${path}.id`, 1, 255),
    encrypt: object.encrypt === true,
    parameters: formatParameters(object.parameters ?? {}, `${path}.parameters`),
  };
}

function encodingParameters(value: unknown, path: string): RtpEncodingParameters {
  const object = record(value, path);
  const encoding: RtpEncodingParameters = {};
  if (object.ssrc !== undefined) encoding.ssrc = integer(object.ssrc, `${path}.ssrc`, 1, 0xffffffff);
  if (object.rid !== undefined) encoding.rid = text(object.rid, `${path}.rid`, MAX_TOKEN);
  if (object.codecPayloadType !== undefined) {
    encoding.codecPayloadType = integer(object.codecPayloadType, `${path}.codecPayloadType`, 0, 127);
  }
  if (object.rtx !== undefined && object.rtx !== null) {
    encoding.rtx = { ssrc: integer(record(object.rtx, `${path}.rtx`).ssrc, `${path}.rtx.ssrc`, 1, 0xffffffff) };
  }
  if (object.dtx !== undefined) encoding.dtx = object.dtx === true;
  if (object.scalabilityMode)
    encoding.scalabilityMode = text(object.scalabilityMode, `${path}.scalabilityMode`, MAX_TOKEN);
  for (const name of ['scaleResolutionDownBy', 'maxBitrate'] as const) {
    const value = object[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !(value > 0 && value < Number.POSITIVE_INFINITY)) {
      return refuse(`${path}.${name}`, 'is no positive number');
    }
    encoding[name] = value;
  }
  return encoding;
}

function mime(value: unknown, path: string): string {
  const type = text(value, path, MAX_TEXT);
  return /^(audio|video)\/[\w.+-]+$/i.test(type) ? type : refuse(path, 'is no audio or video MIME type');
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(path, 'is no object');
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string, most: number): unknown[] {
  if (!Array.isArray(value)) return refuse(path, 'is no array');
  return value.length <= most ? value : refuse(path, `has more than ${most} members`);
}

function text(value: unknown, path: string, longest: number, shortest = 1): string {
  if (typeof value !== 'string') return refuse(path, 'is no string');
  return value.length >= shortest && value.length <= longest
    ? value
    : refuse(path, `has not ${shortest} to ${longest} characters`);
}

function integer(value: unknown, path: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return refuse(path, 'is no integer');
  return value >= least && value <= most ? value : refuse(path, `is not within ${least} to ${most}`);
}

function refuse(path: string, reason: string): never {
  throw new MediaError('invalid-parameters', `${path} ${reason}`);
}

/** RFC 8839 section 5.4. */
const USERNAME_FRAGMENT = /^[A-Za-z0-9+/]{4,256}$/;
const ICE_PASSWORD = /^[A-Za-z0-9+/]{22,256}$/;
/** 32 pairs of hexadecimal digits. */
const SHA256_FINGERPRINT = /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/;
/** Several times Chromium's offer, which has 24 codecs and a dozen extensions. */
const MAX_CODECS = 128;
const MAX_EXTENSIONS = 128;
/** Browsers send three simulcast encodings at most. */
const MAX_ENCODINGS = 8;
const MAX_FINGERPRINTS = 16;
/** More audio producers than one transport can take. */
const MAX_LOUDEST = 1024;
/** Identifiers such as mid and rid; header extensions carry at most 255 bytes of them. */
const MAX_TOKEN = 64;
const MAX_TEXT = 255;
