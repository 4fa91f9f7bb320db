import {
  ADDRESS_BYTES,
  AddressProtocol,
  DtlsState,
  type PacketPort,
  RECEIVE_WORDS,
  ReceiveFlag,
  ReceiveKind,
  ReceiveWord,
  SEND_WORDS,
  SendFlag,
  SendWord,
} from '../../src/port/packet-port.js';

/**
 * A packet plane in memory: patches headers as the addon does, and passes plain packets to a
 * listener.
 */
export class MemoryPort implements PacketPort {
  readonly arena: Uint8Array;
  readonly callerOffset = RECEIVE_BYTES;
  readonly callerBytes: number;
  readonly received = new Int32Array(RECEIVE_SLOTS * RECEIVE_WORDS);
  readonly sends: Int32Array;
  readonly fingerprint = { algorithm: 'sha-256', value: new Array(32).fill('AB').join(':') };
  readonly open = new Set<number>();
  readonly dtls = new Map<number, { role: string; fingerprint: string }>();
  /** Address record chosen for each session, as hexadecimal. */
  readonly addresses = new Map<number, string>();
  readonly learntAddresses: { session: number; address: string }[] = [];
  /** Sessions whose handshake completed at their address. */
  private readonly proven = new Set<number>();
  /** As set; packets keep the router's ids here. */
  readonly extensionIds = new Map<number, Uint8Array>();
  readonly forgotten: { session: number; ssrc: number }[] = [];
  /** Addresses of TCP connections that have ended. */
  private readonly ended = new Set<string>();
  flushes = 0;
  /** Packets that SRTP would refuse: a different packet under a used sequence number. */
  refused = 0;
  /** By session and SSRC: the last packets, by sequence number. */
  private readonly sent = new Map<string, Map<number, { packet: string; repeatable: boolean }>>();
  onPacket: (session: number, packet: Uint8Array, isRtp: boolean) => void = () => {};
  onStun: (address: string, message: Uint8Array) => void = () => {};
  private nextSession = 0;
  private slots = 0;
  private end = 0;

  constructor(options: { callerBytes?: number; sendCapacity?: number } = {}) {
    this.callerBytes = options.callerBytes ?? 16 * 1024 * 1024;
    this.arena = new Uint8Array(RECEIVE_BYTES + this.callerBytes);
    this.sends = new Int32Array((options.sendCapacity ?? 4096) * SEND_WORDS);
  }

  /** Puts a record into `received`; returns the number of waiting records. */
  put(kind: number, session: number, bytes: Uint8Array, ageMicroseconds = 0, address?: Uint8Array): number {
    const at = this.slots++ * RECEIVE_WORDS;
    if (this.end + bytes.length + ADDRESS_BYTES > RECEIVE_BYTES) throw new Error('too much at once');
    this.arena.set(bytes, this.end);
    this.received[at + ReceiveWord.Kind] = kind;
    this.received[at + ReceiveWord.Session] = session;
    this.received[at + ReceiveWord.Offset] = this.end;
    this.received[at + ReceiveWord.Length] = bytes.length;
    this.received[at + ReceiveWord.Age] = ageMicroseconds;
    this.received[at + ReceiveWord.Flags] = 0;
    this.end += bytes.length;
    this.received[at + ReceiveWord.Address] = this.end;
    if (address) this.arena.set(address, this.end);
    this.end += ADDRESS_BYTES;
    return this.slots;
  }

  /** Media of a session from a checked address. */
  putMedia(kind: number, session: number, bytes: Uint8Array, address: Uint8Array): number {
    const count = this.put(kind, session, bytes, 0, address);
    const at = (count - 1) * RECEIVE_WORDS;
    const isElsewhere = this.addresses.get(session) !== this.addressKey(this.received[at + ReceiveWord.Address]!);
    this.received[at + ReceiveWord.Flags] = isElsewhere ? ReceiveFlag.Elsewhere : 0;
    return count;
  }

  putDtls(session: number, state: number): number {
    const count = this.put(ReceiveKind.Dtls, session, new Uint8Array(0));
    this.received[(count - 1) * RECEIVE_WORDS + ReceiveWord.Offset] = state;
    if (state === DtlsState.Connected) this.proven.add(session);
    return count;
  }

  /** The TCP connection of the session's current address ends. */
  putGone(session: number): number {
    this.ended.add(this.addresses.get(session)!);
    this.addresses.delete(session);
    this.proven.delete(session);
    return this.put(ReceiveKind.Gone, session, new Uint8Array(0));
  }

  /** Returns the number of waiting records; the caller passes them to the engine at once. */
  take(): number {
    const count = this.slots;
    this.slots = 0;
    this.end = 0;
    return count;
  }

  openSession(): number {
    this.open.add(this.nextSession);
    return this.nextSession++;
  }

  setAddress(session: number, addressOffset: number): boolean {
    const key = this.addressKey(addressOffset);
    if (this.ended.has(key) || this.isTaken(session, key)) return false;
    this.addresses.set(session, key);
    return true;
  }

  addAddress(session: number, addressOffset: number): boolean {
    const key = this.addressKey(addressOffset);
    if (this.ended.has(key) || this.isTaken(session, key)) return false;
    this.learntAddresses.push({ session, address: key });
    return true;
  }

  setExtensionIds(session: number, ids: Uint8Array): void {
    this.extensionIds.set(session, ids);
  }

  /** As in the packet plane: an address stays with the session whose peer has proven it. */
  private isTaken(session: number, key: string): boolean {
    return [...this.addresses].some(([owner, held]) => owner !== session && held === key && this.proven.has(owner));
  }

  forgetStream(session: number, ssrc: number): void {
    this.forgotten.push({ session, ssrc });
  }

  startDtls(session: number, role: 'client' | 'server', remote: { algorithm: string; value: string }): void {
    this.dtls.set(session, { role, fingerprint: remote.value });
  }

  closeSession(session: number): void {
    this.addresses.delete(session);
    this.proven.delete(session);
    if (!this.open.delete(session)) throw new Error(`session ${session} is not open`);
  }

  sendTo(addressOffset: number, offset: number, length: number): void {
    this.onStun(this.addressKey(addressOffset), this.arena.slice(offset, offset + length));
  }

  flush(count: number): void {
    this.flushes++;
    for (let i = 0; i < count; i++) this.deliver(this.sends.subarray(i * SEND_WORDS, (i + 1) * SEND_WORDS));
  }

  private deliver(words: Int32Array): void {
    const flags = words[SendWord.Flags]!;
    const offset = words[SendWord.Offset]!;
    let packet = this.arena.slice(offset, offset + words[SendWord.Length]!);
    if ((flags & SendFlag.Rtp) === 0) {
      this.onPacket(words[SendWord.Session]!, packet, false);
      return;
    }
    const view = new DataView(packet.buffer);
    const marker = flags & SendFlag.Marker ? 0x80 : packet[1]! & 0x80;
    packet[1] = marker | words[SendWord.PayloadType]!;
    view.setUint16(2, words[SendWord.SequenceNumber]!);
    view.setInt32(4, words[SendWord.Timestamp]!);
    view.setInt32(8, words[SendWord.Ssrc]!);
    if (words[SendWord.TransportWide]! >= 0) {
      view.setUint16(words[SendWord.TransportWideOffset]!, words[SendWord.TransportWide]!);
    }
    if (flags & SendFlag.Payload) {
      const patch = words[SendWord.PayloadPatch]!;
      const at = patch & 0xffff;
      const count = patch >>> 16;
      if (at < 12 || count < 1 || count > 8 || at + count > packet.length)
        throw new Error('a patch outside the packet');
      for (let i = 0; i < count; i++) {
        packet[at + i] = words[i < 4 ? SendWord.PayloadLow : SendWord.PayloadHigh]! >> (8 * (i & 3));
      }
    }
    if (flags & SendFlag.Rtx) {
      const header = 16 + view.getUint16(14) * 4;
      const longer = new Uint8Array(packet.length + 2);
      longer.set(packet.subarray(0, header));
      new DataView(longer.buffer).setUint16(header, words[SendWord.OriginalSequenceNumber]!);
      longer.set(packet.subarray(header), header + 2);
      packet = longer;
    }
    if (!this.isFresh(words, packet)) {
      this.refused++;
      return;
    }
    this.onPacket(words[SendWord.Session]!, packet, true);
  }

  /**
   * The packet plane's rule: a number is used once, or again for the same bytes if both were
   * declared repeatable.
   */
  private isFresh(words: Int32Array, packet: Uint8Array): boolean {
    const stream = `${words[SendWord.Session]}/${words[SendWord.Ssrc]}`;
    const sequenceNumber = new DataView(packet.buffer).getUint16(2);
    const text = Buffer.from(packet).toString('latin1');
    const repeatable = (words[SendWord.Flags]! & SendFlag.Repeatable) !== 0;
    const sent = this.sent.get(stream) ?? new Map();
    this.sent.set(stream, sent);
    const before = sent.get(sequenceNumber);
    if (before) return repeatable && before.repeatable && before.packet === text;
    sent.set(sequenceNumber, { packet: text, repeatable });
    if (sent.size > REPLAY_WINDOW) sent.delete(sent.keys().next().value!);
    return true;
  }

  private addressKey(offset: number): string {
    return Array.from(this.arena.subarray(offset, offset + ADDRESS_BYTES), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
  }
}

/** An address record of an IPv4 peer. */
export function ipv4Address(lastByte: number, port: number): Uint8Array {
  const record = new Uint8Array(ADDRESS_BYTES);
  record.set([4, 0, port >> 8, port & 0xff, 192, 0, 2, lastByte]);
  return record;
}

/** An address record of a TCP connection of an IPv4 peer. */
export function tcpAddress(lastByte: number, port: number, connection: number): Uint8Array {
  const record = ipv4Address(lastByte, port);
  record[1] = AddressProtocol.Tcp;
  new DataView(record.buffer).setUint32(36, connection);
  return record;
}

/** The size of the packet plane's replay window, in numbers. */
const REPLAY_WINDOW = 1024;
const RECEIVE_BYTES = 1024 * 1024;
const RECEIVE_SLOTS = 512;
