import type { MessageFile } from '@waterbus/protocol';
import { sql } from 'drizzle-orm';
import { type FileRow, files, messages } from '../database/schema.js';

type Shown = Pick<FileRow, 'id' | 'name' | 'size' | 'pictureType' | 'width' | 'height' | 'preview'>;

/** A file in the API. */
export function shownFile({ id, name, size, pictureType, width, height, preview }: Shown): MessageFile {
  const picture = pictureType && width && height ? { type: pictureType, width, height, preview } : null;
  return { id, name, size, picture };
}

/** The files of a message in their order, as JSON. */
export const filesOf = sql<MessageFile[]>`(
  select coalesce(json_agg(
    json_build_object('id', f.id, 'name', f.name, 'size', f.size, 'picture', case when f.width is null then null else
      json_build_object('type', f.picture_type, 'width', f.width, 'height', f.height, 'preview', f.preview) end
    ) order by f.position
  ), '[]')
  from ${files} f where f.message_id = ${messages.id})`;
