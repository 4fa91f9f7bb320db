import { t } from '@lingui/core/macro';
import type { NewStreamKeyRequest, StreamKey } from '@waterbus/client';

/** A use of stream keys, as people choose it. */
export interface StreamKind {
  label: string;
  request: Omit<NewStreamKeyRequest, 'name'>;
  /** The address that the program takes, on this page's origin. */
  endpoint: string;
  /** The name of the service in such programs. */
  service: string;
  is(key: StreamKey): boolean;
}

export const streamKinds = (): readonly StreamKind[] => [
  {
    label: t`A person with a camera`,
    request: { source: 'camera' },
    endpoint: '/v1/whip',
    service: 'WHIP',
    is: ({ source }) => source === 'camera',
  },
  {
    label: t`A shared screen`,
    request: { source: 'screen' },
    endpoint: '/v1/whip',
    service: 'WHIP',
    is: ({ source }) => source === 'screen',
  },
  {
    label: t`A program that watches`,
    request: { use: 'watch' },
    endpoint: '/v1/whep',
    service: 'WHEP',
    is: ({ use }) => use === 'watch',
  },
];

export function kindOf(key: StreamKey): StreamKind {
  return streamKinds().find((kind) => kind.is(key)) ?? streamKinds()[0]!;
}
