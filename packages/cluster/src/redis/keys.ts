/**
 * Names of keys and channels. Keys of one script share a hash tag, hence a slot of a Redis Cluster.
 */
export class Keys {
  readonly nodes: { state: string; records: string; heard: string; events: string; lost: string };

  constructor(private readonly prefix: string) {
    if (/[{}]/.test(prefix)) throw new Error('A key prefix cannot hold { or }, which mark hash tags');
    const tag = `${prefix}{nodes}`;
    const of = (name: string) => `${tag}:${name}`;
    this.nodes = {
      state: of('state'),
      records: of('records'),
      heard: of('heard'),
      events: of('events'),
      lost: of('lost'),
    };
  }

  /** In the order that lease scripts expect. */
  get leases(): [string, string, string, string, string] {
    const { state, records, heard, events, lost } = this.nodes;
    return [state, records, heard, events, lost];
  }

  /** A member subscribes to it for as long as it is connected; in the leases' slot. */
  connected(memberId: string): string {
    return `${this.nodes.events}:${memberId}`;
  }

  /** In the order that room scripts expect. */
  room(roomId: string): [string, string, string, string, string] {
    const tag = `${this.prefix}{room:${roomId}}`;
    return [`${tag}:state`, `${tag}:participants`, `${tag}:homes`, `${tag}:hanging`, `${tag}:events`];
  }

  roomHomes(roomId: string): string {
    return this.room(roomId)[2];
  }

  roomEvents(roomId: string): string {
    return this.room(roomId)[4];
  }

  nodeRooms(nodeId: string): string {
    return `${this.prefix}{node:${nodeId}}:rooms`;
  }

  topic(topic: string): string {
    return `${this.prefix}{topic:${topic}}`;
  }

  /** Requests to a node. */
  requests(nodeId: string): string {
    return `${this.prefix}{requests:${nodeId}}`;
  }

  requestsSeat(nodeId: string): string {
    return `${this.requests(nodeId)}:seat`;
  }

  /** Answers to a member's requests. */
  answers(memberId: string): string {
    return `${this.prefix}{answers:${memberId}}`;
  }

  token(id: string): string {
    return `${this.prefix}{token:${id}}`;
  }

  /** A caller's own key, under a name of its choice. */
  shared(name: string): string {
    return `${this.prefix}{shared:${name}}`;
  }

  /** Entries, and the channel that announces new ones. */
  stream(name: string): { entries: string; appended: string; seat(group: string): string } {
    const tag = `${this.prefix}{stream:${name}}`;
    return { entries: `${tag}:entries`, appended: `${tag}:appended`, seat: (group) => `${tag}:seat:${group}` };
  }
}
