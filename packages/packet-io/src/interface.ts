/**
 * The packet plane: one UDP socket, its DTLS and SRTP sessions, and the numbers through which they are driven.
 *
 * The bytes lie in one arena shared between the addon and JavaScript. `ReceiveWord` records describe
 * received packets, `SendWord` records packets to send, both in plain `Int32Array`s, so that a packet
 * costs no object on either side. It has no knowledge of rooms, codecs or ICE: the code that checks
 * ICE sets the address of a session.
 */

export * from './words.js';

export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AEAD_AES_256_GCM' | 'AES128_CM_HMAC_SHA1_80';
export type DtlsRole = 'client' | 'server';

/** RFC 8122: a hash name as in SDP (`sha-256`) and upper-case hex pairs joined by colons. */
export interface DtlsFingerprint {
  algorithm: string;
  value: string;
}

/**
 * The budget of incoming datagrams per second; the amount of one second may arrive at once. The
 * excess is dropped and counted before it costs JavaScript anything.
 */
export interface IncomingBudget {
  /** Authentic packets of one session; an RTCP packet counts as four. */
  packets: number;
  /** Bits of these packets. */
  bits: number;
  /**
   * STUN messages from the addresses of one session, and DTLS datagrams: any sender can forge them.
   */
  stun: number;
  dtls: number;
  /** STUN messages from one address (IPv6: one /64) that belongs to no session, and from all such addresses. */
  strangerStun: number;
  strangersStun: number;
  /**
   * Milliseconds that a session may exceed `packets` or `bits` before a `ReceiveKind.Flood` record
   * reports it, once.
   */
  patience: number;
}

/** The limits of TCP connections. Times are milliseconds. */
export interface TcpLimits {
  /** Connections in all (8192 at most), and from one address (IPv6: one /64). */
  connections: number;
  connectionsOfAddress: number;
  /**
   * Of these, connections of peers that no session has: `setAddress` or `addAddress` was not
   * called. In all, where a new one replaces the oldest, and from one address, where a new one is
   * refused.
   */
  strangers: number;
  strangersOfAddress: number;
  /** How long a connection may belong to no session, and how long a peer may send nothing. */
  patience: number;
  idle: number;
  /** Bytes that wait for one connection, and how long they wait. */
  queueBytes: number;
  queueAge: number;
}

export interface PacketSocketOptions {
  /** Local address to bind, default `::` with IPv4 mapped where the host has IPv6, else `0.0.0.0`. */
  address?: string;
  /** 0 lets the kernel choose. */
  port: number;
  /**
   * Further UDP ports, seven at most. Packets leave from the port at which datagrams of their
   * address arrived.
   */
  extraPorts?: readonly number[];
  /** Highest number of sessions open at once, default 4096. */
  maxSessions?: number;
  /** Bytes of the arena that belong to the caller (packet stores, scratch), default 64 MiB. */
  callerBytes?: number;
  /**
   * Messages per batch, default 256. With UDP GRO one of them may contain up to 64 datagrams of one
   * sender; `received` has room for all.
   */
  receiveBatch?: number;
  /** Send descriptors that fit `sends`, default 32768. */
  sendCapacity?: number;
  /** The requested SO_SNDBUF and SO_RCVBUF, bytes, default 4 MiB. */
  socketBuffer?: number;
  /** Milliseconds that a packet may wait while the socket buffer is full, default 100. */
  queueAge?: number;
  /**
   * Messages in and out per second, above which the socket is read each millisecond instead of at
   * each arrival, default 8000; below half of it, at each arrival again.
   */
  moderateAbove?: number;
  /** SRTP profiles in order of preference as server, default GCM128, GCM256, CM80. */
  srtpProfiles?: SrtpProfile[];
  /** Turns UDP GSO off (for tests and comparison). */
  disableGso?: boolean;
  /** The largest datagram of a DTLS flight, bytes, default 1200. */
  dtlsMtu?: number;
  /**
   * Accepts TCP connections at the same address and port (ICE-TCP, RFC 6544 passive), within these
   * limits. A connection is an address: one frame of it (RFC 4571) is one datagram.
   */
  tcp?: Partial<TcpLimits>;
  /** The defaults allow several times the traffic of browsers. */
  incoming?: Partial<IncomingBudget>;
  /**
   * Called once per batch: at each arrival, or, above some thousand messages in and out per second,
   * each millisecond at most, so that the datagrams of that time cost one wake-up and leave in
   * longer runs. `received` contains `count` records. `now` is milliseconds of the monotonic clock
   * (`performance.now()`).
   */
  onBatch(count: number, now: number): void;
  /** The time set by `wakeAt` is reached; same clock. */
  onWake?(now: number): void;
}

/** Monotonic totals since the socket was opened, and gauges at the end. All are plain numbers. */
export interface PacketIoCounters {
  receivedDatagrams: number;
  receivedBytes: number;
  /**
   * Messages of the kernel, each one or, by GRO, several datagrams; and the calls that read them.
   */
  receivedMessages: number;
  receiveCalls: number;
  sentDatagrams: number;
  sentBytes: number;
  /** Messages to the kernel, each a run or a single datagram; and the calls that sent them. */
  sentMessages: number;
  sendCalls: number;
  /** Runs that left as one GSO call, and the datagrams in them. */
  gsoRuns: number;
  gsoDatagrams: number;
  /** Bytes of RTP padding added to make the packets of a run equal. */
  paddingBytes: number;
  /** Times that the kernel or NIC refused GSO and a run left datagram by datagram. */
  gsoFallbacks: number;
  /** Dropped: socket buffer and bounded queue full; session unknown or not keyed. */
  droppedQueueFull: number;
  /** Of these: STUN, DTLS and RTCP; audio; packets that waited for `queueAge`. */
  droppedQueueControl: number;
  droppedQueueAudio: number;
  droppedTooOld: number;
  /** Datagrams that the kernel dropped because the receive buffer was full (SO_RXQ_OVFL), as of the last one received. */
  kernelDrops: number;
  droppedNoSession: number;
  /** Send errors other than a full buffer. */
  sendErrors: number;
  /** Incoming: unknown first byte or too short; unknown 5-tuple; failed authentication; replayed. */
  droppedUnclassified: number;
  droppedUnknownAddress: number;
  droppedAuthentication: number;
  droppedReplay: number;
  /**
   * DTLS datagrams without an acceptable record: plaintext after the handshake, alerts before it,
   * no ClientHello.
   */
  droppedDtls: number;
  /** Above the incoming budget: STUN; authentic RTP and RTCP. (DTLS counts in `droppedDtls`.) */
  droppedStun: number;
  droppedOverBudget: number;
  /** Calls of `setAddress` and `addAddress` for an address that another session holds. */
  refusedAddresses: number;
  /** Dropped because the session already sends 16,384 SSRCs: `forgetStream` was not called. */
  droppedTooManyStreams: number;
  /** Received SSRCs evicted for new ones: a session keeps 1,024. */
  replacedStreams: number;
  dtlsHandshakes: number;
  dtlsFailures: number;
  /**
   * TCP connections accepted; refused because of a limit; ended because of a frame that is too
   * long, or no STUN while no session has the connection; ended because they belonged to no
   * session, were silent for too long, or made room for another.
   */
  tcpAccepted: number;
  tcpRefused: number;
  tcpRejected: number;
  tcpExpired: number;
  /** Frames, which also count as datagrams. */
  tcpFramesReceived: number;
  tcpFramesSent: number;
  /** Frames that were not sent, by kind: no room, too old, or the connection has ended. */
  tcpDroppedControl: number;
  tcpDroppedAudio: number;
  tcpDroppedVideo: number;
  /** Of these: too old. */
  tcpDroppedTooOld: number;
  /** Gauges. TCP connections, and the ones of them that no session has had. */
  tcpConnections: number;
  tcpStrangers: number;
  sessions: number;
  queuedDatagrams: number;
  gsoEnabled: number;
  /**
   * 1 while the rate is so high that the socket is read at intervals instead of at each arrival.
   */
  moderated: number;
}

export interface PacketSocket {
  readonly port: number;
  readonly extraPorts: readonly number[];
  readonly address: string;
  /** Memory shared with the addon. */
  readonly arena: Uint8Array;
  /**
   * The part of the arena that belongs to the caller. Receive slots lie before it and are valid
   * until `onBatch` returns.
   */
  readonly callerOffset: number;
  readonly callerBytes: number;
  readonly received: Int32Array;
  readonly sends: Int32Array;
  /** SHA-256 fingerprint of this socket's certificate. */
  readonly fingerprint: DtlsFingerprint;
  /**
   * Bytes granted by the kernel of `socketBuffer`: less where net.core.rmem_max or wmem_max is
   * lower.
   */
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  /** Takes a free session index. Throws a `RangeError` when `maxSessions` are open. */
  openSession(): number;
  /**
   * Binds a session to the remote address whose record lies at `addressOffset`: its packets are
   * sent to that address, and datagrams from that address belong to it. A session has one current
   * address for sending; `addAddress` adds one for receiving only. Call them for every
   * authenticated check: they renew the hold on the address.
   *
   * An address belongs to one session. Returns false, and changes nothing, when another session
   * holds it: its peer proved to be there (a handshake, or SRTP) and showed a sign of life within
   * 15 s. An address that is merely added, or current and not proven, passes to the session that
   * called last; `addAddress` takes no current one.
   */
  setAddress(session: number, addressOffset: number): boolean;
  addAddress(session: number, addressOffset: number): boolean;
  /** Starts DTLS. The handshake fails unless the peer's certificate has this fingerprint. As client it sends at once. */
  startDtls(session: number, role: DtlsRole, remote: DtlsFingerprint): void;
  /** Keys a session without DTLS (tests, vectors). Keys are master key then salt. */
  setKeys(session: number, profile: SrtpProfile, send: Uint8Array, receive: Uint8Array): void;
  /**
   * From now on the header extensions of stored packets leave under this peer's ids, in one-byte
   * form unless one is longer than 16 bytes. `ids`: 16 numbers up to 14, by the id in stored
   * packets; 0: the peer does not take this extension. Offsets in descriptors remain those of the
   * stored packet. Without a call packets leave as they are stored.
   */
  setExtensionIds(session: number, ids: Uint8Array): void;
  /**
   * Forgets an SSRC that was sent: a session keeps 16,384 at a time. Flush its waiting packets
   * before, and never send it in this session again: under AES-GCM its nonces would repeat.
   * (Received SSRCs are evicted when room is needed.)
   */
  forgetStream(session: number, ssrc: number): void;
  /** SRTP profile in use, or undefined before the session has keys. */
  profile(session: number): SrtpProfile | undefined;
  /** Sends close_notify if DTLS is connected, wipes the keys and frees the index. */
  closeSession(session: number): void;
  /**
   * Sends bytes unchanged (STUN) to the address whose record lies at `addressOffset`, from the
   * local address in it. A full buffer never throws.
   */
  sendTo(addressOffset: number, offset: number, length: number): void;
  /** Protects and sends the first `count` descriptors of `sends`, in order for each session. */
  flush(count: number): void;
  /**
   * Sets the time of the next `onWake`, milliseconds of the monotonic clock, to a fraction of one
   * on Linux; `Infinity`: never. There is one such time: a call replaces the one before.
   */
  wakeAt(time: number): void;
  counters(): PacketIoCounters;
  close(): void;
}
