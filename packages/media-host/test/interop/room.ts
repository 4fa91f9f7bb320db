import { createMediaHost, type MediaNode } from '../../src/index.js';
import { libdatachannelParticipant } from './stacks/libdatachannel.js';
import { LibwebrtcParticipant } from './stacks/libwebrtc.js';
import type { Participant, Place } from './stacks/participant.js';
import { weriftParticipant } from './stacks/werift.js';

export type Stack = 'werift' | 'libdatachannel' | 'libwebrtc';

/** A router on a media worker of its own, and those who join it. */
export class Room {
  private readonly participants: Participant[] = [];

  private constructor(
    private readonly closeHost: () => Promise<void>,
    readonly node: MediaNode,
  ) {}

  static async open(): Promise<Room> {
    const host = await createMediaHost({ workers: 1, basePort: 0, nodeIdPrefix: 'interop' });
    const node = host.nodes()[0]!;
    await node.openRouter(ROUTER);
    return new Room(() => host.close(), node);
  }

  join(stack: 'libwebrtc', name: string, detour?: Place['detour']): LibwebrtcParticipant;
  join(stack: Stack, name: string, detour?: Place['detour']): Participant;
  join(stack: Stack, name: string, detour?: Place['detour']): Participant {
    const participant = joins[stack]({ node: this.node, routerId: ROUTER, name, ...(detour && { detour }) });
    this.participants.push(participant);
    return participant;
  }

  async close(): Promise<void> {
    await Promise.all(this.participants.map((participant) => participant.close()));
    await this.closeHost();
  }
}

const joins: Record<Stack, (place: Place) => Participant> = {
  werift: weriftParticipant,
  libdatachannel: libdatachannelParticipant,
  libwebrtc: (place) => new LibwebrtcParticipant(place),
};

const ROUTER = 'interop';
