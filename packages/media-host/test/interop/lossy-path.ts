import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { IceCandidate, TransportParameters } from '@waterbus/media';

/**
 * Relays a participant's datagrams through a socket of its own and loses every fifth packet of one
 * codec in one direction, each only the first time it passes. All others (RTX, RTCP, DTLS, STUN)
 * pass.
 */
export class LossyPath {
  lost = 0;
  /** Lost packets that came again under the same number. */
  repeated = 0;
  private readonly sockets: Socket[] = [];

  constructor(
    private readonly losing: 'to the node' | 'from the node',
    private readonly payloadTypes: ReadonlySet<number> = VP8_PAYLOAD_TYPES,
  ) {}

  readonly detour = async (parameters: TransportParameters): Promise<TransportParameters> => {
    const candidate = parameters.iceCandidates.find(({ address }) => isIPv4(address))!;
    const port = await this.relay(candidate);
    return { ...parameters, iceCandidates: [{ ...candidate, port }] };
  };

  close(): void {
    for (const socket of this.sockets) socket.close();
  }

  private async relay(node: IceCandidate): Promise<number> {
    const near = await this.openSocket();
    const far = await this.openSocket();
    let participant: { address: string; port: number } | undefined;
    const toNode = this.lossOf('to the node');
    const fromNode = this.lossOf('from the node');
    near.on('message', (datagram, from) => {
      // The participant tries several of its own addresses, and ends with the one that its
      // connectivity checks select.
      participant = from;
      if (!toNode(datagram)) far.send(datagram, node.port, node.address);
    });
    far.on('message', (datagram) => {
      if (participant && !fromNode(datagram)) near.send(datagram, participant.port, participant.address);
    });
    return near.address().port;
  }

  private async openSocket(): Promise<Socket> {
    const socket = createSocket('udp4').bind(0);
    this.sockets.push(socket);
    await once(socket, 'listening');
    return socket;
  }

  private lossOf(direction: LossyPath['losing']): (datagram: Buffer) => boolean {
    if (direction !== this.losing) return () => false;
    const passed = new Set<number>();
    const lost = new Set<number>();
    return (datagram) => {
      const isRtp = datagram[0]! >> 6 === 2;
      if (!isRtp || !this.payloadTypes.has(datagram[1]! & 0x7f)) return false;
      const sequenceNumber = datagram.readUInt16BE(2);
      const isFirst = !passed.has(sequenceNumber);
      passed.add(sequenceNumber);
      const isLost = isFirst && passed.size % 5 === 0;
      if (isLost) {
        this.lost++;
        lost.add(sequenceNumber);
      } else if (lost.delete(sequenceNumber)) this.repeated++;
      return isLost;
    };
  }
}

/** The payload type of the router, and that of libwebrtc and of our libdatachannel connections. */
const VP8_PAYLOAD_TYPES = new Set([101, 96]);
/** The payload types of the router, alone and within RED. */
export const OPUS_PAYLOAD_TYPES = new Set([100, 111]);
