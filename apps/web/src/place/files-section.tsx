import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import type { MeetingFile } from '@waterbus/client';
import { SavedFile } from '../call/chat/message-files.js';
import { dateAndTime } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { usePlace } from './use-place.js';

/** The files of the meeting's chat, the newest first. */
export function FilesSection() {
  const { managed, key } = usePlace();
  const { data: files, error } = useQuery({
    queryKey: [...key, 'files'],
    queryFn: async () => {
      const list: MeetingFile[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: { items: MeetingFile[]; nextCursor: string | null } = await managed.chat.listFiles(cursor);
        list.push(...page.items);
        cursor = page.nextCursor;
      }
      return list;
    },
  });
  return (
    <section className="card" aria-labelledby="files-heading">
      <h2 id="files-heading">{t`Files`}</h2>
      <p className="place-text">{t`Files sent in the chat. They are deleted with their message.`}</p>
      <Failure of={error ?? undefined} />
      {files?.length === 0 && <p className="place-text">{t`No files yet.`}</p>}
      {files && files.length > 0 && (
        <ul className="list">
          {files.map((file) => (
            <li key={file.id}>
              <SavedFile chat={managed.chat} file={file} />
              <span className="row-detail">
                {t`${{ name: file.author.name }}, ${{ date: dateAndTime(file.createdAt) }}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
