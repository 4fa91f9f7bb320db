/** What an operator can do about a refusal; empty: nothing is known. */
export function remedyOf(code: string): string[] {
  return REMEDIES[code] ? [REMEDIES[code]] : [];
}

/** The settings and limits behind refusals. */
const REMEDIES: Record<string, string> = {
  'request.rate_limited':
    'join slower (--join-rate), or raise JOINS_PER_MINUTE and CREATES_PER_MINUTE of the server for the test',
  'limit.reached':
    'one address may have a quarter of the 4,096 transports of a media node: use several testers, or more MEDIA_WORKERS',
  'meeting.full': 'a meeting has 1,000 participants at most: use more --rooms',
  'server.busy': 'the server has no core left for joins: join slower (--join-rate)',
  'signalling.unreachable': 'one address may have 4,000 sockets, 1,000 of them before their join: join slower',
  'media.blocked': 'no UDP reaches the media ports: `waterbus doctor` on the server, and its firewall',
  'account.required': 'the server takes no guests or no meetings without an account: use --api-key-file',
  EMFILE: 'this machine permits too few open files: raise `ulimit -n` of the tester',
};
