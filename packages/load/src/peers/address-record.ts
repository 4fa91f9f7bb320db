import { type AddressRecord, addressRecord } from '@waterbus/packet-io';

/** From the loopback address with this number; empty without a candidate on loopback. */
export function localRecord(candidates: { address: string; port: number }[], number: number): AddressRecord[] {
  const candidate = candidates.find(({ address }) => address === '127.0.0.1');
  return candidate
    ? addressRecord(candidate).map((record) => {
        record.set([127, 0, number >> 8, (number & 0xff) + 1], 20);
        return record;
      })
    : [];
}
