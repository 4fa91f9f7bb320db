import type { MediaKind, RtpCapabilities, RtpParameters, TransportParameters } from '@waterbus/media';
import type { types } from 'mediasoup-client';
import { extractDtlsParameters, extractRtpCapabilities, getCname } from 'mediasoup-client/handlers/sdp/commonUtils';
import { RemoteSdp } from 'mediasoup-client/handlers/sdp/RemoteSdp';
import { getRtpEncodings } from 'mediasoup-client/handlers/sdp/unifiedPlanUtils';
import * as ortc from 'mediasoup-client/ortc';
import { parse, type SessionDescription } from 'sdp-transform';
import { type PacketReception, type Participant, type Place, type Publication, transportIdsOf } from './participant.js';
import { RecordingPlayer } from './recording-player.js';
import type { RtpConnection } from './rtp-connection.js';

/**
 * A participant that sends recordings and keeps the packets it receives; it converts ORTC
 * parameters to session descriptions and back.
 */
export class PacketParticipant implements Participant {
  readonly transportIds: Participant['transportIds'];
  private readonly connections: RtpConnection[] = [];
  private readonly players: RecordingPlayer[] = [];

  constructor(
    private readonly place: Place,
    private readonly openConnection: () => RtpConnection,
  ) {
    this.transportIds = transportIdsOf(place.name);
  }

  async publish(): Promise<Publication> {
    const { node, name } = this.place;
    const connection = this.open();
    const offer = parse(await connection.offer());
    const extended = await this.negotiate(offer);
    const transport = await this.openTransport(this.transportIds.sending);
    // The node leaves the choice to the participant, unless a detour made the node the client.
    const isNodeClient = transport.dtlsParameters.role === 'client';
    const remote = remoteDescription(transport, isNodeClient ? 'client' : 'server');
    const producers: { kind: MediaKind; rtpParameters: RtpParameters }[] = [];
    for (const offerMediaObject of offer.media) {
      const kind = offerMediaObject.type as MediaKind;
      const parameters = ortc.getSendingRtpParameters(kind, extended);
      parameters.mid = String(offerMediaObject.mid);
      parameters.codecs = ortc.reduceCodecs(parameters.codecs);
      parameters.encodings = getRtpEncodings({ offerMediaObject, codecs: parameters.codecs });
      parameters.rtcp = { cname: getCname({ offerMediaObject }) };
      const answer = ortc.getSendingRemoteRtpParameters(kind, extended);
      answer.codecs = ortc.reduceCodecs(answer.codecs);
      remote.send({ offerMediaObject, offerRtpParameters: parameters, answerRtpParameters: answer });
      producers.push({ kind, rtpParameters: parameters as RtpParameters });
    }
    const { fingerprints } = extractDtlsParameters({ sdpObject: offer });
    await node.connectTransport(transport.id, { role: isNodeClient ? 'server' : 'client', fingerprints });
    const producerIds = { audio: `${name} audio`, video: `${name} video` };
    for (const { kind, rtpParameters } of producers) {
      const producerId = producerIds[kind];
      await node.produce({ transportId: transport.id, producerId, kind, rtpParameters, paused: false });
    }
    await connection.accept(remote.getSdp());
    const player = new RecordingPlayer(connection);
    this.players.push(player);
    return { producerIds, sent: player.sent };
  }

  async subscribe(publications: Publication[]): Promise<PacketReception[]> {
    const { node, name } = this.place;
    const rtpCapabilities = await this.receivingCapabilities();
    const transport = await this.openTransport(this.transportIds.receiving);
    const remote = remoteDescription(transport, 'auto');
    const targets = new Map<string, PacketReception['packets'][MediaKind]>();
    const receptions: PacketReception[] = [];
    for (const { producerIds } of publications) {
      const reception: PacketReception = { form: 'packets', packets: { audio: [], video: [] } };
      for (const kind of ['audio', 'video'] as const) {
        const producerId = producerIds[kind];
        const { rtpParameters } = await node.consume({
          transportId: transport.id,
          consumerId: `${name} of ${producerId}`,
          producerId,
          rtpCapabilities,
          paused: false,
        });
        const mid = rtpParameters.mid!;
        const offerRtpParameters = rtpParameters as types.RtpParameters;
        remote.receive({ mid, kind, offerRtpParameters, streamId: producerId, trackId: producerId });
        targets.set(mid, reception.packets[kind]);
      }
      receptions.push(reception);
    }
    const connection = this.open();
    connection.onPacket((mid, packet) => targets.get(mid)!.push(packet));
    const answer = parse(await connection.answer(remote.getSdp()));
    const { fingerprints } = extractDtlsParameters({ sdpObject: answer });
    await node.connectTransport(transport.id, { role: 'client', fingerprints });
    return receptions;
  }

  async close(): Promise<void> {
    for (const player of this.players) player.stop();
    await Promise.all(this.connections.map((connection) => connection.close()));
  }

  private open(): RtpConnection {
    const connection = this.openConnection();
    this.connections.push(connection);
    return connection;
  }

  private async openTransport(transportId: string): Promise<TransportParameters> {
    const { node, routerId, detour } = this.place;
    const parameters = await node.openTransport({ routerId, transportId });
    return detour ? detour(parameters) : parameters;
  }

  /** The stack can receive the formats that it offers to send. */
  private async receivingCapabilities(): Promise<RtpCapabilities> {
    const offer = parse(await this.open().offer());
    return ortc.getRecvRtpCapabilities(await this.negotiate(offer)) as RtpCapabilities;
  }

  private async negotiate(offer: SessionDescription): Promise<types.ExtendedRtpCapabilities> {
    const router = await this.place.node.openRouter(this.place.routerId);
    const native = extractRtpCapabilities({ sdpObject: offer });
    ortc.validateAndNormalizeRtpCapabilities(native);
    return ortc.getExtendedRtpCapabilities(native, router as types.RtpCapabilities, false);
  }
}

function remoteDescription(transport: TransportParameters, role: types.DtlsRole): RemoteSdp {
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  return new RemoteSdp({
    iceParameters,
    iceCandidates,
    dtlsParameters: { role, fingerprints: dtlsParameters.fingerprints as types.DtlsFingerprint[] },
  });
}
