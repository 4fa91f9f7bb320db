import * as z from 'zod';

/** UTF-8 bytes of the whole map as JSON: a room of 1,000 people is one message on joining. */
export const LONGEST_METADATA = 1024;

/**
 * What an application notes about a participant: text by name. The servers do not interpret it, and
 * everybody in the room reads it.
 */
export const participantMetadataSchema = z
  .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/), z.string())
  .refine((metadata) => utf8Length(JSON.stringify(metadata)) <= LONGEST_METADATA, {
    message: `metadata is longer than ${LONGEST_METADATA} bytes of JSON`,
  });

/** As received from a server, which has checked it, perhaps by the limits of a newer version. */
export const storedMetadataSchema = z.record(z.string(), z.string());
export type ParticipantMetadata = z.infer<typeof storedMetadataSchema>;

/** Two absent maps and an empty one are the same. */
export function sameMetadata(one: ParticipantMetadata = {}, other: ParticipantMetadata = {}): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

/** The number of bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
