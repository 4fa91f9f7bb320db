import { CodedError, type DtlsParameters } from '@waterbus/protocol';
import { type MediaDescription, parse, type SessionDescription } from 'sdp-transform';
import { flows, type OfferedStream, type Purpose, streamOf } from './offered-stream.js';

/** The offer of a client over HTTP, as far as this server uses it. */
export interface Offer {
  /** One for each media section, in their order. */
  sections: OfferedSection[];
  dtls: DtlsParameters;
  ice: IceCredentials;
  /** The client takes both header extension forms in one stream (RFC 8285 section 4.1.2). */
  mixesExtensionForms: boolean;
}

/** The client's, of one ICE session. */
export interface IceCredentials {
  ufrag: string;
  /** Fragments of descriptions may omit it. */
  password: string | undefined;
}

export interface OfferedSection {
  /** The first line of the section, for its rejection. */
  type: string;
  protocol: string;
  formats: string;
  mid: string | undefined;
  /** Undefined: the server rejects the section. */
  stream: OfferedStream | undefined;
}

/**
 * Reads any text. Throws `sdp.invalid`, or `sdp.unacceptable` for an offer without a stream that
 * this server could take.
 */
export function readOffer(text: string, purpose: Purpose): Offer {
  const description = parsed(text);
  const [first, ...others] = description.media.filter((section) => isStream(section, purpose));
  if (!first) throw new CodedError('sdp.unacceptable', `no section ${purpose} sound or pictures`);
  const bundled = bundleOf(description, first);
  const taken = new Set([first, ...others.filter((section) => bundled.has(section.mid))]);
  return {
    sections: description.media.map((section) => ({
      type: token(section.type),
      protocol: token(section.protocol),
      formats: section.payloads ?? '0',
      mid: section.mid === undefined ? undefined : String(section.mid),
      stream: taken.has(section) ? streamOf(section, purpose) : undefined,
    })),
    dtls: dtlsOf(description, first),
    ice: credentialsOf(description, first),
    mixesExtensionForms: (first.extmapAllowMixed ?? description.extmapAllowMixed) !== undefined,
  };
}

/** Reads the lines that sdp-transform supports; it skips all others. */
function parsed(text: string): SessionDescription {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines[0] !== 'v=0') throw new CodedError('sdp.invalid', 'the first line is not v=0');
  if (lines.length > MOST_LINES || lines.some((line) => line.length > LONGEST_LINE)) {
    throw new CodedError('sdp.invalid', `more than ${MOST_LINES} lines or ${LONGEST_LINE} characters in one`);
  }
  let description: SessionDescription;
  try {
    description = parse(text);
  } catch {
    throw new CodedError('sdp.invalid');
  }
  const { length } = description.media;
  if (length === 0 || length > MOST_SECTIONS) throw new CodedError('sdp.invalid', `${length} media sections`);
  for (const { type, protocol, mid, payloads } of description.media) {
    const whole = type !== undefined && protocol !== undefined && FORMATS.test(payloads ?? '0');
    if (!whole || (mid !== undefined && !TOKEN.test(String(mid)))) {
      throw new CodedError('sdp.invalid', 'a media section is malformed');
    }
  }
  const mids = description.media.flatMap(({ mid }) => (mid === undefined ? [] : [String(mid)]));
  if (new Set(mids).size < mids.length) throw new CodedError('sdp.invalid', 'a mid occurs twice');
  return description;
}

/** Whether a section is for sound or pictures over DTLS, with RTCP on the same port. */
function isStream(
  { type, protocol, port, bundleOnly, direction, rtcpMux, mid }: MediaDescription,
  purpose: Purpose,
): boolean {
  if (type !== 'audio' && type !== 'video') return false;
  const isOpen = port !== 0 || bundleOnly !== undefined;
  return (
    flows(direction, purpose) &&
    isOpen &&
    mid !== undefined &&
    rtcpMux !== undefined &&
    /^UDP\/TLS\/RTP\/SAVPF?$/.test(protocol)
  );
}

/** The sections that share the transport of the first stream (RFC 8843). */
function bundleOf({ groups = [] }: SessionDescription, first: MediaDescription): Set<unknown> {
  const bundles = groups.filter(({ type }) => type === 'BUNDLE').map(({ mids }) => String(mids).split(' '));
  const mids = bundles.find((members) => members.includes(String(first.mid))) ?? [];
  // sdp-transform turns digits into numbers.
  return new Set(mids.flatMap((mid) => [mid, Number(mid)]));
}

function dtlsOf(description: SessionDescription, section: MediaDescription): DtlsParameters {
  const fingerprint = section.fingerprint ?? description.fingerprint;
  if (!fingerprint) throw new CodedError('sdp.invalid', 'there is no DTLS fingerprint');
  const { type, hash } = fingerprint;
  if (String(type).toLowerCase() !== 'sha-256' || !SHA256.test(String(hash))) {
    throw new CodedError('sdp.unacceptable', 'the DTLS fingerprint is not one of SHA-256');
  }
  const setup = section.setup ?? description.setup;
  // An ICE-lite server waits for the client's ClientHello.
  if (setup === 'passive') throw new CodedError('sdp.unacceptable', 'the client must take the active role of DTLS');
  return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: String(hash).toUpperCase() }] };
}

function credentialsOf(description: SessionDescription, section: MediaDescription): IceCredentials {
  const ufrag = section.iceUfrag ?? description.iceUfrag;
  const password = section.icePwd ?? description.icePwd;
  if (ufrag === undefined || password === undefined) throw new CodedError('sdp.invalid', 'there is no ICE password');
  return { ufrag: String(ufrag), password: String(password) };
}

function token(text: string): string {
  if (!/^[\w./-]{1,64}$/.test(text)) throw new CodedError('sdp.invalid', 'a media section is malformed');
  return text;
}

/** RFC 8866: the value of a mid, and the formats of a section. */
const TOKEN = /^[\w!#$%&'*+.^`{|}~-]{1,16}$/;
const FORMATS = /^[\w.+/-]+( [\w.+/-]+)*$/;
const SHA256 = /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}$/;

/** An offer of Chromium with all codecs has 200 lines of 100 characters at most. */
const MOST_LINES = 2000;
const LONGEST_LINE = 2000;
/** A client sends one sound and one picture; the rest is rejected section by section. */
const MOST_SECTIONS = 32;
