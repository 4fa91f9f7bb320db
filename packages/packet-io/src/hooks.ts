import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Native } from './native.js';

/** The exports of native/hooks/module.cc: the addon of tests and benchmarks. */
export interface Hooks extends Native {
  /**
   * The kernel takes `after` messages more of this addon's socket at a local port, then `count`
   * calls to its send fail with this errno.
   */
  failNextSends(port: number, errno: number, count: number, after: number): void;
  /** The resulting bytes, or the reason for their absence. */
  srtpVector(vector: SrtpVector): Uint8Array | string;
  /** Session key, authentication key and salt of SRTP or SRTCP, one after the other. */
  srtpSessionKeys(options: { profile: string; keys: Uint8Array; rtcp: boolean }): Uint8Array | string;
  runFloor(options: object): { floorUs: number; packets: number; feedback: number };
}

export interface SrtpVector {
  profile: string;
  /** Key and salt: of the master to derive from, or of the session. */
  keys: Uint8Array;
  derive: boolean;
  packet: Uint8Array;
  rtcp: boolean;
  unprotect: boolean;
  rollover: number;
  rtcpIndex: number;
}

export const hooks: Hooks = load();

function load(): Hooks {
  const { PACKET_IO_ADDON } = process.env;
  const folder = PACKET_IO_ADDON
    ? dirname(PACKET_IO_ADDON)
    : fileURLToPath(new URL('../build/Release', import.meta.url));
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, join(folder, 'packet_io.hooks'));
  return loaded.exports as Hooks;
}
