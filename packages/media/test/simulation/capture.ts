import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { RtpParameters } from '../../src/index.js';

/** The packets of a browser to a media node, as recorded by `bench/captures`. */
export interface Capture {
  name: string;
  codec: 'vp8' | 'vp9' | 'h264' | 'av1';
  width: number;
  height: number;
  rtpParameters: RtpParameters;
  packets: CapturedPacket[];
}

export interface CapturedPacket {
  /** Milliseconds since the first one. */
  at: number;
  isRtp: boolean;
  /** Of full length; payload bytes that were not recorded are 0. */
  bytes: Uint8Array;
}

const FOLDER = new URL('../captures/', import.meta.url);
const SUFFIX = '.txt.gz';

export const captureNames: string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));

export function readCapture(name: string): Capture {
  const [head, ...lines] = gunzipSync(readFileSync(new URL(`${name}${SUFFIX}`, FOLDER)))
    .toString()
    .trim()
    .split('\n');
  const { publishing, rtpParameters } = JSON.parse(head!);
  const { codec, width, height } = publishing;
  return { name, codec, width, height, rtpParameters, packets: lines.map(readLine) };
}

function readLine(line: string): CapturedPacket {
  const [at, kind, length, recorded] = line.split(' ');
  const [hex, padding] = recorded!.split('+');
  const bytes = new Uint8Array(Number(length));
  bytes.set(Buffer.from(hex!, 'hex').subarray(0, bytes.length));
  if (padding !== undefined) bytes[bytes.length - 1] = Number(padding);
  return { at: Number(at) / 1000, isRtp: kind === 'rtp', bytes };
}
