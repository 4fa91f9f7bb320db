import type {
  DtlsFingerprint,
  DtlsRole,
  IncomingBudget,
  PacketIoCounters,
  PacketSocket,
  PacketSocketOptions,
  SrtpProfile,
  TcpLimits,
} from './interface.js';
import { RECEIVE_WORDS, SEND_WORDS } from './interface.js';
import { type Native, type NativeSocket, native } from './native.js';

/**
 * Opens a UDP socket with its arena, DTLS context and sessions.
 *
 * Throws an `Error` with the system's `code` (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ...) when
 * the address cannot be bound, a `RangeError` for an invalid option.
 */
export function openPacketSocket(options: PacketSocketOptions): PacketSocket {
  return openPacketSocketOf(native, options);
}

/** `addon`: the ordinary one, or that of the tests. */
export function openPacketSocketOf(addon: Native, options: PacketSocketOptions): PacketSocket {
  const callerBytes = integer('callerBytes', options.callerBytes ?? DEFAULT_CALLER_BYTES, 0, MAX_CALLER_BYTES);
  const sendCapacity = integer('sendCapacity', options.sendCapacity ?? 32_768, 1, 1 << 20);
  const address = options.address ?? '';
  const port = integer('port', options.port, 0, 65_535);
  const opened = addon.openPacketSocket({
    address,
    port,
    extraPorts: extraPorts(options.extraPorts ?? []),
    maxSessions: integer('maxSessions', options.maxSessions ?? 4096, 1, 65_536),
    callerBytes,
    receiveBatch: integer('receiveBatch', options.receiveBatch ?? 256, 1, 1024),
    sendCapacity,
    socketBuffer: integer('socketBuffer', options.socketBuffer ?? DEFAULT_SOCKET_BUFFER, 2048, 1 << 30),
    profiles: profileList(options.srtpProfiles ?? DEFAULT_PROFILES),
    disableGso: options.disableGso ?? false,
    dtlsMtu: integer('dtlsMtu', options.dtlsMtu ?? 1200, 256, 65_507),
    clockOffset: clockOffset(),
    moderateAbove: integer('moderateAbove', options.moderateAbove ?? DEFAULT_MODERATE_ABOVE, 1, 1e9),
    queueAge: integer('queueAge', options.queueAge ?? DEFAULT_QUEUE_AGE, 1, 60_000),
    tcp: options.tcp !== undefined,
    tcpLimits: tcpLimits(options.tcp ?? {}),
    incoming: budget(options.incoming ?? {}),
    onBatch: options.onBatch,
    onWake: options.onWake ?? (() => {}),
  });
  if (!('buffer' in opened)) {
    const where = `${opened.tcp ? 'TCP' : 'UDP'} port ${opened.port}${address === '' ? '' : ` of ${address}`}`;
    throw Object.assign(new Error(`cannot open ${where}: ${opened.reason} (${opened.code}, ${opened.call})`), {
      code: opened.code,
      port: opened.port,
      address,
    });
  }
  return new NativePacketSocket(opened, callerBytes, sendCapacity);
}

class NativePacketSocket implements PacketSocket {
  readonly port: number;
  readonly extraPorts: readonly number[];
  readonly address: string;
  readonly arena: Uint8Array;
  readonly callerOffset: number;
  readonly received: Int32Array;
  readonly sends: Int32Array;
  readonly fingerprint: DtlsFingerprint;
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  readonly #native: NativeSocket;

  constructor(
    opened: NativeSocket,
    readonly callerBytes: number,
    readonly sendCapacity: number,
  ) {
    this.#native = opened;
    this.port = opened.port;
    this.extraPorts = opened.extraPorts;
    this.address = opened.address;
    this.arena = new Uint8Array(opened.buffer);
    this.callerOffset = opened.callerOffset;
    this.received = new Int32Array(opened.buffer, opened.receivedOffset, opened.receivedCapacity * RECEIVE_WORDS);
    this.sends = new Int32Array(opened.buffer, opened.sendsOffset, sendCapacity * SEND_WORDS);
    this.receiveBuffer = opened.receiveBuffer;
    this.sendBuffer = opened.sendBuffer;
    this.fingerprint = { algorithm: 'sha-256', value: opened.fingerprint };
  }

  openSession(): number {
    return this.#native.openSession();
  }
  setAddress(session: number, addressOffset: number): boolean {
    return this.#native.setAddress(session, addressOffset);
  }
  addAddress(session: number, addressOffset: number): boolean {
    return this.#native.addAddress(session, addressOffset);
  }
  startDtls(session: number, role: DtlsRole, remote: DtlsFingerprint): void {
    this.#native.startDtls(session, role === 'client', remote.algorithm, remote.value);
  }
  setKeys(session: number, profile: SrtpProfile, send: Uint8Array, receive: Uint8Array): void {
    this.#native.setKeys(session, profile, send, receive);
  }
  setExtensionIds(session: number, ids: Uint8Array): void {
    if (!(ids instanceof Uint8Array) || ids.length !== 16 || ids.some((id) => id > 14)) {
      throw new RangeError('extension ids are 16 numbers up to 14');
    }
    this.#native.setExtensionIds(session, ids);
  }
  forgetStream(session: number, ssrc: number): void {
    this.#native.forgetStream(session, ssrc);
  }
  profile(session: number): SrtpProfile | undefined {
    return this.#native.profile(session) as SrtpProfile | undefined;
  }
  closeSession(session: number): void {
    this.#native.closeSession(session);
  }
  sendTo(addressOffset: number, offset: number, length: number): void {
    this.#native.sendTo(addressOffset, offset, length);
  }
  flush(count: number): void {
    if (!(count >= 0 && count <= this.sendCapacity)) {
      throw new RangeError(`${count} send descriptors do not fit sendCapacity ${this.sendCapacity}`);
    }
    this.#native.flush(count);
  }
  wakeAt(time: number): void {
    this.#native.wakeAt(time);
  }
  counters(): PacketIoCounters {
    return this.#native.counters() as unknown as PacketIoCounters;
  }
  close(): void {
    this.#native.close();
  }
}

/**
 * The offset from libuv's clock to `performance.now()`, milliseconds. The closest pair of several
 * readings counts: the process may be interrupted between the two.
 */
function clockOffset(): number {
  let [offset, closest] = [0, Number.POSITIVE_INFINITY];
  for (let reading = 0; reading < CLOCK_READINGS; reading++) {
    const before = performance.now();
    const clock = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    if (after - before >= closest) continue;
    closest = after - before;
    offset = (before + after) / 2 - clock;
  }
  return offset;
}

function integer(name: string, value: number, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new RangeError(
    `packet socket option ${name} is ${value}, but has to be an integer from ${lowest} to ${highest}`,
  );
}

function budget(options: Partial<IncomingBudget>): IncomingBudget {
  const whole = { ...DEFAULT_BUDGET, ...options };
  for (const [name, value] of Object.entries(whole)) {
    if (!(value > 0)) throw new RangeError(`packet socket option incoming.${name} is ${value}, but has to be positive`);
  }
  return whole;
}

function extraPorts(ports: readonly number[]): number[] {
  if (ports.length > MOST_EXTRA_PORTS)
    throw new RangeError(`packet socket option extraPorts has more than seven ports`);
  return ports.map((port) => integer('extraPorts', port, 0, 65_535));
}

function tcpLimits(options: Partial<TcpLimits>): TcpLimits {
  const whole = { ...DEFAULT_TCP_LIMITS, ...options };
  for (const [name, value] of Object.entries(whole)) integer(`tcp.${name}`, value, 1, 1 << 30);
  integer('tcp.connections', whole.connections, 1, 8192);
  return whole;
}

/** In the format of OpenSSL. */
function profileList(profiles: readonly SrtpProfile[]): string {
  if (profiles.length === 0) throw new RangeError('packet socket option srtpProfiles is empty');
  return profiles
    .map((profile) => {
      const name = OPENSSL_PROFILES[profile];
      if (name === undefined) throw new RangeError(`unknown SRTP profile ${profile}`);
      return name;
    })
    .join(':');
}

const OPENSSL_PROFILES: Record<SrtpProfile, string> = {
  AEAD_AES_128_GCM: 'SRTP_AEAD_AES_128_GCM',
  AEAD_AES_256_GCM: 'SRTP_AEAD_AES_256_GCM',
  AES128_CM_HMAC_SHA1_80: 'SRTP_AES128_CM_SHA1_80',
};
const DEFAULT_PROFILES: SrtpProfile[] = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_HMAC_SHA1_80'];
/** The index of a port has three bits in an address record, and one port is `port`. */
const MOST_EXTRA_PORTS = 7;
/** The first readings of a process take longer than later ones, by a tenth of a millisecond. */
const CLOCK_READINGS = 16;
/**
 * 0.1 s at 300 Mbit/s, the rate of a busy worker: it absorbs a stall of the process of that length.
 */
const DEFAULT_SOCKET_BUFFER = 4 << 20;
/**
 * Milliseconds. An older packet is of no use to a call: receivers have requested it again, or gone
 * on.
 */
const DEFAULT_QUEUE_AGE = 100;
const DEFAULT_CALLER_BYTES = 64 << 20;
/** Offsets are int32 words, and receive slots need room as well. */
const MAX_CALLER_BYTES = 1 << 30;
/**
 * A camera in three layers takes 4 Mbit/s, a screen 5, retransmissions a quarter of that, and a
 * probe twice the rate for moments: about 20 Mbit/s and 2,500 packets a second at most. A browser
 * checks an address 20 times a second until it is connected, and a handshake has 10 datagrams. A
 * whole office may connect from one address that belongs to no session: each of its transports
 * takes two or three checks to be known.
 */
const DEFAULT_BUDGET: IncomingBudget = {
  packets: 6000,
  bits: 40e6,
  stun: 100,
  dtls: 200,
  strangerStun: 300,
  strangersStun: 5000,
  patience: 5000,
};
/**
 * Two transports for each of 200 people behind one address, and a second connection for one in five
 * that changes its network. A peer authenticates itself within a round trip of connecting; 10 s are
 * enough behind the slowest link. Browsers check each connection every few seconds. TCP sends a
 * lost segment again after 200 ms or more, and packets behind it are late by that: half a second is
 * one such loss, and more is of no use to a call. 256 KiB are that time at 4 Mbit/s.
 */
const DEFAULT_TCP_LIMITS: TcpLimits = {
  connections: 4096,
  connectionsOfAddress: 512,
  strangers: 512,
  strangersOfAddress: 64,
  patience: 10_000,
  idle: 60_000,
  queueBytes: 256 << 10,
  queueAge: 500,
};
/**
 * A call of ten people with cameras has this many messages a second, a call of three a tenth of it.
 */
const DEFAULT_MODERATE_ABOVE = 8000;
